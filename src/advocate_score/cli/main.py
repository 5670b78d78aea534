"""The command line: parse the arguments, call a flow, and turn the result into text and an exit code."""

import gc
import io
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, cast

import typer

from advocate_score.cli import commands, console, exit_codes
from advocate_score.cli.options import Commands
from advocate_score.cli.progress import logged_message
from advocate_score.errors import Fault

_USAGE_ERROR = typer.BadParameter.__base__ or typer.BadParameter
"""The base class of all usage errors; Typer itself exports only a few of them."""

_OBJECTS_BETWEEN_LOOKS = 5_000
"""New objects between runs of Python's cycle collector. Its default of 700 makes it scan a million library objects
repeatedly, half a second in a run of `score`, without finding a cycle."""


app = typer.Typer(
    name="advocate-score",
    cls=Commands,
    help="Which clients are ready to advocate, for which ask, why, and who must be left in peace.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        typer.echo(version("advocate-score"))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


commands.register_start(app)
commands.register_data(app)
commands.register_models(app)
commands.register_nightly(app)
commands.register_people(app)
commands.register_programme(app)


def run() -> None:
    """Entry point of the console script. Files that a command writes are readable by the user only, whatever the
    umask."""
    exit_codes.clear_up_on_signals()
    os.umask(0o077)
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a character that the terminal lacks must not stop the run
    exit_codes.end(exit_code_of(app))


def _open_closed_streams() -> None:
    """Replace standard streams that the parent process closed (`>&-`): the output is lost, but the run continues."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def exit_code_of(command: Any) -> int:
    """Run the command, report its error if it ends with one, and return its exit code."""
    try:
        code = command() or 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt as stop:
        return _report(stop, exit_codes.interruption())
    except Exception as error:
        return _report_usage(error) if isinstance(error, _USAGE_ERROR) else _report(error, exit_codes.exit_code(error))
    if code == exit_codes.INTERRUPTED:
        return _report_error(exit_codes.interruption(), exit_codes.INTERRUPTION)
    return code


def _report_usage(error: Exception) -> int:
    usage = cast(typer.BadParameter, error)
    usage.message = usage.message.replace("Value error, ", "")  # the prefix comes from the validating library
    if _wants_json():
        return _report_error(usage.exit_code, usage.format_message())
    usage.show()
    return usage.exit_code


def _report(error: BaseException, exit_code: int) -> int:
    logged = logged_message(error)
    message = logged or exit_codes.full_message(error)
    return _report_error(exit_code, message, exit_codes.faults(error), is_shown=logged is None)


def _report_error(exit_code: int, message: str, faults: Sequence[Fault] = (), *, is_shown: bool = True) -> int:
    """Report the error on stderr, unless the log there has it, and with --json as an object on stdout; return the exit
    code."""
    if _wants_json():
        payload = {"error": message, "exit_code": exit_code, "faults": [vars(fault) for fault in faults]}
        with suppress(OSError):  # stdout itself may be the cause
            print(json.dumps(payload))
    for line in message.splitlines() if is_shown else ():
        console.error(line)
    return exit_code


def _wants_json() -> bool:
    return "--json" in sys.argv
