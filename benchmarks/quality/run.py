"""Makes the worlds and fits every method in each, on several processes, one result at a time."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.quality.cells import Cell
from benchmarks.quality.judge import fit_named, judged
from benchmarks.quality.measures import Measured
from benchmarks.quality.methods import OPTIMUM, PRODUCT
from benchmarks.quality.optimum import learned_optimum
from benchmarks.quality.results import Task, append, found
from benchmarks.quality.worlds import judged_world

_LINES = 50
"""Of progress, where stderr is a file."""


def prepare(tasks: Sequence[Task], folder: Path, jobs: int) -> None:
    """Every world of the tasks, and every optimum that they need, that is not yet in `folder`."""
    work: list[tuple[Any, ...]] = [(_make, *world, folder) for world in dict.fromkeys(task[:2] for task in tasks)]
    cells = dict.fromkeys(task.cell for task in tasks if task.method in (PRODUCT, OPTIMUM))
    work += [(learned_optimum, cell, folder) for cell in cells]
    for _, done in _all_done("worlds", dict(enumerate(work)), jobs):
        done.result()


def fit_all(tasks: Sequence[Task], folder: Path, jobs: int) -> int:
    """Adds the results that are missing; how many tasks failed, each told on stderr and open for the next run."""
    have = found(folder)
    missing = {task: (_fitted, task, folder) for task in tasks if task not in have}
    failed = 0
    for task, done in _all_done("fits", missing, jobs):
        if error := done.exception():
            failed += 1
            _tell(f"\n{task.method} failed at {task.cell.name}, seed {task.seed}: {error!r}\n")
        else:
            append(folder, task, done.result())
    return failed


def _make(cell: Cell, seed: int, folder: Path) -> None:
    judged_world(cell, seed, folder)


def _fitted(task: Task, folder: Path) -> Measured:
    return judged(task.cell, task.seed, fit_named(task.method, task.cell, folder), folder)


def _all_done(what: str, work: dict[Any, tuple[Any, ...]], jobs: int) -> Iterator[tuple[Any, "Future[Any]"]]:
    started, names = time.monotonic(), {}
    os.environ["OMP_NUM_THREADS"] = "1"  # of the processes to come: each has one core
    with ProcessPoolExecutor(jobs, get_context("spawn"), _silenced) as pool:
        for name, (call, *arguments) in work.items():
            names[pool.submit(call, *arguments)] = name
        try:
            for done, future in enumerate(as_completed(names), 1):
                yield names[future], future
                _progress(what, done, len(work), time.monotonic() - started)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _silenced() -> None:
    """DuckDB takes a spawned process for an interactive one and draws its progress on stdout, where the report goes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _progress(what: str, done: int, total: int, seconds: float) -> None:
    at_terminal = sys.stderr.isatty()
    if at_terminal or done * _LINES // total > (done - 1) * _LINES // total:
        end = "  \r" if at_terminal else "\n"
        left = seconds * (total - done) / done / 60
        _tell(f"{what} {done}/{total}, {seconds / 60:.1f} min, about {left:.0f} min left{end}")


def _tell(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
