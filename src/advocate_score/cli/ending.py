"""How the process of a command ends: at once, or as a signal wants it to."""

import atexit
import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []


def clear_up_on_signals() -> None:
    """From now on SIGTERM and SIGHUP interrupt a run as Ctrl-C does, so that it removes what it had of the tables, and
    `end` then lets the process die of the signal, as if nothing had been done. What its starter ignores (`nohup`)
    stays ignored."""
    for number in _SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _interrupt)


def interruption() -> int:
    """The exit code of a run that was interrupted: as shells tell it, 128 and the number of the signal."""
    return 128 + (_received[0] if _received else signal.SIGINT)


def end(code: int) -> NoReturn:
    """Leaves without taking every object apart, which costs the better part of a second after a night.

    What was registered for the end is done first. Where a thread is still at work that the end has to wait for, or all
    went well but what was said cannot be written any more, the interpreter ends in its own way.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) == _interrupt:
            signal.signal(number, signal.SIG_DFL)
    if _received:
        _is_written()
        os.kill(os.getpid(), _received[0])
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.exit(code)
    atexit._run_exitfuncs()
    if not _is_written() and code == 0:
        sys.exit(code)
    os._exit(code)


def _interrupt(number: int, _: FrameType | None) -> None:
    """A second signal must not interrupt the clearing up."""
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
