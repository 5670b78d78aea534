"""No cell of the quarantine is one that a spreadsheet would run, and none loses a letter by that."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from advocate_score.schema import TABLES
from advocate_score.sources.base import BrokenRow
from advocate_score.spreadsheet_text import guard_formula, unguard_formula
from advocate_score.tables.erasure import Tombstones, unsaved_tombstones
from advocate_score.tables.findings import ChunkIssues
from advocate_score.tables.quarantine import QuarantineFile, QuarantineFolder, quarantine_without
from goals import sized
from publication.test_hostile_names import hostile_names, pieces, would_run

CELLS = sized(1_000, 10_000)
COLUMNS = ("account_id", "account_name")
WEAK_SPOTS = (" =1+1", "x;=cmd", '"=1+1', "\N{MINUS SIGN}1", "＝1", "a\n=1", "a\r@x", "\x0b+1", "\u200b=1", "\x00=1")


def quarantine_of(folder: Path, texts: list[str]) -> bytes:
    """A quarantine in which every text stands as a cell and as a row that could not be cut."""
    opened = QuarantineFolder(folder, folder, Tombstones())
    with QuarantineFile(opened, TABLES["accounts"], COLUMNS) as file:
        issues = ChunkIssues(np.arange(len(texts)))
        issues.add_issue("missing_required", "account_id", np.ones(len(texts), np.bool_))
        file.add_failed(pa.table({"account_id": texts, "account_name": texts[::-1]}), issues)
        file.add_broken([BrokenRow(row, "short_row", text) for row, text in enumerate(texts)])
    return (folder / "accounts.csv").read_bytes()


@pytest.mark.goal("G39")
def test_no_cell_of_the_quarantine_is_run(tmp_path: Path, measured: Callable[[str], None]) -> None:
    texts = [*WEAK_SPOTS, *hostile_names(CELLS - len(WEAK_SPOTS), Random(39))]
    texts = [text.replace("\ud800", "?") for text in texts]
    content = quarantine_of(tmp_path, texts)
    cells = [*pieces(content, ",")]
    live = sum(map(would_run, cells))
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    kept = [unguard_formula(row[header.index("source.account_id")]) for row in rows[: len(texts)]]
    whole = [unguard_formula(row[header.index("source.text")]) for row in rows[len(texts) :]]
    measured(f"quarantine: {len(texts):,} hostile texts, {len(cells):,} cells, {live} live; every text found again")
    assert live == 0
    assert kept == whole == texts


@given(st.text(alphabet="=+-@'\"` ;,\t\r\n\x0b\u2028\u200b＝a1\u2212\u3164", max_size=12) | st.text(max_size=30))
def test_a_guarded_text_is_found_again_to_the_letter(text: str) -> None:
    assert unguard_formula(guard_formula(text)) == text
    assert not any(map(would_run, [guard_formula(text), *re.split("[;\t\n]", guard_formula(text))]))


def rest_of(cell: str, account: str) -> int:
    header = "row,id,reason_code,rule,column,message,source.account_id,source.text\n"
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([2, "", "", "", "", "", cell, ""])
    erased = unsaved_tombstones({account})
    return quarantine_without((header + buffer.getvalue()).encode(), TABLES["accounts"], erased).rows


@pytest.mark.parametrize("account", ["=A1", "-A1", "A;=1", "＝A1"])
def test_an_account_whose_id_is_guarded_is_erased(account: str) -> None:
    assert rest_of(guard_formula(account), account) == 1
    assert rest_of(guard_formula(f" {account}"), account) == 1
    assert rest_of(guard_formula(account), "A2") == 0


def test_what_an_earlier_release_guarded_is_erased() -> None:
    assert rest_of("'\tA1", "A1") == 1
