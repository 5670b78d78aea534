"""What goes in: `check`, `signals`, `features`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advocate_score.cli import present
from advocate_score.cli.call import AsOfOption, Result, project_command

if TYPE_CHECKING:
    from advocate_score.flows.project import Project


_PANEL = "What goes in"


def register(app: typer.Typer) -> None:
    project_command(app, _PANEL, present.check)(check)
    project_command(app, _PANEL, present.signals)(signals)
    project_command(app, _PANEL, present.features)(features)


def check(
    project: "Project",
    explain_protection: Annotated[
        bool,
        typer.Option("--explain-protection", help="What protects clients here, and which settings settle each."),
    ] = False,
) -> Result:
    """Validate configuration and tables; write the quarantine and a data-quality summary.

    Example: advocate-score check --config my-firm/advocate.toml

    Example: advocate-score check --explain-protection

    Example: advocate-score check --json > check.json
    """
    from advocate_score.flows.check import check_tables

    return check_tables(project, explain_protection=explain_protection)


def signals(project: "Project") -> Result:
    """List the signals: what each reads, whether it is active here, and why not.

    Example: advocate-score signals --config my-firm/advocate.toml
    """
    from advocate_score.flows.check import list_signals

    return list_signals(project)


def features(
    project: "Project",
    out: Annotated[Path, typer.Option("--out", metavar="FILE.parquet", help="Where to write.")],
    as_of: AsOfOption = None,
    asks: Annotated[bool, typer.Option("--asks", help="One row an ask, each as of its asked_at.")] = False,
) -> Result:
    """Write the signals: one row an account as of T, or one row an ask.

    Example: advocate-score features --as-of 2026-01-01 --out features.parquet
    """
    from advocate_score.flows.features import write_features

    return write_features(project, out, as_of, asks)
