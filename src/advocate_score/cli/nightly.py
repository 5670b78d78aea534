"""The night and its readers: `score`, `rollback`, `deliver`, `explain`."""

from typing import TYPE_CHECKING, Annotated

import typer

from advocate_score.cli import card, completion, present, present_delivery
from advocate_score.cli.call import AsOfOption, ForceOption, ReasonOption, Result, project_command

if TYPE_CHECKING:
    from advocate_score.flows.project import Project


_PANEL = "The night"


def register(app: typer.Typer) -> None:
    project_command(app, _PANEL, present.score, unattended=True)(score)
    project_command(app, _PANEL, present.rollback)(rollback)
    project_command(app, _PANEL, present_delivery.deliver)(deliver)
    project_command(app, _PANEL, card.explain)(explain)


def score(
    project: "Project",
    as_of: AsOfOption = None,
    backfill: Annotated[bool, typer.Option("--backfill", help="Allow a date before the newest publication.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Write anew a date that exists.")] = False,
    force: ForceOption = False,
    reason: ReasonOption = None,
) -> Result:
    """The nightly job: write one publication, whole or not at all.

    Example: advocate-score score --as-of 2026-01-01

    Example: advocate-score score --set outputs.language=es
    """
    from advocate_score.flows.turn import score_in_turn

    return score_in_turn(project, as_of, backfill=backfill, replace=replace, force=force, reason=reason)


def rollback(
    project: "Project",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Default: the night before.", autocompletion=completion.dates),
    ] = None,
) -> Result:
    """Point `current` to an earlier whole publication; the withdrawn night stays withdrawn.

    Example: advocate-score rollback

    Example: advocate-score rollback --to 2026-01-01
    """
    from advocate_score.flows.rollback import roll_back_to

    return roll_back_to(project, to)


def deliver(project: "Project") -> Result:
    """Put the nights in use into the database or store of [delivery], and take out the others; score does it by itself.

    Example: advocate-score deliver --set delivery.database=sqlite:///nights.db
    """
    from advocate_score.flows.deliver import deliver_nights

    return deliver_nights(project)


def explain(
    project: "Project",
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account_id.")],
    as_of: AsOfOption = None,
) -> Result:
    """Show one account: readiness by level, reasons, what blocks it and until when.

    Example: advocate-score explain A0000042

    Example: advocate-score explain A0000042 --json
    """
    from advocate_score.flows.explain import explain_account

    return explain_account(project, account, as_of)
