"""One method in one world: learn, score, measure."""

import time
from pathlib import Path

from benchmarks.quality.cells import Cell
from benchmarks.quality.measures import Curves, Measured, coverage, measures
from benchmarks.quality.methods import OPTIMUM, TRUTH, Fit, every_method
from benchmarks.quality.optimum import optimum
from benchmarks.quality.worlds import judged_world


def judged(cell: Cell, seed: int, fit: Fit, folder: Path) -> Measured:
    """The measures of `measures`, `seconds` of CPU, and for a method with intervals `covered` (all accounts) and
    `never_covered`, with the `optimum_error`; the world is kept in `folder`."""
    world = judged_world(cell, seed, folder)
    started = time.process_time()
    found = fit(world)
    told: Measured = {**measures(found, world.truth, world.never), "seconds": time.process_time() - started}
    if found.low is not None:
        best = optimum(cell, world, folder)
        told["optimum_error"] = best.error
        told["covered"] = coverage(found, best.curve)
        told["never_covered"] = coverage(found.of(world.never), best.curve[world.never])
    return told


def fit_named(method: str, cell: Cell, folder: Path) -> Fit:
    """A method, or one of the two bounds that none can pass: the optimum of the signals, and the truth."""
    if method == TRUTH:
        return lambda world: Curves(world.truth)
    if method == OPTIMUM:
        return lambda world: Curves(optimum(cell, world, folder).curve)
    return every_method()[method]
