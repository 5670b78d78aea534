"""What is said of an error: exit code, message and the file of details; the operator's own command to run on failure,
and the end of the process."""

import atexit
import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from advocate_score.errors import AdvocateScoreError, Fault, FaultyInputError, InputError

if TYPE_CHECKING:
    from advocate_score.flows.project import Project

INTERRUPTED = 130
HOOK_TIMEOUT_SECONDS = 60
_UNUSABLE_PATH = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.EISDIR, errno.ENOTDIR),
    *(errno.ENAMETOOLONG, errno.ELOOP),
}


def exit_code(error: BaseException) -> int:
    """The exit code of the command line for `error`."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, AdvocateScoreError):
        return error.exit_code
    return InputError.exit_code if is_unusable_path(error) else AdvocateScoreError.exit_code


def is_unusable_path(error: BaseException) -> bool:
    """Whether the error is about a file or folder, named by the user, that this program cannot use."""
    return isinstance(error, OSError) and error.errno in _UNUSABLE_PATH and bool(error.filename)


INTERRUPTION = "interrupted"
FAULT_LOG = Path("advocate-score-fault.log")
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Opened without waiting, because a pipe of that name may have no reader."""


def faults(error: BaseException) -> Sequence[Fault]:
    """What is wrong, place by place; empty for an error that is not about places."""
    if isinstance(error, FaultyInputError):
        return error.faults
    if isinstance(error, OSError) and is_unusable_path(error):
        return [Fault(str(error.filename), f"{error.strerror}.", "name a place that may be read and written")]
    return []


def message(error: BaseException) -> str:
    """The error's text if the package raised it; otherwise only its type, because its text may quote a value."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "a disk is full: make room, and start again"
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTION
    if isinstance(error, AdvocateScoreError):
        return str(error)
    return "\n".join(map(str, faults(error))) or f"unexpected {type(error).__name__}"


def full_message(error: BaseException) -> str:
    """The message; for an error that nobody expected, also the file that then holds its details."""
    is_expected = isinstance(error, AdvocateScoreError | KeyboardInterrupt) or faults(error)
    return message(error) if is_expected else f"{message(error)}; {_log_traceback(error)}"


def _log_traceback(error: BaseException) -> str:
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


@contextmanager
def notify_on_failure(project: "Project", command: str) -> Iterator[None]:
    """Start `[operations] on_failure` if the run inside fails; its own result does not change the exit code.

    The command runs in the folder of the configuration, with ADVOCATE_SCORE_COMMAND, ADVOCATE_SCORE_EXIT_CODE and
    ADVOCATE_SCORE_ERROR in its environment. These values are never part of a command line.
    """
    try:
        yield
    except Exception as error:
        if project.settings.operations.on_failure:
            _start_hook(project, command, error)
        raise


def _start_hook(project: "Project", command: str, error: Exception) -> None:
    variables = {"COMMAND": command, "EXIT_CODE": str(exit_code(error)), "ERROR": message(error)}
    environment = {**os.environ, **{f"ADVOCATE_SCORE_{name}": value for name, value in variables.items()}}
    hook, folder = project.settings.operations.on_failure, project.settings.folder
    try:
        return_code = subprocess.run(
            hook, cwd=folder, env=environment, stdin=subprocess.DEVNULL, timeout=HOOK_TIMEOUT_SECONDS, check=False
        ).returncode
    except OSError as problem:
        project.progress.warn(f"[operations] on_failure could not be started: {problem.strerror}.")
    except subprocess.TimeoutExpired:
        project.progress.warn(f"[operations] on_failure was stopped after {HOOK_TIMEOUT_SECONDS} s.")
    else:
        if return_code:
            project.progress.warn(f"[operations] on_failure itself ended with {return_code}.")


_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []


def clear_up_on_signals() -> None:
    """Let SIGTERM and SIGHUP interrupt a run as Ctrl-C does, so that it removes its copies of the tables.

    `end` then lets the process die of the signal. A signal that the parent process ignores (`nohup`) stays ignored.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _interrupt)


def interruption() -> int:
    """The exit code of an interrupted run, as in shells: 128 plus the number of the signal."""
    return 128 + (_received[0] if _received else signal.SIGINT)


def end(code: int) -> NoReturn:
    """End the process without destroying every object, which takes most of a second after a run of `score`.

    Exit handlers run first. Threads are not waited for: a download of MLflow from a server that stopped answering could
    last for ever. The interpreter ends normally if the run succeeded but its output cannot be written.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) == _interrupt:
            signal.signal(number, signal.SIG_DFL)
    if _received:
        _is_written()
        os.kill(os.getpid(), _received[0])
    atexit._run_exitfuncs()
    if not _is_written() and code == 0:
        sys.exit(code)
    os._exit(code)


def _interrupt(number: int, _: FrameType | None) -> None:
    """Interrupt the run once; a second signal must not interrupt the cleaning up."""
    if not _received:
        _received.append(number)
        raise KeyboardInterrupt


def _is_written() -> bool:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return False
    return True
