"""References for a prospect: `match`."""

from typing import TYPE_CHECKING, Annotated

import typer

from advocate_score.cli import present
from advocate_score.cli.call import AsOfOption, Result, project_command

if TYPE_CHECKING:
    from advocate_score.flows.project import Project


def register(app: typer.Typer) -> None:
    project_command(app, present.match)(match)


def match(
    project: "Project",
    industry: Annotated[str, typer.Option("--industry", metavar="TEXT", help="The prospect's industry.")] = "",
    segment: Annotated[str, typer.Option("--segment", metavar="TEXT", help="Its segment: kind or size.")] = "",
    region: Annotated[str, typer.Option("--region", metavar="TEXT", help="Where it is.")] = "",
    service_line: Annotated[str, typer.Option("--service-line", metavar="TEXT", help="What it would buy.")] = "",
    level: Annotated[int, typer.Option("--level", metavar="1-5", help="The ask; 3 is a reference call.")] = 3,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Rows of each list.")] = 10,
    as_of: AsOfOption = None,
) -> Result:
    """Find references for one prospect: who fits, how ready, whether they may be asked, and what else may be had.

    Example: advocate-score match --industry energy --segment enterprise --region Iberia
    """
    from advocate_score.flows.match import Search, match_prospect

    prospect = {"industry": industry, "segment": segment, "region": region, "service_line": service_line}
    return match_prospect(project, Search(prospect, level, top), as_of)
