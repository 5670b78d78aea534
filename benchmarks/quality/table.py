"""Results as frames: one row a cell, seed and method; means over seeds, then over cells, with standard errors."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from benchmarks.quality.cells import Cell
from benchmarks.quality.measures import Measured
from benchmarks.quality.results import Task

_PARTS = ("asks", "selection", "fatigue", "heterogeneity", "explored", "identified")


def long_table(results: Mapping[Task, Measured]) -> pd.DataFrame:
    """Columns cell, its parts, seed, method, and every plain measure."""
    rows = []
    for (cell, seed, method), measured in results.items():
        plain = {name: value for name, value in measured.items() if isinstance(value, float)}
        rows.append({"cell": cell.name, **parts(cell), "seed": seed, "method": method, **plain})
    return pd.DataFrame(rows)


def parts(cell: Cell) -> dict[str, object]:
    return {name: getattr(cell, name) for name in _PARTS}


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Only the worlds in which every method of the table has a result, so that all are judged on the same ones."""
    methods = table["method"].nunique()
    complete = table.groupby(["cell", "seed"])["method"].transform("nunique") == methods
    return table.loc[complete.to_numpy()]


def cell_means(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Per cell and method: `mean` over seeds, `error` of it (NaN for one seed), `seeds`; with the cell's parts."""
    groups = table.groupby(["cell", "method"], sort=False)[measure]
    told = pd.DataFrame({"mean": groups.mean(), "error": groups.sem(), "seeds": groups.count()}).reset_index()
    of_cell = table.drop_duplicates("cell").set_index("cell")[list(_PARTS)]
    return told.join(of_cell, on="cell")


def over_cells(means: pd.DataFrame) -> pd.DataFrame:
    """Per method: `mean` of the cells' means, each cell counting once, and the standard `error` of it."""
    groups = means.assign(square=means["error"] ** 2).groupby("method")
    error = np.sqrt(groups["square"].sum(min_count=1)) / groups["cell"].count()
    return pd.DataFrame({"mean": groups["mean"].mean(), "error": error})


def slices(table: pd.DataFrame) -> dict[str, "pd.Series[bool]"]:
    """The columns of the report: the whole grid, each size, each way of choosing."""
    sizes = {f"{size:,} asks": table["asks"] == size for size in sorted(table["asks"].unique())}
    ways = {str(way): table["selection"] == way for way in ("none", "mar", "mnar") if (table["selection"] == way).any()}
    return {"all cells": pd.Series(True, index=table.index), **sizes, **ways}


def against(table: pd.DataFrame, measure: str, method: str) -> pd.DataFrame:
    """Per cell and other method: mean over seeds of this `method` minus the other, and its standard error, paired."""
    wide = table.pivot_table(index=["cell", "seed"], columns="method", values=measure)
    apart = (
        wide.drop(columns=method).rsub(wide[method], axis=0).reset_index().melt(["cell", "seed"], value_name="apart")
    )
    return apart.groupby(["cell", "method"])["apart"].agg(mean="mean", error="sem").reset_index()
