"""Publications in small, and runs in a child process that may be killed on the way."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advocate_score.errors import AdvocateScoreError

FILE_OPERATIONS = ("open", "fsync", "fchmod", "chmod", "mkdir", "rename", "replace", "symlink", "unlink", "rmdir")
Action = Callable[[], object]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "publications"


@pytest.fixture
def night_files() -> dict[str, bytes]:
    return {"a.csv": b"a\n", "b.parquet": b"PAR1", "by_owner/ana.csv": b"x\n", "by_owner/luis.csv": b"y\n"}


@pytest.fixture
def run_killed() -> Callable[..., int]:
    """Runs an action in a child that sends itself a signal before its n-th file operation; the child's exit code."""
    return lambda action, step, number=signal.SIGKILL: exit_code(fork(action, step, number))


@pytest.fixture
def start_child() -> Callable[[Action], int]:
    """Starts an action in a child; its process id."""
    return fork


@pytest.fixture
def end_of_child() -> Callable[[int], int]:
    return exit_code


def fork(action: Action, step: int = 0, number: int = signal.SIGKILL) -> int:
    child = os.fork()
    if child == 0:
        if step:
            kill_before(step, number)
        code = 1
        try:
            action()
            code = 0
        except AdvocateScoreError as error:
            code = error.exit_code
        finally:
            os._exit(code)
    return child


def exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_before(step: int, number: int) -> None:
    left = step

    def deadly(operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)
            return operation(*args, **kwargs)

        return call

    for name in FILE_OPERATIONS:
        setattr(os, name, deadly(getattr(os, name)))
