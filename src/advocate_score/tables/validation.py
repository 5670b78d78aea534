"""Builds the pandera contract of each table from its canonical columns, and checks the rules between columns of one
row. Currencies are those of ISO 4217."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config.settings import Dialect
from advocate_score.dates import local_days
from advocate_score.schema import Column, Table
from advocate_score.tables.findings import ChunkIssues, Mask, as_mask
from advocate_score.tables.parsing import ARROW_TYPES, OTHER

if TYPE_CHECKING:
    import pandera.pandas as pandera

PANDAS_TYPES = {
    "id": "str",
    "text": "str",
    "choice": "str",
    "time": "datetime64[us]",
    "number": "float64",
    "integer": "Int64",
    "flag": "boolean",
}
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
_REASON_CODES = {"not_nullable": "missing_required"}


@lru_cache
def contract(table: Table) -> "pandera.DataFrameSchema":
    """The contract of a canonical table. Columns that are not required may be absent; extra columns are not checked."""
    import pandera.pandas as pandera

    columns = {column.name: _column(column) for column in table.columns}
    return pandera.DataFrameSchema(columns, coerce=False, strict=False, name=table.name)


def _column(column: Column) -> "pandera.Column":
    import pandera.pandas as pandera

    checks = []
    if column.minimum is not None:
        checks.append(pandera.Check.ge(column.minimum, error="out_of_range"))
    if column.maximum is not None:
        checks.append(pandera.Check.le(column.maximum, error="out_of_range"))
    if column.choices:
        checks.append(pandera.Check.isin((*column.choices, OTHER), error="not_a_choice"))
    return pandera.Column(
        PANDAS_TYPES[column.type], checks, nullable=not column.required, required=column.required, name=column.name
    )


def suspects(cells: pa.Table, table: Table) -> Mask:
    """Rows that may break the contract. pandera is slow, so it validates only these; usually there are none.

    Every row is a suspect if a column has another type than the contract says, or a required one is absent.
    """
    mask = np.zeros(cells.num_rows, np.bool_)
    for column in table.columns:
        if column.name in cells.column_names:
            values = cells.column(column.name)
            is_typed = values.type == ARROW_TYPES[column.type]
            mask |= _violations(values, column) if is_typed else True
        elif column.required:
            mask |= True
    return mask


def _violations(values: pa.ChunkedArray, column: Column) -> Mask:
    kinds = []
    if column.required:
        kinds.append(pc.is_null(values))
    if column.minimum is not None:
        kinds.append(pc.less(values, column.minimum))
    if column.maximum is not None:
        kinds.append(pc.greater(values, column.maximum))
    if column.choices:
        kinds.append(pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, pa.array((*column.choices, OTHER))))))
    masks = [as_mask(kind.combine_chunks()) for kind in kinds]
    broken: Mask = np.logical_or.reduce([np.zeros(len(values), np.bool_), *masks])
    return broken


def check_contract(cells: pa.Table, table: Table, issues: ChunkIssues) -> None:
    """Adds the rows that break the table's contract to `issues`.

    A cell that could not be cast is null by now and already has its issue, so it is not reported as missing too.
    """
    at = np.flatnonzero(suspects(cells, table))
    if not len(at):
        return
    import pandera.errors

    frame = cells.take(pa.array(at)).to_pandas(types_mapper=_NULLABLE.get)
    try:
        contract(table).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        if cases["index"].isna().any():
            raise
        for (column, check), group in cases.groupby(["column", "check"], sort=False):
            rows = np.zeros(cells.num_rows, np.bool_)
            rows[at[group["index"].to_numpy(np.int64)]] = True
            issues.add_issue(_REASON_CODES.get(check, check), column, rows & ~issues.failed_in(column))


_CURRENCY_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG
HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
"""
CURRENCIES = frozenset(_CURRENCY_CODES.split())


RAISED_DATE = "bare date raised to the time of day"
OPENED_LATE = "start after the end to unknown"

_START_UNKNOWN = ""
"""In place of a code: the row is in use, and its start counts as unknown."""
_IN_ORDER = {
    "asks": (
        ("asked_at", "responded_at", "answered_before_asked"),
        ("asked_at", "completed_at", "answered_before_asked"),
        ("asked_at", "recorded_at", "recorded_before_occurred"),
    ),
    "cases": (("opened_at", "closed_at", "ended_before_start"),),
    "opportunities": (("opened_at", "closed_at", _START_UNKNOWN),),
    "permissions": (("valid_from", "valid_to", "ended_before_start"),),
}


def apply_rules(cells: pa.Table, table: Table, dialect: Dialect, issues: ChunkIssues) -> pa.Table:
    """Checks the rules between columns of one row and returns the cells, with some dates adjusted.

    A bare date on the same day as the time that it must follow is raised to that time. Deleted accounts get the status
    `deleted`.

    Parameters
    ----------
    cells : the parsed chunk.
    table : its contract.
    dialect : gives the time zone in which dates were written.
    issues : gets the rows that contradict themselves.
    """
    order = _IN_ORDER.get(table.name, ())
    if table.happened and table.recorded:
        order = ((table.happened, table.recorded, "recorded_before_occurred"), *order)
    for earlier, later, code in order:
        if {earlier, later} <= set(cells.column_names):
            cells = _in_order(cells, earlier, later, code, dialect, issues)
    if table.name == "renewals":
        _check_amounts(cells, issues)
    return _with_deleted_status(cells) if table.name == "accounts" and "deleted" in cells.column_names else cells


def _with_deleted_status(cells: pa.Table) -> pa.Table:
    """The accounts with status `deleted` where they are marked as deleted, regardless of their own status."""
    status = cells.column("status") if "status" in cells.column_names else pa.nulls(cells.num_rows, pa.string())
    remaining = cells.drop_columns(["status"]) if "status" in cells.column_names else cells
    deleted = pc.fill_null(cells.column("deleted"), False)
    return remaining.append_column("status", pc.if_else(deleted, pa.scalar("deleted"), status))


def _in_order(cells: pa.Table, earlier: str, later: str, code: str, dialect: Dialect, issues: ChunkIssues) -> pa.Table:
    """Reports rows in which `later` is before `earlier`. A bare date on the same day has no time of day, so it is
    raised to the earlier time instead. A deal brought over from an older CRM has the day of the move as its start,
    which is then unknown."""
    start, end = cells.column(earlier), cells.column(later)
    reversed_rows = as_mask(pc.less(end, start).combine_chunks())
    if not reversed_rows.any():
        return cells
    raised = reversed_rows & issues.bare_dates[later] & _same_day(start, end, dialect)
    issues.normalise(later, RAISED_DATE, raised)
    wrong = reversed_rows & ~raised
    if code == _START_UNKNOWN:
        issues.normalise(earlier, OPENED_LATE, wrong)
        known = pc.if_else(pa.array(wrong), pa.scalar(None, start.type), start)
        cells = cells.set_column(cells.column_names.index(earlier), earlier, known)
    else:
        issues.add_issue(code, later, wrong)
    return cells.set_column(cells.column_names.index(later), later, pc.if_else(pa.array(raised), start, end))


def _same_day(start: pa.ChunkedArray, end: pa.ChunkedArray, dialect: Dialect) -> Mask:
    """Whether both instants lie on the same day in the zone that the dates were written in."""
    days = (local_days(instants.to_pandas(), dialect.zone).to_numpy() for instants in (start, end))
    return as_mask(np.equal(*days))


def _check_amounts(cells: pa.Table, issues: ChunkIssues) -> None:
    if "amount" in cells.column_names:
        negative = pc.and_(pc.less(cells.column("amount"), 0), pc.not_equal(cells.column("kind"), "contraction"))
        issues.add_issue("negative_amount", "amount", negative.combine_chunks())
    if "currency" in cells.column_names:
        known = pc.is_in(cells.column("currency"), pa.array(sorted(CURRENCIES)))
        unknown = pc.and_(pc.is_valid(cells.column("currency")), pc.invert(known))
        issues.add_issue("unknown_currency", "currency", unknown.combine_chunks())
