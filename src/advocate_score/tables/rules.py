"""Rules that hold between the columns of one row."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.canonical import Table
from advocate_score.config.sections import Dialect
from advocate_score.tables.currencies import CURRENCIES
from advocate_score.tables.findings import Findings, Mask, as_mask

RAISED_DATE = "bare date raised to the time of day"

_IN_ORDER = {
    "asks": (
        ("asked_at", "responded_at", "answered_before_asked"),
        ("asked_at", "completed_at", "answered_before_asked"),
        ("asked_at", "recorded_at", "recorded_before_occurred"),
    ),
    "cases": (("opened_at", "closed_at", "ended_before_start"),),
    "opportunities": (("opened_at", "closed_at", "ended_before_start"),),
    "permissions": (("valid_from", "valid_to", "ended_before_start"),),
}


def apply_rules(cells: pa.Table, table: Table, dialect: Dialect, findings: Findings) -> pa.Table:
    """Adds rows that contradict themselves to `findings`; returns the cells with dates that needed raising raised."""
    order = _IN_ORDER.get(table.name, ())
    if table.happened and table.recorded:
        order = ((table.happened, table.recorded, "recorded_before_occurred"), *order)
    for earlier, later, code in order:
        if {earlier, later} <= set(cells.column_names):
            cells = _in_order(cells, earlier, later, code, dialect, findings)
    if table.name == "renewals":
        _check_amounts(cells, findings)
    return _with_deleted_status(cells) if table.name == "accounts" and "deleted" in cells.column_names else cells


def _with_deleted_status(cells: pa.Table) -> pa.Table:
    """A deleted account has the status of one, whatever else its status was."""
    status = cells.column("status") if "status" in cells.column_names else pa.nulls(cells.num_rows, pa.string())
    others = cells.drop_columns(["status"]) if "status" in cells.column_names else cells
    deleted = pc.fill_null(cells.column("deleted"), False)
    return others.append_column("status", pc.if_else(deleted, pa.scalar("deleted"), status))


def _in_order(cells: pa.Table, earlier: str, later: str, code: str, dialect: Dialect, findings: Findings) -> pa.Table:
    """A bare date on the day of the earlier time says no time of day: it cannot be before it."""
    start, end = cells.column(earlier), cells.column(later)
    reversed_rows = as_mask(pc.less(end, start).combine_chunks())
    if not reversed_rows.any():
        return cells
    raised = reversed_rows & findings.bare_dates[later] & _same_day(start, end, dialect)
    findings.normalise(later, RAISED_DATE, raised)
    findings.fail(code, later, reversed_rows & ~raised)
    return cells.set_column(cells.column_names.index(later), later, pc.if_else(pa.array(raised), start, end))


def _same_day(start: pa.ChunkedArray, end: pa.ChunkedArray, dialect: Dialect) -> Mask:
    """In the zone that the dates were written in."""
    days = [_local_day(instants, dialect.time_zone or "UTC") for instants in (start, end)]
    return as_mask(np.equal(*days))


def _local_day(instants: pa.ChunkedArray, zone: str) -> npt.NDArray[np.datetime64]:
    series = instants.to_pandas().dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    days: npt.NDArray[np.datetime64] = series.to_numpy("datetime64[D]")
    return days


def _check_amounts(cells: pa.Table, findings: Findings) -> None:
    if "amount" in cells.column_names:
        negative = pc.and_(pc.less(cells.column("amount"), 0), pc.not_equal(cells.column("kind"), "contraction"))
        findings.fail("negative_amount", "amount", negative.combine_chunks())
    if "currency" in cells.column_names:
        known = pc.is_in(cells.column("currency"), pa.array(sorted(CURRENCIES)))
        unknown = pc.and_(pc.is_valid(cells.column("currency")), pc.invert(known))
        findings.fail("unknown_currency", "currency", unknown.combine_chunks())
