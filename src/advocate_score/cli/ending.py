"""How the process of a command ends: at once."""

import atexit
import os
import sys
import threading
from typing import NoReturn


def end(code: int) -> NoReturn:
    """Leaves without taking every object apart, which costs the better part of a second after a night.

    What was registered for the end is done first. Where a stream cannot be written any more, or a thread is still at
    work that the end has to wait for, the interpreter ends in its own way.
    """
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.exit(code)
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit(code)
