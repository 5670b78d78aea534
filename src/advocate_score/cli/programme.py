"""The programme: `metrics`, `record`, `monitor`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from advocate_score.cli import completion
from advocate_score.cli import present_programme as present
from advocate_score.cli.call import AsOfOption, Result, project_command

if TYPE_CHECKING:
    from advocate_score.flows.project import Project

PeriodOption = Annotated[Literal["quarter", "year"], typer.Option("--period", help="What the course is shown by.")]

Response = Literal["accepted", "declined", "not_now", "no_reply", "open"]


_PANEL = "The programme"


def register(app: typer.Typer) -> None:
    project_command(app, _PANEL, present.metrics)(metrics)
    project_command(app, _PANEL, present.record)(record)
    project_command(app, _PANEL, present.monitor)(monitor)


def metrics(
    project: "Project",
    as_of: AsOfOption = None,
    period: PeriodOption = "quarter",
    periods: Annotated[int, typer.Option("--periods", min=0, max=400, metavar="N", help="How many, up to T.")] = 4,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Write every figure.")] = None,
) -> Result:
    """Measure the programme: activity, outcome, health, each figure with its definition and interval.

    Example: advocate-score metrics --as-of 2026-01-01 --out metrics.csv
    """
    from advocate_score.flows.metrics import measure_programme

    return measure_programme(project, as_of, period, periods, out)


def record(
    project: "Project",
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Answers, one row an ask.")] = None,
    ask: Annotated[str | None, typer.Option("--ask", metavar="ASK_ID", help="One ask, as in ask_plan.csv.")] = None,
    response: Annotated[Response | None, typer.Option("--response", help="'open': asked, not answered yet.")] = None,
    asked_at: Annotated[str | None, typer.Option("--asked-at", metavar="T", help="Default: the plan's day.")] = None,
    responded_at: Annotated[str | None, typer.Option("--responded-at", metavar="T", help="When they said so.")] = None,
    completed_at: Annotated[str | None, typer.Option("--completed-at", metavar="T", help="When delivered.")] = None,
    quality: Annotated[str | None, typer.Option("--quality", metavar="N", help="How good the result was.")] = None,
    recorded_at: Annotated[
        str | None, typer.Option("--recorded-at", metavar="T", help="When the firm knew; default: now.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Correct what was told before.")] = False,
) -> Result:
    """Take answers to planned asks back into the kept asks, from which the model learns.

    Example: advocate-score record answers.csv

    Example: advocate-score record --ask 2026-01-01:A0000042:3 --response accepted --responded-at 2026-01-09
    """
    from advocate_score.flows.record import record_answers

    if ask is not None and response is None:
        raise typer.BadParameter("say what they answered: --response", param_hint="--response")
    times = {"asked_at": asked_at, "responded_at": responded_at, "completed_at": completed_at}
    own = {"ask_id": ask, "response": response, "quality": quality, "recorded_at": recorded_at}
    return record_answers(project, file, own | times, replace)


def monitor(
    project: "Project",
    as_of: AsOfOption = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="DATE",
            help="Default: the first one of the model in use.",
            autocompletion=completion.dates,
        ),
    ] = None,
) -> Result:
    """Hold past publications against what was answered since, and the last one against an earlier one.

    Example: advocate-score monitor --as-of 2026-01-01

    Example: advocate-score monitor --against 2025-12-01
    """
    from advocate_score.flows.monitor import monitor_publications

    return monitor_publications(project, as_of, against)
