"""The command line: parse the arguments, call a flow, and turn the result into text and an exit code."""

import errno
import gc
import io
import json
import os
import stat
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from advocate_score.cli import commands, console, exit_codes
from advocate_score.cli.options import Commands
from advocate_score.cli.progress import is_logged
from advocate_score.errors import AdvocateScoreError, Fault, FaultyInputError

FAULT_LOG = Path("advocate-score-fault.log")

_USAGE_ERROR = typer.BadParameter.__base__ or typer.BadParameter
"""The base class of all usage errors; Typer itself exports only a few of them."""

_OBJECTS_BETWEEN_LOOKS = 5_000
"""New objects between runs of Python's cycle collector. Its default of 700 makes it scan a million library objects
repeatedly, half a second in a run of `score`, without finding a cycle."""

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Opened without waiting, because a pipe of that name may have no reader."""


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
    try:
        code = command() or 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        code = exit_codes.INTERRUPTED
    except AdvocateScoreError as error:
        faults = error.faults if isinstance(error, FaultyInputError) else ()
        return _report_error(error.exit_code, str(error), faults, is_shown=not is_logged(error))
    except Exception as error:
        return _exit_code_of_others(error)
    return _report_error(exit_codes.interruption(), "interrupted") if code == exit_codes.INTERRUPTED else code


def _exit_code_of_others(error: Exception) -> int:
    """Report an error that is not the package's own, and return its exit code."""
    if isinstance(error, _USAGE_ERROR):
        usage = cast(typer.BadParameter, error)
        usage.message = usage.message.replace("Value error, ", "")  # the prefix comes from the validating library
        if _wants_json():
            return _report_error(usage.exit_code, usage.format_message())
        usage.show()
        return usage.exit_code
    if isinstance(error, OSError) and exit_codes.is_unusable_path(error):
        fault = Fault(str(error.filename), f"{error.strerror}.", "name a place that may be read and written")
        return _report_error(exit_codes.exit_code(error), str(fault), [fault])
    return _report_error(exit_codes.exit_code(error), f"{exit_codes.message(error)}; {_log_traceback(error)}")


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


def _log_traceback(error: Exception) -> str:
    """Write the traceback to a private file, because it may quote personal values; return a sentence that names the
    file."""
    text = "".join(traceback.format_exception(error))
    for open_log in (_own_log, _fresh_log):
        with suppress(OSError):
            handle, file = open_log()
            with os.fdopen(handle, "a", encoding="utf-8") as log:
                log.write(text)
            return f"the details are in {file}"
    return "no file could be written with the details"


def _own_log() -> tuple[int, str]:
    """Open the log in the current folder; OSError if the file there is not private to this user."""
    file = FAULT_LOG.absolute()
    handle = os.open(file, _APPEND, 0o600)
    status = os.fstat(handle)
    is_private = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
    if not is_private or status.st_nlink > 1:
        os.close(handle)
        raise PermissionError(errno.EPERM, "is not a file for this user alone", str(file))
    return handle, str(file)


def _fresh_log() -> tuple[int, str]:
    """Open a new private file; an existing one in the shared temporary folder could be someone else's."""
    return tempfile.mkstemp(prefix="advocate-score-fault-", suffix=".log")
