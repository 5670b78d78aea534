"""The model: `train`, `promote`, `backtest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advocate_score.cli import completion, present
from advocate_score.cli.call import AsOfOption, ForceOption, ReasonOption, Result, project_command

if TYPE_CHECKING:
    from advocate_score.flows.project import Project


_PANEL = "The model"


def register(app: typer.Typer) -> None:
    project_command(app, _PANEL, present.train, unattended=True)(train)
    project_command(app, _PANEL, present.promote)(promote)
    project_command(app, _PANEL, present.backtest)(backtest)


def train(
    project: "Project",
    as_of: AsOfOption = None,
    tune: Annotated[
        int, typer.Option("--tune", metavar="N", min=0, help="Try N recipes first; needs the extra 'tune'.")
    ] = 0,
) -> Result:
    """Fit on asks mature before T, backtest, log to MLflow, register a version as challenger.

    Example: advocate-score train --as-of 2026-01-01

    Example: advocate-score train --tune 20
    """
    from advocate_score.flows.train import train_model

    return train_model(project, as_of, tune)


def promote(
    project: "Project",
    version: Annotated[
        str | None, typer.Option("--version", help="Default: the challenger.", autocompletion=completion.versions)
    ] = None,
    force: ForceOption = False,
    reason: ReasonOption = None,
) -> Result:
    """Hold a version against the gate; where it passes, make it the champion that `score` uses.

    With --version and --reason, a version that was champion before returns at once, without the gate.

    Example: advocate-score promote

    Example: advocate-score promote --version 1 --reason "version 2 asks the wrong clients"
    """
    from advocate_score.flows.promote import promote_version

    return promote_version(project, version, force, reason)


def backtest(
    project: "Project",
    as_of: AsOfOption = None,
    origins: Annotated[
        str | None, typer.Option("--origins", metavar="T,T,…", help="Train before each, test from it to the next.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", metavar="FILE.parquet", help="Write one row an ask and origin.")
    ] = None,
    controls: Annotated[
        bool, typer.Option("--controls", help="Add the negative controls: permuted labels, a planted leak.")
    ] = False,
) -> Result:
    """Evaluate at rolling origins beside the baselines.

    Example: advocate-score backtest --origins 2024-01-01,2025-01-01 --predictions predictions.parquet

    Example: advocate-score backtest --controls
    """
    from advocate_score.flows.backtest import backtest_model

    return backtest_model(project, as_of, origins, predictions, controls)
