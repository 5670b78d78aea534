"""What is quick for large tables finds what looking at every cell, and pandera at every row, would find."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from advocate_score.config.settings import Dialect
from advocate_score.errors import InputError
from advocate_score.schema import TABLES, Table
from advocate_score.sources import parquet
from advocate_score.sources.base import as_text
from advocate_score.sources.discover import Source
from advocate_score.tables import validation
from advocate_score.tables.findings import ChunkIssues
from advocate_score.tables.parsing import ARROW_TYPES, parse
from advocate_score.tables.validation import check_contract

WORDS = (
    *("", " x ", "null", "#N/A", "NA", "\0", "a\u200bb", "=1", "name@host.com", "001000000000001", "0010000000aBcDe"),
    *("1", "1.5", "-3", "1e3", "inf", "nan", "9e15", "1,5", "7.0", "true", "Sí", "no", "granted", "Needs-Approval"),
    *("2024-05-01", "2024-05-01T10:00:00Z", "2024-10-27 02:30:00", "2024-03-31T02:30:00", "1899-01-01", "0000-00-00"),
    *("9999-12-31", "45000", "2024-05-01T10:00:00.123456789+02:00", "x" * 33_000),
)
MADRID = Dialect(time_zone="Europe/Madrid")
DIALECTS = (MADRID, Dialect(), Dialect(time_zone="UTC", date_format="%d/%m/%Y", decimal=","))
VALUES = {
    "number": st.floats(-20, 20),
    "integer": st.integers(-20, 20),
    "flag": st.booleans(),
    "time": st.just(datetime(2024, 1, 1)),
}
EVENTS = TABLES["interactions"]


def source(table: Table, dialect: Dialect) -> Source:
    values = {"kind": {"sí": "call"}} if "kind" in table.column_names else {}
    return Source(table.name, Path("export.csv"), "csv", dialect, {}, values)


def parsed(cells: pa.Table, table: Table, dialect: Dialect, typed: frozenset[str] = frozenset()) -> tuple[Any, ...]:
    """The cells, and everything that was found in them; or the refusal."""
    issues = ChunkIssues(np.arange(2, cells.num_rows + 2))
    try:
        columns = parse(cells, table, source(table, dialect), typed, issues)
    except InputError as refused:
        return (str(refused),)
    failures = [(one.code, one.column, np.flatnonzero(one.rows).tolist()) for one in issues.failures]
    dates = {name: mask.tolist() for name, mask in issues.bare_dates.items()}
    return columns.to_pylist(), failures, issues.normalised, issues.tallies, dates


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_columns_by_value_are_columns_by_cell(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(list(TABLES.values())))
    cell = st.one_of(st.none(), st.sampled_from(WORDS))
    rows = data.draw(st.lists(st.tuples(*(cell for _ in table.columns)), min_size=1, max_size=8))
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    cells = pa.Table.from_arrays(columns, names=list(table.column_names))
    dialect = data.draw(st.sampled_from(DIALECTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "MOST_DIFFERENT", -1)
        by_cell = parsed(cells, table, dialect)
        patch.setattr(parquet, "MOST_DIFFERENT", 1)
        assert parsed(cells, table, dialect) == by_cell


@given(
    st.lists(st.none() | st.datetimes(datetime(1890, 1, 1), datetime(9999, 12, 31)), max_size=6),
    st.sampled_from([None, "UTC"]),
    st.sampled_from(DIALECTS),
)
@settings(max_examples=100, deadline=None)
def test_instants_are_taken_as_their_text_would_be(
    given_at: list[datetime | None], zone: str | None, dialect: Dialect
) -> None:
    said = [at if at is None or zone is None else at.replace(tzinfo=UTC) for at in given_at]
    cells = pa.table({"occurred_at": pa.array(said, pa.timestamp("us", zone))})
    typed = frozenset(["occurred_at"])
    assert parsed(cells, EVENTS, dialect, typed) == parsed(as_text(cells), EVENTS, dialect, typed)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_pandera_finds_nothing_in_rows_that_it_is_not_shown(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(list(TABLES.values())))
    number = data.draw(st.integers(1, 6))

    def column(kind: str, choices: tuple[str, ...]) -> pa.Array:
        value = VALUES[kind] if kind in VALUES else st.sampled_from((*choices, "other", "none of them"))
        return pa.array(data.draw(st.lists(st.none() | value, min_size=number, max_size=number)), ARROW_TYPES[kind])

    cells = pa.table({one.name: column(one.type, one.choices) for one in table.columns})

    def found() -> list[tuple[str, str, list[int]]]:
        issues = ChunkIssues(np.arange(number))
        check_contract(cells, table, issues)
        return [(one.code, one.column, np.flatnonzero(one.rows).tolist()) for one in issues.failures]

    with pytest.MonkeyPatch.context() as patch:
        quick = found()
        patch.setattr(validation, "suspects", lambda cells, _: np.ones(cells.num_rows, np.bool_))
        assert quick == found()
