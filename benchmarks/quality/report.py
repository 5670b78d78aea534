"""The report of the grid, in Markdown: the methods beside each other, the losses too, and what was to be reached."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from benchmarks.quality.cells import grid
from benchmarks.quality.criteria import covered, criteria
from benchmarks.quality.markdown import markdown_table, with_error
from benchmarks.quality.measures import Measured
from benchmarks.quality.methods import OPTIMUM, PRODUCT, TRUTH, every_name, installed
from benchmarks.quality.results import Task
from benchmarks.quality.table import against, cell_means, compared, long_table, over_cells, slices

_VERDICT = {True: "reached", False: "**not reached**", None: "not measured"}


def report(results: Mapping[Task, Measured]) -> str:
    """What concerns the product alone is left out where it was not run."""
    table = long_table(results)
    same = compared(table)
    parts = [_scope(table, same), *_standing(same), *_beside(same)]
    if (table["method"] == PRODUCT).any():
        parts += [*_bias(table), *_coverage(results), *_losses(same), *_reached(table, results)]
    return "\n\n".join(parts) + "\n"


def _scope(table: pd.DataFrame, same: pd.DataFrame) -> str:
    seeds = table.groupby("cell")["seed"].nunique()
    worlds = len(same[["cell", "seed"]].drop_duplicates())
    return (
        f"{len(seeds)} of the {len(grid())} cells, {seeds.min()} to {seeds.max()} seeds a cell. Methods are compared "
        f"in the {worlds} worlds in which all of them have a result; ± is one standard error over seeds."
    )


def _standing(same: pd.DataFrame) -> Iterator[str]:
    yield "### Excess log loss on never-asked accounts\n\nNats beyond the truth's own; the lowest in bold."
    columns = {}
    for name, rows in slices(same).items():
        columns[name] = over_cells(cell_means(same[rows], "never_excess"))
    order = _ranked(columns["all cells"]["mean"])
    shown = {name: _best_in_bold(one["mean"].reindex(order)) for name, one in columns.items()}
    shown["±"] = [f"{error:.4f}" for error in columns["all cells"]["error"].reindex(order)]
    frame = pd.DataFrame(shown, index=pd.Index(order, name="method"))
    yield markdown_table(pd.concat([frame, _not_installed(frame)]))


def _beside(same: pd.DataFrame) -> Iterator[str]:
    """Other measures, over all cells."""
    names = {
        "excess": "excess, all accounts",
        "never_rps": "RPS",
        "never_top": "share of top 5 %",
        "never_bias": "bias",
        "bias": "bias, all accounts",
        "seconds": "CPU s",
    }
    found = {title: over_cells(cell_means(same, measure))["mean"] for measure, title in names.items()}
    sizes = cell_means(same, "never_bias").assign(mean=lambda rows: rows["mean"].abs())
    found["absolute bias, mean of cells"] = over_cells(sizes)["mean"]
    order = _ranked(over_cells(cell_means(same, "never_excess"))["mean"])
    yield (
        "### Other measures over all cells\n\nOn never-asked accounts where nothing else is said. Share of top 5 %: "
        "yes held by the 5 % ranked highest, of the most that any 5 % hold."
    )
    yield markdown_table(pd.DataFrame(found).reindex(order).rename_axis("method").map(lambda value: f"{value:.4f}"))


def _bias(table: pd.DataFrame) -> Iterator[str]:
    own = table[table["method"] == PRODUCT]
    yield "### Bias of the product by cell\n\nMean prediction − mean truth, over accounts and levels."
    frames = [cell_means(own, measure).set_index("cell") for measure in ("bias", "never_bias")]
    shown = pd.DataFrame(
        {
            "all accounts": with_error(frames[0]),
            "never-asked": with_error(frames[1]),
            "seeds": frames[0]["seeds"].astype(str),
            "": ["" if one else "not identified" for one in frames[0]["identified"]],
        }
    )
    yield markdown_table(shown)


def _coverage(results: Mapping[Task, Measured]) -> Iterator[str]:
    rows = {}
    for identified, where in ((True, "identified cells"), (False, "not identified")):
        for key, accounts in (("covered", "all"), ("never_covered", "never-asked")):
            for kind, what in (("accounts", "accounts"), ("deciles", "means of tenths"), ("width", "width")):
                share = covered(results, key, kind, identified)
                if share is not None:
                    rows[f"{what}, {accounts}, {where}"] = [f"{one:.2f}" for one in [*share, np.mean(share)]]
    errors = [float(one["optimum_error"]) for one in results.values() if "optimum_error" in one]  # type: ignore[arg-type]
    yield (
        "### What the 90 % intervals hold\n\nBy tenth of readiness at each level, lowest first. Accounts: the share "
        "whose own interval holds the signals-only optimum of that account. Means of tenths: the share of tenths whose "
        "mean optimum lies between the mean bounds. The optimum is itself learned, with a standard error of "
        f"{np.mean(errors):.3f} at one account."
    )
    columns = [*map(str, range(1, 11)), "mean"]
    yield markdown_table(pd.DataFrame(rows, index=columns).T.rename_axis("share"))


def _losses(same: pd.DataFrame) -> Iterator[str]:
    apart = against(same[~same["method"].isin([OPTIMUM, TRUTH])], "never_excess", PRODUCT)
    lost = apart[apart["mean"] > 0].sort_values(["cell", "mean"], ascending=[True, False])
    cells = apart["cell"].nunique()
    yield (
        f"### Where another method wins\n\nIn {lost['cell'].nunique()} of {cells} cells: excess log loss of the "
        "product minus the other's, on never-asked accounts of the same worlds."
    )
    if not lost.empty:
        yield markdown_table(lost.set_index("cell").assign(behind=with_error)[["method", "behind"]])


def _reached(table: pd.DataFrame, results: Mapping[Task, Measured]) -> Iterator[str]:
    found = criteria(table, results)
    yield "### What was to be reached"
    rows = {one.what: (_VERDICT[one.reached], one.found) for one in found}
    yield markdown_table(pd.DataFrame(rows, index=["", "found"]).T.rename_axis("criterion"))
    unknown = sorted(table.loc[~table["identified"], "cell"].unique())
    if unknown:
        yield (
            f"Calibration for never-asked accounts is not identified, and nothing is claimed, in {len(unknown)} cells: "
            "whom to ask was chosen by what no table shows, and neither propensities nor exploration were logged."
        )


def _ranked(mean: "pd.Series[float]") -> list[str]:
    """The bounds first, then the methods, best first."""
    bounds = [name for name in (TRUTH, OPTIMUM) if name in mean.index]
    return [*bounds, *mean.drop(bounds).sort_values().index]


def _best_in_bold(mean: "pd.Series[float]") -> Sequence[str]:
    best = mean.drop([TRUTH, OPTIMUM], errors="ignore").min()
    return [f"**{value:.4f}**" if value == best else f"{value:.4f}" for value in mean]


def _not_installed(frame: pd.DataFrame) -> pd.DataFrame:
    absent = [name for name in every_name() if not installed(name) and name not in frame.index]
    return pd.DataFrame("not installed", index=pd.Index(absent, name="method"), columns=frame.columns)
