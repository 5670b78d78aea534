"""How near to the truth is readiness, and is anything nearer? Simulated worlds with known truth; prints a report.

    python -m benchmarks.quality --quick            about 10 minutes on 2 cores: the cells that show each effect
    python -m benchmarks.quality --seeds 20         the whole grid: hours; stop it and start it again as you like
    python -m benchmarks.quality --report           what there is by now

Worlds and results are kept in --folder. Results of earlier code are not mixed with those of the code as it is.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.cells import Cell, cell_named, fraction, grid, quick
from benchmarks.quality.markdown import write_between_marks
from benchmarks.quality.methods import every_name, installed
from benchmarks.quality.report import report
from benchmarks.quality.results import Task, found
from benchmarks.quality.run import fit_all, prepare

QUICK_SEEDS, FULL_SEEDS = 3, 20


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help=f"the cells that show each effect, {QUICK_SEEDS} seeds")
    which.add_argument("--fraction", action="store_true", help="a quarter of the grid, balanced over its switches")
    which.add_argument("--cells", type=_cells, metavar="NAME,…", help="these alone, such as 200-mar-fatigue-…")
    parser.add_argument("--sizes", type=_numbers, metavar="N,…", help="only cells with so many asks")
    parser.add_argument("--seeds", type=int, help=f"worlds a cell, from seed 1 on; {FULL_SEEDS} if not quick")
    parser.add_argument("--methods", type=_methods, metavar="NAME,…", help=f"of {', '.join(every_name())}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes; each has one core")
    parser.add_argument("--folder", type=Path, default=Path("quality-grid"), help="worlds and results are kept here")
    parser.add_argument("--worlds", action="store_true", help="make the worlds, fit nothing")
    parser.add_argument("--report", action="store_true", help="fit nothing, report what there is of these cells")
    parser.add_argument("--page", type=Path, metavar="FILE.md", help="put the report into this page, between its marks")
    return parser.parse_args(arguments)


def main() -> int:
    chosen = options()
    tasks = tasks_of(chosen)
    failed = 0
    if not chosen.report:
        prepare(tasks, chosen.folder, chosen.jobs)
    if chosen.worlds:
        return 0
    if not chosen.report:
        failed = fit_all(tasks, chosen.folder, chosen.jobs)
    told = _tell(tasks, chosen)
    return 0 if told and not failed else 1


def tasks_of(chosen: argparse.Namespace) -> list[Task]:
    """Seed by seed, so that a run that is stopped has something of every cell."""
    cells = quick() if chosen.quick else fraction() if chosen.fraction else chosen.cells or grid()
    cells = [cell for cell in cells if cell.asks in (chosen.sizes or (cell.asks,))]
    seeds = chosen.seeds or (QUICK_SEEDS if chosen.quick else FULL_SEEDS)
    methods = [name for name in chosen.methods or every_name() if installed(name)]
    return [Task(cell, seed, method) for seed in range(1, seeds + 1) for cell in cells for method in methods]


def _tell(tasks: Sequence[Task], chosen: argparse.Namespace) -> bool:
    """Prints the report; whether there was anything to report."""
    asked_for = set(tasks)
    results = {task: measured for task, measured in found(chosen.folder).items() if task in asked_for}
    if not results:
        sys.stderr.write(f"no results in {chosen.folder} of the code as it is now\n")
        return False
    text = report(results)
    print(text)
    if chosen.page:
        write_between_marks(chosen.page, text)
    return True


def _cells(text: str) -> tuple[Cell, ...]:
    try:
        return tuple(map(cell_named, text.split(",")))
    except KeyError as error:
        raise argparse.ArgumentTypeError(f"there is no cell {error}; one is {grid()[0].name}") from error


def _methods(text: str) -> tuple[str, ...]:
    unknown = set(text.split(",")) - set(every_name())
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no method {', '.join(sorted(unknown))}")
    return tuple(text.split(","))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


if __name__ == "__main__":
    sys.exit(main())
