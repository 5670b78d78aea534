"""Clients one by one: `match` finds them for a prospect, `release` ends a rest, `erase` forgets them."""

from typing import TYPE_CHECKING, Annotated

import typer

from advocate_score.cli import completion, present, present_erasure
from advocate_score.cli.call import AsOfOption, Result, project_command

if TYPE_CHECKING:
    from advocate_score.flows.project import Project


_PANEL = "Clients one by one"


def register(app: typer.Typer) -> None:
    project_command(app, _PANEL, present.match)(match)
    project_command(app, _PANEL, present.release)(release)
    project_command(app, _PANEL, present_erasure.erase)(erase)


def match(
    project: "Project",
    industry: Annotated[str, typer.Option("--industry", metavar="TEXT", help="The prospect's industry.")] = "",
    segment: Annotated[str, typer.Option("--segment", metavar="TEXT", help="Its segment: kind or size.")] = "",
    region: Annotated[str, typer.Option("--region", metavar="TEXT", help="Where it is.")] = "",
    service_line: Annotated[str, typer.Option("--service-line", metavar="TEXT", help="What it would buy.")] = "",
    level: Annotated[
        int,
        typer.Option(
            "--level", metavar="1-5", help="The ask; 3 is a reference call.", autocompletion=completion.levels
        ),
    ] = 3,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Rows of each list.")] = 10,
    as_of: AsOfOption = None,
) -> Result:
    """Find references for one prospect: who fits, how ready, whether they may be asked, and what else may be had.

    Example: advocate-score match --industry energy --segment enterprise --region Iberia
    """
    from advocate_score.flows.match import Search, match_prospect

    prospect = {"industry": industry, "segment": segment, "region": region, "service_line": service_line}
    return match_prospect(project, Search(prospect, level, top), as_of)


def release(
    project: "Project",
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account_id.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What was looked at, and found.")],
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="The rest to end; the only one is the default.")
    ] = "unreadable_no",
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="From then on it rests again.")] = None,
) -> Result:
    """End one rest by a "no" that cannot be read or has gone; an objection, a denial, an erasure are never ended.

    Example: advocate-score release A0000042 --rule unreadable_no --reason "the client confirmed by phone"
    """
    from advocate_score.flows.release import release_account

    return release_account(project, account, rule, reason, until)


def erase(
    project: "Project",
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account_id.")],
) -> Result:
    """Erase an account from all that is kept: asks, quarantine, publications; name the models that learned from it.

    The exports stay as they are, and no later one brings it back.

    Example: advocate-score erase A0000042
    """
    from advocate_score.flows.erase import erase_account

    return erase_account(project, account)
