"""Many starts of the real command line at once: one publishes, the others end at once and say so."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from advocate_score.publication.folder import lock_folder
from advocate_score.publication.store import is_whole, published_dates
from flows.conftest import AS_OF
from goals import sized

SECONDS = 2
HEAVY = ("duckdb", "mlflow", "numpy", "pandas", "pyarrow", "sklearn")


def start(firm: Path, *python: str) -> subprocess.Popen[bytes]:
    words = ["score", "--as-of", AS_OF, "--config", str(firm / "advocate.toml"), "--quiet"]
    return subprocess.Popen(
        [sys.executable, *python, "-m", "advocate_score", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def end_of(process: subprocess.Popen[bytes]) -> tuple[int, resource.struct_rusage]:
    """Exit code, and what the process took of the machine."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stderr is not None
    process.stderr.close()
    return process.returncode, used


def holder(target: Path) -> int:
    """The process that holds the lock, once there is one."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        lock = target / ".lock"
        inode = lock.stat().st_ino if lock.exists() else -1
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            kind, process, place = line.split()[1], line.split()[4], line.split()[5]
            if kind == "FLOCK" and place.endswith(f":{inode}") and int(process) > 0:
                return int(process)
        time.sleep(0.005)
    pytest.fail("nobody took the lock")


@pytest.mark.goal("G4")
def test_row_88_of_many_starts_one_publishes(firm: Path, measured: Callable[[str], None]) -> None:
    """The one that came first is stopped until the others have ended, however slow they are to start."""
    begun = time.monotonic()
    processes = [start(firm) for _ in range(sized(6, 50))]
    first = holder(firm / "publications")
    os.kill(first, signal.SIGSTOP)
    losers = [end_of(process) for process in processes if process.pid != first]
    elapsed = time.monotonic() - begun
    os.kill(first, signal.SIGCONT)
    (winner,) = [process for process in processes if process.pid == first]
    assert end_of(winner)[0] == 0
    assert [code for code, _ in losers] == [75] * (len(processes) - 1)
    assert published_dates(firm / "publications") == [AS_OF]
    assert is_whole(firm / "publications" / "current")
    most = max(used.ru_utime + used.ru_stime for _, used in losers)
    measured(
        f"{len(processes)} at once: 1 published, {len(losers)} ended with 75, each after at most {most:.2f} s of "
        f"processor time; the last of them {elapsed:.1f} s after the first start, on {os.cpu_count()} processors"
    )
    assert most < SECONDS


@pytest.mark.goal("G4")
def test_row_88_a_start_while_the_lock_is_held_ends_at_once(firm: Path, measured: Callable[[str], None]) -> None:
    with lock_folder(firm / "publications"):
        begun = time.monotonic()
        code, used = end_of(start(firm))
        elapsed = time.monotonic() - begun
    assert code == 75
    taken = used.ru_utime + used.ru_stime
    measured(f"alone: ended with 75 after {elapsed:.2f} s, {taken:.2f} s of processor time")
    assert taken < SECONDS, "the time on the clock is that of a machine with other work"


def test_a_start_that_has_to_wait_loads_nothing_heavy(firm: Path) -> None:
    with lock_folder(firm / "publications"):
        process = start(firm, "-X", "importtime")
        _, told = process.communicate()
    assert process.returncode == 75
    loaded = {line.split(b"|")[-1].strip().decode() for line in told.splitlines() if line.startswith(b"import time:")}
    assert "pydantic" in loaded
    assert not loaded & set(HEAVY)
