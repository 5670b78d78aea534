"""How the process of a command ends: at once."""

import atexit
import os
import sys
import threading
from typing import NoReturn


def end(code: int) -> NoReturn:
    """Leaves without taking every object apart, which costs the better part of a second after a night.

    What was registered for the end is done first. Where a thread is still at work that the end has to wait for, or all
    went well but what was said cannot be written any more, the interpreter ends in its own way.
    """
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.exit(code)
    atexit._run_exitfuncs()
    if not _is_written() and code == 0:
        sys.exit(code)
    os._exit(code)


def _is_written() -> bool:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return False
    return True
