"""The workbook, opened again by a reader that shares nothing with the library that wrote it."""

import io
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from advocate_score import config
from advocate_score.publication import columns, lists, ranking
from advocate_score.publication.columns import Described, Edition, column_names
from advocate_score.publication.workbook import LONGEST_CELL, cell_text
from advocate_score.publication.workbook_sheets import candidates_workbook, workbook_without
from advocate_score.tables.answers import response_words
from advocate_score.text import plain_words
from publication.test_lists import EDITION, SPANISH, described, readiness, verdicts

HOSTILE = ("=1+1", "@SUM(A1)", "000123", "1e5", "-5", "2025-01-01", "TRUE", "_x0041_", "+34 600", " a ", "x" * 40_000)
PLAN = {"priority": 1, "account_id": "=1+1", "level": 2, "readiness": 0.5, "expected_value": 1.25, "exploration": True}
FURTHER = {
    "ask_plan.csv": pd.DataFrame([PLAN], columns=column_names("ask_plan")),
    "reference_pool.csv": pd.DataFrame([{"rank": 1, "account_id": "000123"}], columns=column_names("pools")),
    "advisory_board.csv": pd.DataFrame(columns=column_names("pools")),
}


def named(name: str) -> Described:
    """The small night, in which `b` is called `name` in every text."""
    told = described()
    accounts = told.accounts.assign(account_name=name, owner=name)
    return replace(told, accounts=accounts, reasons=told.reasons.assign(reason_1=name))


def made(edition: Edition = EDITION, told: Described | None = None, gone: str = "") -> bytes:
    table, judged = ranking.readiness_table(readiness(), verdicts()), verdicts()
    order = ranking.rank_accounts(table, 200)
    order, judged = order[order["account_id"] != gone], judged[judged["account_id"] != gone]
    told = told or described()
    listed = lists.candidates(order, told, edition)
    further = {name: frame[frame["account_id"] != gone] for name, frame in FURTHER.items()}
    return candidates_workbook(listed, lists.resting(judged, told, edition), further, edition)


def opened(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_another_reader_finds_a_sheet_a_level_and_what_stands_beside() -> None:
    sheets = opened(made())
    assert list(sheets) == [
        "How to read this", "1 · Testimonial", "2 · Case study", "3 · Reference call", "4 · Speaking",
        "5 · Advisory board", "Plan", "My month", "Reference pool", "Advisory board", "Resting",
    ]  # fmt: skip
    best = dict(zip(*sheets["2 · Case study"][:2], strict=True))
    assert (best["Rank"], best["Account id"], best["Account"]) == (1, "a", "Ñandú, S.A.")
    assert best["Readiness"] == pytest.approx(0.65)
    assert best["Last asked"] == date(2024, 6, 1)
    assert best["Permission"] == "permission unknown: ask"
    rests = [dict(zip(sheets["Resting"][0], row, strict=True)) for row in sheets["Resting"][1:]]
    assert [(row["Account id"], row["Level"], row["Rule"]) for row in rests] == [
        ("b", 2, "said no"), ("c", "", "asked not long ago"),
    ]  # fmt: skip
    assert rests[0]["Until"] == date(2025, 7, 31)
    assert sheets["Plan"][1][0:2] == [1, "=1+1"]


def test_the_words_are_in_the_language_of_the_publication() -> None:
    sheets = opened(made(SPANISH))
    assert list(sheets)[0:3] == ["Cómo leer esto", "1 · Testimonio", "2 · Caso de éxito"]
    assert sheets["En descanso"][0][:2] == ["Id de cuenta", "Cuenta"]
    assert sheets["En descanso"][1][4] == "dijo que no"


@pytest.mark.parametrize("name", HOSTILE)
def test_text_is_text_and_nothing_is_a_formula(name: str) -> None:
    content = made(told=named(name))
    row = dict(zip(*opened(content)["1 · Testimonial"][:2], strict=True))
    assert row["Account"] == row["Owner"] == row["Why"] == name[:LONGEST_CELL]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(part) for part in archive.namelist() if part.startswith("xl/worksheets")]
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


@pytest.mark.parametrize("text", ["a\x00b", "a\ufffeb", "a\nb", "a\u202eb"])
def test_what_no_workbook_may_hold_is_replaced(text: str) -> None:
    written = cell_text(text)
    assert written.isprintable()
    assert opened(made(told=named(text)))["1 · Testimonial"][1][2] == written


def test_half_a_character_is_none() -> None:
    assert cell_text("a\ud800b") == "a\ufffdb"


def test_the_same_night_is_the_same_bytes_whatever_the_clock_says() -> None:
    content = made()
    assert content == made()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2025-06-01T00:00:00Z") == 2


def test_the_sheets_are_made_to_be_worked_with() -> None:
    page = openpyxl.load_workbook(io.BytesIO(made()))["1 · Testimonial"]
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("D2", "A1:V3", "$1:$1")
    assert page.column_dimensions["C"].width == 28
    assert (page["B2"].number_format, page["H2"].number_format, page["R3"].number_format) == (
        "@",
        "0%",
        "[$-809]d mmm yyyy",
    )
    assert [str(one.sqref) for one in page.conditional_formatting] == ["H2:H3"]
    assert page["B2"].data_type == "s"


def test_days_flags_and_shares_are_as_the_language_writes_them() -> None:
    shown = {}
    for edition in (EDITION, SPANISH):
        book = openpyxl.load_workbook(io.BytesIO(made(edition)))
        best = {cell.value: cell for cell in book.worksheets[2][1]}
        day = book.worksheets[2][2][best["Last asked" if edition is EDITION else "Última petición"].column - 1]
        plan = dict(zip(*book["Plan"].iter_rows(max_row=2, values_only=True), strict=True))
        shown[edition.language] = (day.is_date, day.value, day.number_format, plan.get("Drawn by lot"))
        assert plan.get("Elegido por sorteo") == (None if edition is EDITION else "Sí")
    last_asked = datetime(2024, 6, 1)
    assert shown["en"] == (True, last_asked, "[$-809]d mmm yyyy", "Yes")
    assert shown["es"] == (True, last_asked, "dd/mm/yyyy", None)


def test_the_month_has_every_owners_asks_and_then_who_rests() -> None:
    plan = {"priority": 1, "account_id": "p", "account_name": "Peña", "level": 2, "owner": "luis; =1"}
    plan |= {"ask": "Case study", "suggested_contact": "Eva Gil", "contact_title": "CFO", "why_now": "renewed"}
    further = FURTHER | {"ask_plan.csv": pd.DataFrame([plan], columns=column_names("ask_plan"))}
    resting = lists.resting(verdicts(), described(), EDITION)
    content = candidates_workbook(pd.DataFrame(columns=column_names("candidates")), resting, further, EDITION)
    headings, *rows = opened(content)["My month"]
    assert headings[:5] == ["Owner", "What to do", "Account", "Ask", "Until"]
    months = [dict(zip(headings, row, strict=True)) for row in rows]
    assert [(row["Owner"].casefold(), row["What to do"], row["Account id"]) for row in months] == [
        ("luis; =1", "Ask", "p"), ("luis; =1", "Leave in peace", "b"), ("", "Leave in peace", "c"),
    ]  # fmt: skip
    assert [months[0][name] for name in ("Ask", "Contact", "Position", "Why now")] == [
        *("Case study", "Eva Gil", "CFO", "renewed")
    ]
    assert (months[1]["Ask"], months[1]["Until"], months[1]["Rule"]) == ("Case study", date(2025, 7, 31), "said no")
    assert months[2]["Ask"] == ""


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_that_is_offered_for_an_answer_can_be_recorded(language: str) -> None:
    (answer,) = (column for column in columns.sheet_columns("own_plan") if column.name == "response")
    words, known = [word.in_language(language) for word in answer.choices or ()], response_words({})
    assert [known[plain_words(word)] for word in words] == ["accepted", "declined", "not_now", "no_reply", "open"]
    page = openpyxl.load_workbook(io.BytesIO(made(SPANISH if language == "es" else EDITION)))["Plan"]
    (offered,) = page.data_validations.dataValidation
    heading = answer.heading_in(language)
    letter = next(cell.column_letter for cell in page[1] if cell.value == heading)
    assert (offered.formula1, str(offered.sqref)) == (f'"{",".join(words)}"', f"{letter}2")
    assert not offered.showErrorMessage
    assert page[f"{letter}2"].fill.fill_type == "solid"


def test_headings_can_be_told_apart() -> None:
    shown = [column for column in columns.COLUMNS if column.sheets]
    for language in ("en", "es"):
        assert len(columns.columns_by_heading(language)) == len(shown)


@pytest.mark.parametrize("edition", [EDITION, SPANISH])
@pytest.mark.parametrize("gone", ["a", "b", "c", "=1+1"])
def test_without_an_account_it_is_what_would_have_been_written(edition: Edition, gone: str) -> None:
    assert workbook_without(made(edition), [gone]) == made(edition, gone=gone)


def test_a_firms_own_name_of_a_level_is_a_name_that_a_sheet_may_have() -> None:
    ladder = config.Ladder.model_validate({"names": {"level_1": "Quote / [web]: *best?* of the whole long year"}})
    first = list(opened(made(replace(EDITION, ladder=ladder))))[1]
    assert first == "1 · Quote    web    best   of t"


def test_without_the_extra_the_fault_names_it() -> None:
    code = (
        "import sys; sys.modules['openpyxl'] = None\n"
        "from datetime import datetime\n"
        "from advocate_score.publication.workbook import workbook_bytes\n"
        "workbook_bytes([], 'x', datetime(2025, 6, 1))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "writing candidates.xlsx needs the extra 'excel'. Fix: pip install 'advocate-score[excel]'" in done.stderr


@pytest.mark.extra
def test_an_office_program_prints_it(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no soffice: .ci/extras installs it")
    (tmp_path / "candidates.xlsx").write_bytes(made(told=named("=1+1")))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), "candidates.xlsx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "candidates.pdf").read_bytes().startswith(b"%PDF")
