"""A column is one record: a test that registers another one finds it in the CSV files, the workbook and the report."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from advocate_score.publication import columns
from advocate_score.publication.columns import Column, Described, Edition, Kind
from advocate_score.publication.history import Publication, read_back
from advocate_score.publication.report import unpack_tables
from advocate_score.publication.store import read_manifest
from advocate_score.text import Text
from protection.firm import Firm

HEADINGS = {"en": "Client for", "es": "Cliente desde hace"}
YEARS = Text("{years} years", "{years} años")
OUTPUTS = """[sources]
time_zone = "UTC"
[outputs]
language = "{language}"
formats = ["csv", "html", "xlsx", "parquet"]
"""


def years_as_client(rows: pd.DataFrame, described: Described, edition: Edition) -> pd.Series:
    created = described.accounts.set_index("account_id")["created_at"]
    years = edition.as_of.year - rows["account_id"].map(created).dt.year
    return years.map(lambda number: YEARS.in_language(edition.language).format(years=number))


CLIENT_FOR = Column(
    "client_for",
    "text",
    Text(HEADINGS["en"], HEADINGS["es"]),
    lists=("candidates", "by_owner"),
    sheets=("candidates",),
    report=True,
    cells=years_as_client,
)


def of_kind(name: str, kind: Kind, value: object) -> Column:
    def cells(rows: pd.DataFrame, _: Described, __: Edition) -> pd.Series:
        return pd.Series([value] * len(rows), rows.index)

    return Column(name, kind, Text(f"A {name}", f"Un {name}"), ("candidates",), report=True, cells=cells)


KINDS = (
    of_kind("part", "share", 0.25),
    of_kind("size", "figure", 1.5),
    of_kind("number", "count", 3),
    of_kind("day", "date", pd.Timestamp(2025, 3, 1)),
    of_kind("sure", "flag", True),
)


@pytest.fixture
def firm(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Firm:
    place = 1 + next(place for place, column in enumerate(columns.COLUMNS) if column.name == "owner")
    registered = (*columns.COLUMNS[:place], CLIENT_FOR, *columns.COLUMNS[place:], *KINDS)
    monkeypatch.setattr(columns, "COLUMNS", registered)
    return Firm(tmp_path, capfd)


def published(firm: Firm, name: str) -> bytes:
    return (firm.folder / "publications" / "current" / name).read_bytes()


def data_of_page(page: str, name: str) -> Any:
    match = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert match
    return json.loads(match[1])


@pytest.mark.parametrize(("language", "words"), [("en", "5 years"), ("es", "5 años")])
def test_a_column_that_is_registered_is_in_every_output(firm: Firm, language: str, words: str) -> None:
    firm.settings = OUTPUTS.format(language=language)
    assert firm.score() == 0, firm.said
    for name in ("candidates.csv", "level_1_testimonial.csv"):
        rows = firm.read(name)
        assert list(rows.columns)[6:8] == ["owner", "client_for"]
        assert set(rows["client_for"]) == {words}
    own = firm.read("by_owner/without owner.csv")
    assert set(own.loc[own["state"] == "candidate", "client_for"]) == {words}
    assert "client_for" not in firm.read("resting.csv").columns

    book = CalamineWorkbook.from_filelike(io.BytesIO(published(firm, "candidates.xlsx")))
    headings, *rows_of_sheet = book.get_sheet_by_name(book.sheet_names[1]).to_python()
    place = headings.index(HEADINGS[language])
    assert {row[place] for row in rows_of_sheet} == {words}
    assert HEADINGS[language] not in book.get_sheet_by_name(book.sheet_names[-1]).to_python()[0]

    page = published(firm, "report.html").decode()
    assert data_of_page(page, "words")["column_client_for"] == list(HEADINGS.values())
    rows_of_page = unpack_tables(data_of_page(page, "night")["tables"])["candidates"]
    texts = {(row["column_client_for_en"], row["column_client_for_es"]) for row in rows_of_page}
    assert texts == {("5 years", "5 años")}
    assert 'label: say("column_client_for")' in page


def test_each_kind_is_shown_as_such(firm: Firm) -> None:
    firm.settings = OUTPUTS.format(language="en")
    assert firm.score() == 0, firm.said
    page = published(firm, "report.html").decode()
    row = unpack_tables(data_of_page(page, "night")["tables"])["candidates"][0]
    shown = {column.name: row[f"column_{column.name}"] for column in KINDS}
    assert shown == {"part": 0.25, "size": 1.5, "number": 3, "day": "2025-03-01", "sure": "yes"}
    for cell in ("percent(row.column_part)", "figure(row.column_number, 0)", 'known("", row.column_sure)'):
        assert cell in page
    folder = (firm.folder / "publications" / "current").resolve()
    candidates = read_back(Publication(folder, read_manifest(folder)))["candidates"]
    assert [str(candidates[column.name].type) for column in KINDS] == [
        "double",
        "double",
        "int64",
        "date32[day]",
        "bool",
    ]


def test_an_account_can_be_erased_from_a_page_older_than_a_column(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Firm(tmp_path, capfd)
    assert firm.score() == 0, firm.said
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, CLIENT_FOR))
    assert firm.run("erase", "C005") == 0, firm.said
    page = published(firm, "report.html").decode()
    assert len(unpack_tables(data_of_page(page, "night")["tables"])["accounts"]) == 59


def test_a_column_shown_to_people_needs_a_heading() -> None:
    with pytest.raises(ValueError, match="heading"):
        Column("plain", sheets=("candidates",))
    with pytest.raises(ValueError, match="list of candidates"):
        Column("plain", heading=Text("Plain", "Simple"), report=True)
    with pytest.raises(ValueError, match="name"):
        Column("not a name")
