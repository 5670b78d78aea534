"""What every command on a configuration has in common: its options, its project, how its result is shown."""

import inspect
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advocate_score.cli import completion, terminal
from advocate_score.cli.help import Command
from advocate_score.cli.outcome import failure_told
from advocate_score.cli.progress import shown_progress

if TYPE_CHECKING:
    from advocate_score.flows.project import Project

Result = dict[str, Any]
Render = Callable[[Result], None]


def _an_instant(as_of: str | None) -> str | None:
    """Refuses what is none before any table is read; empty, as a project of MLflow passes it on, is not given."""
    if not as_of:
        return None
    from advocate_score.flows.project import checked_as_of

    return checked_as_of(as_of)


COMMON_PANEL = "Common options"

ConfigOption = Annotated[
    Path,
    typer.Option("--config", metavar="FILE", help="The configuration file.", rich_help_panel=COMMON_PANEL),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.KEY=VALUE",
        help="Override one setting; repeatable.",
        autocompletion=completion.settings,
        rich_help_panel=COMMON_PANEL,
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="duckdb|spark",
        help="What computes signals.",
        rich_help_panel=COMMON_PANEL,
        autocompletion=completion.engines,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one machine-readable object on stdout.", rich_help_panel=COMMON_PANEL),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", help="No progress and no warnings on stderr.", rich_help_panel=COMMON_PANEL),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="T",
        callback=_an_instant,
        help="The instant of prediction; default: the rule in [sources] as_of.",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overrule a gate; needs --reason, and is recorded.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why a gate is overruled.")]


@dataclass(frozen=True)
class Common:
    """The options that every command on a configuration takes."""

    config: ConfigOption = Path("advocate.toml")
    overrides: SetOption = None
    engine: EngineOption = None
    as_json: JsonOption = False
    quiet: QuietOption = False


COMMON = inspect.signature(Common).parameters


def show(result: Result, as_json: bool, render: Render) -> None:
    if as_json:
        json.dump(result, sys.stdout, sort_keys=True, default=str)
        sys.stdout.write("\n")
    else:
        render(result)


def project_command(
    app: typer.Typer, panel: str, render: Render, *, unattended: bool = False
) -> Callable[[Callable[..., Result]], Callable[..., None]]:
    """Registers a function of (project, own options) as a command with the common options beside its own.

    panel: the group of commands that it stands in.
    unattended: nobody may be looking, so that a failure is told to the operator's own command.
    """

    def register(run: Callable[..., Result]) -> Callable[..., None]:
        own = list(inspect.signature(run).parameters.values())[1:]

        @wraps(run)
        def command(**options: Any) -> None:
            common = Common(**{name: options.pop(name) for name in COMMON})
            with shown_progress(common.quiet, run.__name__) as progress:
                project = open_project(common, progress)
                with failure_told(project, run.__name__) if unattended else nullcontext():
                    result = run(project, **options)
            with terminal.read_in(project.settings.outputs.language, common.config):
                show(result, common.as_json, render)

        parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in (*own, *COMMON.values())]
        arguments = [p for p in parameters if p.default is p.empty]
        ordered = arguments + [p for p in parameters if p.default is not p.empty]
        command.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in ordered}
        app.command(cls=Command, rich_help_panel=panel)(command)
        return command

    return register


def open_project(common: Common, progress: Any) -> "Project":
    from advocate_score.flows.project import open_project as open_it

    engine = [f"engine.name={common.engine}"] if common.engine else []
    return open_it(common.config, [*(common.overrides or []), *engine], progress)
