"""The command line: parse, call a flow, turn what comes back into text and an exit code."""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from advocate_score.cli import data, models, nightly, start
from advocate_score.errors import AdvocateScoreError, FaultyInputError

FAULT_LOG = Path("advocate-score-fault.log")

app = typer.Typer(
    name="advocate-score",
    help="Which clients are ready to advocate, for which ask, why, and who must be left in peace.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
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


for part in (start, data, models, nightly):
    part.register(app)


def run() -> None:
    """Entry point of the console script."""
    sys.exit(exit_code_of(app))


def exit_code_of(command: Any) -> int:
    try:
        command()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except AdvocateScoreError as error:
        _tell(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        _log_fault(error)
        return 1
    return 0


def _tell(error: AdvocateScoreError) -> None:
    if "--json" in sys.argv:
        faults = [vars(fault) for fault in error.faults] if isinstance(error, FaultyInputError) else []
        print(json.dumps({"error": str(error), "exit_code": error.exit_code, "faults": faults}, ensure_ascii=False))
    for line in str(error).splitlines():
        print(f"error: {line}", file=sys.stderr)


def _log_fault(error: Exception) -> None:
    """The traceback may quote personal values, so it goes to a private file and not to the screen."""
    handle = os.open(FAULT_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(error)))
    where = FAULT_LOG.absolute()
    print(f"error: unexpected {type(error).__name__}; the whole of it is in {where}", file=sys.stderr)
