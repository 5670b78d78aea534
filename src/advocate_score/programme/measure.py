"""Computes every figure of the programme for every period, level and industry, in one frame."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from advocate_score.config import Programme
from advocate_score.programme.definitions import METRICS, PUBLICATIONS, SETTINGS, Metric
from advocate_score.programme.inputs import Period, Records, trailing_year
from advocate_score.stats import Estimate

ALL = "all"
TO_DATE = "to_date"
COLUMNS = (
    *("metric", "group", "period", "start", "end", "by", "of"),
    *("numerator", "denominator", "value", "low", "high", "interval", "unit", "accounts", "note"),
)
NOTHING_TO_MEASURE, MASKED = "no_case", "masked"
"""Reasons for a missing value: nothing happened in the period, or the cell holds too few accounts to publish."""


def measure(records: Records, calendar: Sequence[Period], missing: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the frame of `COLUMNS`, without the figures of `missing`.

    It covers the last 365 days (or all time, for figures to date) for all accounts, by level and by industry, and the
    calendar periods for all accounts. `by` is `all`, `level`, `industry` or `prospect_industry`, and `of` names the
    level or industry. Where there is no value, `note` gives the reason.
    """
    parts = list(_record_subsets(records))
    rows: list[dict[str, object]] = []
    for metric in METRICS:
        if metric.slug not in missing:
            rows.extend(_rows(metric, parts, calendar))
    times = {"start": "datetime64[us]", "end": "datetime64[us]"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(times)


def unmeasurable(
    present: Mapping[str, Collection[str]], settings: Programme, published: bool
) -> dict[str, tuple[str, ...]]:
    """Return what each figure lacks, by slug: a table, one of its columns, a setting, or a publication.

    Parameters
    ----------
    present : table → columns of its export.
    settings : of the programme.
    published : whether there is a publication with readiness.parquet.
    """
    missing = {metric.slug: tuple(_missing(metric, present, settings, published)) for metric in METRICS}
    return {slug: lacking for slug, lacking in missing.items() if lacking}


def _missing(
    metric: Metric, present: Mapping[str, Collection[str]], settings: Programme, published: bool
) -> Iterator[str]:
    for source, names in metric.needs.items():
        if source == PUBLICATIONS:
            yield from () if published else ("publications/<date>/readiness.parquet",)
        elif source == SETTINGS:
            yield from (f"{SETTINGS} {name}" for name in names if getattr(settings, name) is None)
        elif source not in present:
            yield source
        else:
            yield from (f"{source}.{name}" for name in names if name not in present[source])


def _record_subsets(records: Records) -> Iterator[tuple[str, str, Records]]:
    yield ALL, "", records
    for level in records.levels:
        yield "level", str(level), records.of_level(level)
    for industry in sorted(records.accounts["industry"].dropna().unique()):
        yield "industry", industry, records.of_industry(industry)
    for industry in sorted(records.opportunities["industry"].dropna().unique()):
        yield "prospect_industry", industry, records.of_prospects(industry)


def _rows(
    metric: Metric, parts: Sequence[tuple[str, str, Records]], calendar: Sequence[Period]
) -> Iterator[dict[str, object]]:
    year = trailing_year(parts[0][2].as_of)
    for by, of, records in parts:
        if by in (ALL, *metric.by):
            row = _row(metric, records, year, by, of)
            yield _with_small_cells_masked(row, records.settings.smallest_cell) if by == "industry" else row
    for period in () if metric.to_date else calendar:
        yield _row(metric, parts[0][2], period, ALL, "")


def _row(metric: Metric, records: Records, period: Period, by: str, of: str) -> dict[str, object]:
    estimate = metric.measure(records, period)
    start, name = (None, TO_DATE) if metric.to_date else (period.start, period.name)
    scope = {"period": name, "start": start, "end": period.end, "by": by, "of": of}
    note = "" if np.isfinite(estimate.value) else NOTHING_TO_MEASURE
    return {
        "metric": metric.slug,
        "group": metric.group,
        **scope,
        "unit": metric.unit,
        **asdict(estimate),
        "note": note,
    }


def _with_small_cells_masked(row: dict[str, object], smallest: int) -> dict[str, object]:
    """Mask the figure of an industry with few accounts, because it would reveal single accounts."""
    accounts = int(str(row["accounts"]))
    if row["note"] or not 0 < accounts < smallest:
        return row
    hidden = asdict(Estimate(np.nan, np.nan, np.nan))
    return row | hidden | {"note": MASKED}
