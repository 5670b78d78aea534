"""System calls of a run, found by tracing it, and made to fail one at a time.

Each run is a child of this process, forked when everything is loaded, to which strace is attached before it begins.
"""

import ctypes
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

from faults.scenes import UNEXPECTED

KILL, NO_SPACE, INPUT_OUTPUT, CUT_SHORT = "signal=KILL", "error=ENOSPC", "error=EIO", "retval=1"
_CALL = re.compile(r"([a-z_0-9]+)\(")
_PR_SET_PTRACER, _ANY = 0x59616D61, -1

Run = Callable[[], int]
"""Gives the exit code that its process is to end with."""


@dataclass(frozen=True)
class Call:
    """The n-th call of a name in a run."""

    name: str
    number: int


@dataclass(frozen=True)
class Injected:
    """exit_code: as subprocess gives it · hit: whether the fault struck a call on the folder under test."""

    exit_code: int
    hit: bool


@cache
def why_not() -> str:
    """Why calls cannot be traced here; empty where they can."""
    try:
        traced(lambda: 0, Path(os.devnull), "trace=none")
    except FileNotFoundError:
        return "strace is not installed: make extras"
    except PermissionError as error:
        return f"strace may not trace here: {error}"
    return ""


def calls_on(run: Run, target: Path, log: Path) -> list[Call]:
    """Every call of a run without a fault that names `target` or a file in it."""
    traced(run, log, "trace=all")
    seen: Counter[str] = Counter()
    found = []
    for name, line in _lines(log):
        seen[name] += 1
        if str(target) in line:
            found.append(Call(name, seen[name]))
    return found


def inject(run: Run, target: Path, log: Path, call: Call, fault: str) -> Injected:
    code = traced(run, log, f"trace={call.name}", f"inject={call.name}:{fault}:when={call.number}")
    struck = [line for _, line in _lines(log)][call.number - 1 : call.number]
    return Injected(code, hit=any(str(target) in line for line in struck))


def traced(run: Run, log: Path, *what: str) -> int:
    """The exit code of a child that runs under strace; PermissionError where it cannot be traced."""
    child = os.fork()
    if child == 0:
        _run_when_told(run)
    os.waitpid(child, os.WUNTRACED)
    try:
        _follow(child, log, what)
    except OSError:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run_when_told(run: Run) -> NoReturn:
    """Stops until the tracer holds this process, so that the calls it counts are those of the run alone."""
    code = UNEXPECTED
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY)
        os.kill(os.getpid(), signal.SIGSTOP)
        code = run()
    finally:
        os._exit(code)


def _follow(child: int, log: Path, what: tuple[str, ...]) -> None:
    """Attaches strace, lets the child go, and waits until strace has seen its end."""
    options = [word for one in what for word in ("-e", one)]
    command = ["strace", "-y", "-o", str(log), *options, "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        told = strace.stderr.readline()
        if "attached" not in told:
            raise PermissionError(told.strip())
        os.kill(child, signal.SIGCONT)


def _lines(log: Path) -> list[tuple[str, str]]:
    """Name and whole line of each call, in order."""
    lines = log.read_text(errors="replace").splitlines()
    return [(match[1], line) for line in lines if (match := _CALL.match(line))]
