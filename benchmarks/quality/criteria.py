"""What the model has to reach in the grid, and whether it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from benchmarks.quality.measures import Measured
from benchmarks.quality.methods import OPTIMUM, PRODUCT, TRUTH
from benchmarks.quality.results import Task
from benchmarks.quality.table import cell_means, compared, over_cells

NEAR_THE_BEST = 0.01
LEAST_SEEDS = 20
UNBIASED_WITHOUT_SELECTION, UNBIASED_WITH_PROPENSITIES = 0.03, 0.04
LEAST_COVERED, MOST_COVERED = 0.85, 0.95


@dataclass(frozen=True)
class Criterion:
    """`reached` is None where the results say nothing of it."""

    what: str
    reached: bool | None
    found: str


def criteria(table: pd.DataFrame, results: Mapping[Task, Measured]) -> list[Criterion]:
    return [*_standing(table), *_biases(table), *_coverage(results), _seeds(table)]


def _standing(table: pd.DataFrame) -> Iterator[Criterion]:
    same = compared(table)
    means = cell_means(same[~same["method"].isin([OPTIMUM, TRUTH])], "never_excess")
    whole = over_cells(means)["mean"].sort_values()
    others = whole.drop(PRODUCT)
    found = f"{whole[PRODUCT]:.4f}; next {others.index[0]} {others.iloc[0]:.4f}"
    yield Criterion(
        "least mean excess log loss on never-asked accounts over the grid", whole.index[0] == PRODUCT, found
    )
    for size in sorted(means["asks"].unique()):
        here = over_cells(means[means["asks"] == size])["mean"].sort_values()
        behind = float(here[PRODUCT] - here.iloc[0])
        found = f"{behind:.4f} behind {here.index[0]}" if behind > 0 else "the best"
        yield Criterion(f"within {NEAR_THE_BEST} of the best at {size:,} asks", behind <= NEAR_THE_BEST, found)


def _biases(table: pd.DataFrame) -> Iterator[Criterion]:
    own = table[table["method"] == PRODUCT]
    chance = own[(own["selection"] == "none") & (own["asks"] >= 1_000)]
    logged = own[(own["selection"] == "mnar") & own["explored"] & (own["asks"] >= 3_000)]
    for accounts, measure in (("all accounts", "bias"), ("never-asked", "never_bias")):
        what = f"no selection, 1,000 asks or more: bias within ±{UNBIASED_WITHOUT_SELECTION} in every cell, {accounts}"
        yield _bias(what, cell_means(chance, measure), UNBIASED_WITHOUT_SELECTION)
        what = f"mnar, propensities logged, 5 % explored, 3,000 asks: bias within ±{UNBIASED_WITH_PROPENSITIES} "
        yield _bias(f"{what}in every cell, {accounts}", cell_means(logged, measure), UNBIASED_WITH_PROPENSITIES)


def _bias(what: str, means: pd.DataFrame, most: float) -> Criterion:
    if means.empty:
        return Criterion(what, None, "no such cell was run")
    worst = means.iloc[int(means["mean"].abs().argmax())]
    found = f"worst {worst['mean']:+.3f} ± {worst['error']:.3f} ({worst['cell']}); mean {means['mean'].mean():+.3f}"
    return Criterion(what, bool(abs(worst["mean"]) <= most), found)


def _coverage(results: Mapping[Task, Measured]) -> Iterator[Criterion]:
    within = f"{LEAST_COVERED:.0%}–{MOST_COVERED:.0%}"
    for accounts, key in (("all accounts", "covered"), ("never-asked", "never_covered")):
        for kind, what in (("accounts", "of single accounts"), ("deciles", "of the means of tenths")):
            share = covered(results, key, kind)
            title = f"90 % intervals hold the optimum {what} in {within}, {accounts}"
            if share is None:
                yield Criterion(title, None, "no cell with intervals was run")
                continue
            reached = bool(LEAST_COVERED <= share.mean() <= MOST_COVERED)
            found = f"{share.mean():.1%}; by tenth {share.min():.0%} to {share.max():.0%}"
            yield Criterion(title, reached, found)


def covered(results: Mapping[Task, Measured], key: str, kind: str, identified: bool = True) -> np.ndarray | None:
    """Means by tenth of readiness (10,), over the cells and seeds of the product that are (or are not) identified."""
    own = [
        measured[key][kind]  # type: ignore[index]
        for task, measured in results.items()
        if task.method == PRODUCT and task.cell.identified == identified
    ]
    return np.mean(own, axis=0) if own else None


def _seeds(table: pd.DataFrame) -> Criterion:
    seeds = table[table["method"] == PRODUCT].groupby("cell")["seed"].nunique()
    return Criterion(f"{LEAST_SEEDS} seeds or more a cell", bool(seeds.min() >= LEAST_SEEDS), f"{seeds.min()}")
