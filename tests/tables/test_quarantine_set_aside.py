"""Rows that are not in use, kept with why, and rows that could not be cut into cells."""

import numpy as np
import pyarrow as pa
import pytest

from advocate_score.sources.base import BrokenRow
from advocate_score.tables.findings import ChunkIssues
from advocate_score.tables.quarantine import CODE, FAILED, BrokenLine, SetAside, possible_cells

ROWS = pa.table({"id": ["x", "y", "z"]})


def test_rows_are_kept_with_one_reason() -> None:
    aside = SetAside()
    aside.add(ROWS, "duplicate")
    assert aside.rows[0].to_pydict() == {"id": ["x", "y", "z"], CODE: ["duplicate"] * 3, FAILED: [""] * 3}


def test_rows_are_kept_with_a_reason_and_columns_each() -> None:
    aside = SetAside()
    aside.add(ROWS, pa.array(["a", "b", "c"]), pa.array(["", "one", "one two"]))
    assert aside.rows[0].column(CODE).to_pylist() == ["a", "b", "c"]
    assert aside.rows[0].column(FAILED).to_pylist() == ["", "one", "one two"]


def test_no_rows_are_not_kept() -> None:
    aside = SetAside()
    aside.add(ROWS.slice(0, 0), "duplicate")
    aside.add_failed(ROWS, ChunkIssues(np.arange(3)))
    aside.add_broken([], 0)
    assert aside == SetAside()


def test_of_rows_that_broke_rules_the_first_is_the_reason_and_every_column_is_known() -> None:
    issues = ChunkIssues(np.arange(3))
    issues.add_issue("bad_time", "valid_from", np.array([True, False, False]))
    issues.add_issue("not_a_number", "level", np.array([True, False, True]))
    aside = SetAside()
    aside.add_failed(ROWS, issues)
    (kept,) = aside.rows
    assert kept.column("id").to_pylist() == ["x", "z"]
    assert kept.column(CODE).to_pylist() == ["bad_time", "not_a_number"]
    assert [set(columns.split()) for columns in kept.column(FAILED).to_pylist()] == [{"valid_from", "level"}, {"level"}]


def test_broken_rows_are_kept_with_their_number_among_all_parts() -> None:
    aside = SetAside()
    aside.add_broken([BrokenRow(3, "extra_cells", "x,y"), BrokenRow(5, "quote", "z")], 100)
    assert aside.broken == [
        BrokenLine(103, "extra_cells", frozenset({"x", "y"})),
        BrokenLine(105, "quote", frozenset({"z"})),
    ]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("C005,any;denied\tx|y", {"C005", "any", "denied", "x", "y"}),
        ("'C005', \"any\" ,,", {"C005", "any"}),
        ('{"account_id": "C005"', {"account_id", "C005", 'account_id": "C005'}),
        ('["C 005"]', {"C 005", "C", "005"}),
        ('"W1 C005 denied"', {"W1 C005 denied", "W1", "C005", "denied"}),
        ("", set()),
        (' ,"", ', set()),
    ],
)
def test_a_row_falls_into_what_may_have_been_its_cells(text: str, cells: set[str]) -> None:
    assert possible_cells(text) == cells
