"""What every command shares: options, shell completion, the layout of `--help`, the opening of the project and the
display of the result. It imports nothing heavy."""

import inspect
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from advocate_score.cli import console
from advocate_score.cli.exit_codes import notify_on_failure
from advocate_score.cli.progress import shown_progress
from advocate_score.errors import AdvocateScoreError, HeldError

if TYPE_CHECKING:
    from advocate_score.flows.project import Project

EXAMPLE = "Example: "
_MAX_SHORT_HELP = 200


class Command(TyperCommand):
    """A command whose help groups options by panel and keeps the lines of examples."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (the base class sets the signature)
        for paragraph in (self.help or "").split("\n\n"):
            formatter.write_paragraph()
            with formatter.indentation():
                if paragraph.startswith(EXAMPLE):
                    formatter.write("".join(f"  {line}\n" for line in paragraph.splitlines()))
                else:
                    formatter.write_text(" ".join(paragraph.split()))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            help_record = parameter.get_help_record(ctx)
            kind = "Arguments" if parameter.param_type_name == "argument" else "Options"
            if help_record is not None:
                panels.setdefault(getattr(parameter, "rich_help_panel", None) or kind, []).append(help_record)
        _write(formatter, panels)


class Commands(TyperGroup):
    """The commands, grouped by panel. Usage errors are passed on, so that they are reported like all others."""

    def main(self, *args: Any, **extra: Any) -> Any:
        return super().main(*args, **(extra | {"standalone_mode": False}))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            panels[command.rich_help_panel or "Commands"].append((name, command.get_short_help_str(_MAX_SHORT_HELP)))
        _write(formatter, panels)


def _write(formatter: Any, panels: dict[str, list[tuple[str, str]]]) -> None:
    for title, rows in panels.items():
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


DEFAULT_CONFIG = Path("advocate.toml")


def engines() -> list[str]:
    return ["duckdb", "spark"]


def levels(ctx: Any) -> list[str]:
    """Numbers of the ladder's levels."""
    from advocate_score.flows.project import level_numbers

    try:
        return level_numbers(_config(ctx))
    except (AdvocateScoreError, OSError):
        return []


def selections() -> list[str]:
    return ["none", "mar", "mnar"]


def dates(ctx: Any) -> list[str]:
    """Dates of the publications, newest first."""
    from advocate_score.flows.project import publication_dates

    try:
        return publication_dates(_config(ctx))
    except (AdvocateScoreError, OSError):
        return []


def versions(ctx: Any) -> list[str]:
    """Versions that are or were champion; `promote --reason` restores one that was."""
    from advocate_score.flows.project import champion_versions

    try:
        return champion_versions(_config(ctx))
    except (AdvocateScoreError, OSError):
        return []


def settings(incomplete: str) -> list[str]:
    """Completions of `--set`, as `SECTION.KEY=`."""
    from advocate_score.flows.project import setting_names

    return [f"{name}=" for name in setting_names() if name.startswith(incomplete)]


def _config(ctx: Any) -> Path:
    return Path(ctx.params.get("config") or DEFAULT_CONFIG)


Result = dict[str, Any]
Render = Callable[[Result], None]


def _validate_as_of(as_of: str | None) -> str | None:
    """Reject an invalid instant before any table is read; an empty one, as MLflow projects pass it, counts as not
    given."""
    if not as_of:
        return None
    from advocate_score.flows.project import validate_as_of

    return validate_as_of(as_of)


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
        autocompletion=settings,
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
        autocompletion=engines,
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
        callback=_validate_as_of,
        help="The instant of prediction; default: the rule in [sources] as_of.",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overrule a gate; needs --reason, and is recorded.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why a gate is overruled.")]


@dataclass(frozen=True)
class Common:
    """The options of every command that reads a configuration."""

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
    """Register a function of (project, own options) as a command with the common options added.

    Parameters
    ----------
    app : the application. panel : the command's group in `--help`. render : shows the result without --json.
    unattended : the command may run without a person watching, so a failure also starts the operator's own command.
    """

    def register(run: Callable[..., Result]) -> Callable[..., None]:
        own = list(inspect.signature(run).parameters.values())[1:]

        @wraps(run)
        def command(**options: Any) -> None:
            common = Common(**{name: options.pop(name) for name in COMMON})
            with shown_progress(common.quiet, run.__name__) as progress:
                project = open_project(common, progress)
                with notify_on_failure(project, run.__name__) if unattended else nullcontext():
                    result = run(project, **options)
            with console.output_settings(project.settings.outputs.language, common.config):
                show(result, common.as_json, render)
            if "alarm" in result:
                raise HeldError(result["alarm"])

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
