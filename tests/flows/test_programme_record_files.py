"""Answers come back as people write them: in the plan that a spreadsheet saved, half filled, in their own words."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pytest

from advocate_score.config.settings import Ladder
from advocate_score.dates import local_day_text
from advocate_score.publication.columns import Edition, column_names, sheet_columns
from advocate_score.publication.workbook import workbook_bytes
from advocate_score.publication.workbook_sheets import own_workbook, sheet_of
from flows.conftest import PLAN_DAY, Run, ask_ids, kept

MADRID = ("--set", "sources.time_zone=Europe/Madrid")
SPANISH = (*MADRID, "--set", "sources.written_as=spanish-excel")
LISTS = ("--set", "outputs.csv=spanish-excel")


def plan(firm: Path) -> pd.DataFrame:
    """The plan as it was published, with its ask ids and empty columns for the answers."""
    rows = pd.read_csv(firm / "publications" / "current" / "ask_plan.csv", dtype=str, keep_default_na=False)
    return rows.assign(ask_id=ask_ids(firm), response="", asked_at="", responded_at="", completed_at="")


def saved(firm: Path, rows: pd.DataFrame, encoding: str = "utf-8", delimiter: str = ",", name: str = "back.csv") -> str:
    file = firm / name
    file.write_bytes(rows.to_csv(sep=delimiter, index=False, lineterminator="\r\n").encode(encoding))
    return str(file)


def filled(firm: Path, **cells: str) -> pd.DataFrame:
    """The plan with its first row filled in."""
    rows = plan(firm)
    for name, cell in cells.items():
        rows.loc[0, name] = cell
    return rows


@pytest.mark.parametrize(
    ("encoding", "delimiter", "options"),
    [
        ("cp1252", ";", SPANISH),
        ("utf-8-sig", ";", SPANISH),
        ("utf-8", ",", SPANISH),
        ("utf-16", "\t", SPANISH),
        ("cp1252", ";", (*MADRID, *LISTS)),
        ("utf-8-sig", ";", (*MADRID, *LISTS)),
        ("cp1252", "\t", (*MADRID, "--date-format", "%d/%m/%Y")),
        ("cp1252", ";", (*MADRID, "--written-as", "spanish-excel")),
        ("cp1252", "|", (*MADRID, *LISTS, "--delimiter", "|", "--encoding", "cp1252")),
    ],
)
def test_a_plan_comes_back_from_any_spreadsheet(
    planned: Path, run: Run, encoding: str, delimiter: str, options: tuple[str, ...]
) -> None:
    file = saved(planned, filled(planned, response="Sí", responded_at="10/12/2025"), encoding, delimiter)
    told = run(planned, "record", file, *options)
    assert (told.code, told.result["new"], told.result["passed_over"]) == (0, ask_ids(planned)[:1], 3)
    row = kept(planned)[ask_ids(planned)[0]]
    assert (row["response"], row["responded_at"]) == ("accepted", datetime(2025, 12, 9, 23))
    assert "passed over" not in told.err
    again = run(planned, "record", file, *options)
    assert (again.code, again.result["unchanged"]) == (0, ask_ids(planned)[:1])


def test_a_plan_without_an_answer_makes_no_asks(planned: Path, run: Run) -> None:
    told = run(planned, "record", saved(planned, plan(planned)))
    assert (told.code, told.result["new"], told.result["passed_over"]) == (0, [], 4)
    untouched = plan(planned).drop(columns=["response", "asked_at", "responded_at", "completed_at"])
    assert run(planned, "record", saved(planned, untouched)).result["passed_over"] == 4
    assert kept(planned) == {}


def test_blank_rows_and_columns_of_their_own_are_passed_over(planned: Path, run: Run) -> None:
    rows = filled(planned, response="no").assign(comentario="=HOY()")
    file = saved(planned, rows.iloc[::-1], "cp1252", ";")
    Path(file).write_bytes(Path(file).read_bytes() + b";" * (len(rows.columns) - 1) + b"\r\n" + b"\r\n")
    told = run(planned, "record", file, *SPANISH)
    assert (told.code, told.result["new"], told.result["passed_over"]) == (0, ask_ids(planned)[:1], 3)
    assert "comentario" in told.err


@pytest.mark.parametrize(
    ("word", "response"),
    [
        *((word, "accepted") for word in ("sí", "SÍ", "si", "Acepta", "yes", "Accepted ")),
        *((word, "declined") for word in ("No", "rechaza", "DECLINED")),
        *((word, "not_now") for word in ("más adelante", "Mas Adelante", "ahora no", "Not now", "not_now")),
        *((word, "no_reply") for word in ("sin respuesta", "No Reply", "no-reply")),
        *((word, None) for word in ("pendiente", "Preguntado", "OPEN")),
        *((word, "not_now") for word in ("en otoño", "EN OTONO")),
    ],
)
def test_answers_are_read_in_peoples_words(planned: Path, run: Run, word: str, response: str | None) -> None:
    own = ("--set", 'programme.answers={"En otoño" = "not_now"}')
    assert run(planned, "record", saved(planned, filled(planned, response=word)), *own).code == 0
    assert kept(planned)[ask_ids(planned)[0]]["response"] == response
    assert run(planned, "record", "--ask", ask_ids(planned)[1], "--response", word, *own).code == 0


def test_an_unknown_word_and_an_unknown_ask_are_not_repeated(planned: Path, run: Run) -> None:
    rows = filled(planned, response="quizá Marta")
    rows.loc[1, ["ask_id", "response"]] = ["2025-06-01:Secreta:3", "sí"]
    for word in ("accepted", "quizá Marta"):
        rows.loc[0, "response"] = word
        told = run(planned, "record", saved(planned, rows))
        assert told.code == 2
        assert "row 2 response" in told.err or "row 3" in told.err
        assert not {"Marta", "Secreta"} & set(told.err.replace("'", " ").replace(":", " ").split())
    told = run(planned, "record", "--ask", "2025-06-01:Secreta:3", "--response", "sí")
    assert (told.code, "Secreta" in told.err + told.out) == (2, False)


def test_two_words_of_one_spelling_are_refused(planned: Path, run: Run) -> None:
    words = ("--set", 'programme.answers={"Vale" = "accepted", "vale" = "declined"}')
    assert run(planned, "record", "--ask", ask_ids(planned)[0], "--response", "vale", *words).code == 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_workbooks_plan_comes_back(planned: Path, run: Run, language: str) -> None:
    edition = Edition(PLAN_DAY, "scorecard", language, Ladder())
    rows = plan(planned)
    columns = [column for column in sheet_columns("ask_plan") if column.name in rows and column.choices is None]
    other = sheet_of("1 · Testimonio", columns[:2], [], edition.language)
    cells = rows[[column.name for column in columns]].to_numpy().tolist()
    file = planned / "candidates.xlsx"
    file.write_bytes(workbook_bytes([other, sheet_of("Plan", columns, cells, edition.language)], "t", PLAN_DAY))
    book = openpyxl.load_workbook(file)
    width = book["Plan"].max_column
    heads = {"en": ("Response", "Responded at"), "es": ("Respuesta", "Fecha de la respuesta")}[language]
    for at, (head, cell) in enumerate(zip(heads, ("Más adelante", datetime(2025, 6, 9)), strict=True), width + 1):
        book["Plan"].cell(1, at).value, book["Plan"].cell(3, at).value = head, cell
    book.save(file)
    told = run(planned, "record", str(file), *SPANISH)
    assert (told.code, told.result["new"], told.result["passed_over"]) == (0, ask_ids(planned)[1:2], 3)
    assert kept(planned)[ask_ids(planned)[1]]["responded_at"] == datetime(2025, 6, 8, 22)
    book.remove(book["Plan"])
    book.create_sheet("Otra")
    book.save(file)
    told = run(planned, "record", str(file))
    assert (told.code, "none is called 'Plan'" in told.err) == (2, True)


@pytest.mark.parametrize(("language", "words"), [("en", "Not now"), ("es", "Ahora no")])
def test_an_account_managers_workbook_comes_back(planned: Path, run: Run, language: str, words: str) -> None:
    """Its headings, its words and its days are read as they are, whatever else the sheet shows."""
    shown = plan(planned).assign(account_name="Peña", ask="Case study", owner="Ana", suggested_contact="Eva Gil")
    typed = shown.reindex(columns=column_names("ask_plan")).astype({"priority": "int64", "level": "int64"})
    typed = typed.assign(readiness=0.5, exploration=True)
    edition = Edition(PLAN_DAY, "scorecard", language, Ladder())
    file = planned / "Ana.xlsx"
    file.write_bytes(own_workbook(typed, pd.DataFrame(columns=column_names("resting")), edition))
    settings = (*MADRID, "--set", f"outputs.language={language}")
    assert run(planned, "record", str(file), *settings).result["passed_over"] == 4
    book = openpyxl.load_workbook(file)
    headings = {cell.value: cell.column for cell in book["Plan"][1]}
    answer, answered = {"en": ("Answer", "Answered on"), "es": ("Respuesta", "Respondido el")}[language]
    book["Plan"].cell(3, headings[answer]).value = words
    book["Plan"].cell(3, headings[answered]).value = datetime(2025, 6, 9)
    book.save(file)
    told = run(planned, "record", str(file), *settings)
    assert (told.code, told.result["new"], told.result["passed_over"]) == (0, ask_ids(planned)[1:2], 3), told.err
    row = kept(planned)[ask_ids(planned)[1]]
    assert (row["response"], row["responded_at"]) == ("not_now", datetime(2025, 6, 8, 22))
    assert "passed over" not in told.err


def test_duplicated_rows_agree_or_are_refused(planned: Path, run: Run) -> None:
    rows = pd.concat([filled(planned, response="sí")] * 2)
    assert run(planned, "record", saved(planned, rows)).result["new"] == ask_ids(planned)[:1]
    rows.iloc[4, rows.columns.get_loc("response")] = "no"
    told = run(planned, "record", saved(planned, rows))
    assert (told.code, "recorded with another value" in told.err) == (2, True)


def test_columns_sorted_apart_are_refused(planned: Path, run: Run) -> None:
    rows = plan(planned).assign(response="sí")
    rows["account_id"] = rows["account_id"].iloc[::-1].to_numpy()
    told = run(planned, "record", saved(planned, rows))
    assert (told.code, "not the one of its ask" in told.err) == (2, True)
    rows["account_id"] = "1,61E+13"  # a spreadsheet's version of an id says nothing
    assert run(planned, "record", saved(planned, rows)).code == 0


def named_accounts(firm: Path) -> pd.DataFrame:
    accounts = pd.read_csv(firm / "tables" / "accounts.csv", dtype=str)
    accounts.loc[accounts["account_id"] == account_ids(firm)[0], "account_name"] = "Peña e Hijos"
    accounts.to_csv(firm / "tables" / "accounts.csv", index=False)
    return accounts


def account_ids(firm: Path) -> list[str]:
    return (firm / "ids").read_text(encoding="utf-8").splitlines()


def test_asks_off_the_plan_are_recorded(planned: Path, run: Run) -> None:
    named_accounts(planned)
    first, second, *_ = account_ids(planned)
    file = planned / "mine.csv"
    file.write_text(
        "Cuenta;Nivel;Fecha de la petición;Respuesta\n"
        f"Peña e Hijos;Llamada de referencia;03/06/2025;sí\n{second};2;04/06/2025;\n;;;\n",
        encoding="cp1252",
    )
    told = run(planned, "record", str(file), *MADRID, *LISTS)
    assert told.code == 0, told.err
    assert len(told.result["off_plan"]) == 2
    rows = kept(planned)
    row = rows[f"off-plan:2025-06-03:{first}:3"]
    assert (row["account_id"], row["level"], row["asked_at"]) == (first, 3, datetime(2025, 6, 2, 22))
    assert (row["policy_id"], row["propensity"], row["response"]) == ("off-plan", None, "accepted")
    assert rows[f"off-plan:2025-06-04:{second}:2"]["response"] is None
    assert run(planned, "record", str(file), *MADRID, *LISTS).result["changed"] == []
    own = ("--account", "Peña e Hijos", "--level", "Reference call", "--asked-at", "2025-06-03", "--response", "sí")
    assert run(planned, "record", *own, *MADRID, *LISTS).result["unchanged"] == [row["ask_id"]]


def test_an_ask_off_the_plan_needs_the_accounts_alone(planned: Path, run: Run) -> None:
    named_accounts(planned)
    (planned / "tables" / "cases.csv").write_text("nothing;that;fits\n", encoding="utf-8")
    options = ("--account", "Peña e Hijos", "--level", "3", "--asked-at", "2025-06-03")
    told = run(planned, "record", *options, "--set", "sources.surveys.path=gone.csv")
    assert (told.code, len(told.result["off_plan"])) == (0, 1), told.err
    assert run(planned, "check").code == 2


@pytest.mark.parametrize("zone", ["America/Bogota", "UTC", "Europe/Madrid", "Pacific/Kiritimati"])
def test_an_ask_without_a_day_was_made_on_the_day_of_its_plan(planned: Path, run: Run, zone: str) -> None:
    ask = ask_ids(planned)[0]
    told = run(planned, "record", "--ask", ask, "--response", "yes", "--set", f"sources.time_zone={zone}")
    assert told.code == 0, told.err
    assert local_day_text(kept(planned)[ask]["asked_at"], ZoneInfo(zone)) == "2025-06-01"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Nadie,3,2025-06-03,yes", "no account has this id or name"),
        ("Doble,3,2025-06-03,yes", "several accounts have this name"),
        ("{},Speech,2025-06-03,yes", "names no level"),
        ("{},7,2025-06-03,yes", "names no level"),
        ("{},3,,yes", "give ask_id, or account_id"),
        (",3,2025-06-03,yes", "give ask_id, or account_id"),
    ],
)
def test_an_ask_off_the_plan_says_whose_and_what_and_when(planned: Path, run: Run, row: str, words: str) -> None:
    accounts = named_accounts(planned)
    accounts.loc[accounts["account_id"].isin(account_ids(planned)[1:3]), "account_name"] = "Doble"
    accounts.to_csv(planned / "tables" / "accounts.csv", index=False)
    file = planned / "mine.csv"
    file.write_text(f"account_name,level,asked_at,response\n{row.format(account_ids(planned)[0])}\n", encoding="utf-8")
    told = run(planned, "record", str(file), *MADRID)
    assert told.code == 2
    assert "mine.csv row 2" in told.err
    assert words in told.err
    assert "Nadie" not in told.err
    assert kept(planned) == {}


def test_an_option_that_cannot_be_is_refused(planned: Path, run: Run) -> None:
    told = run(planned, "record", saved(planned, plan(planned)), "--delimiter", "ab")
    assert (told.code, "--delimiter" in told.err) == (2, True)


def test_an_ask_is_taken_back_and_the_history_says_so(planned: Path, run: Run) -> None:
    first, second, *_ = ask_ids(planned)
    for ask in (first, second):
        run(planned, "record", "--ask", ask, "--response", "sí")
    told = run(planned, "record", "--undo", first)
    assert (told.code, told.result["undone"], told.result["kept"]) == (0, [first], 1)
    assert list(kept(planned)) == [second]
    again = run(planned, "record", "--undo", first)
    assert (again.code, first in again.err) == (2, False)
    changes = run(planned, "record", "--history").result["history"]
    assert [(change["what"], change["ask_id"]) for change in changes] == [
        ("recorded", first),
        ("recorded", second),
        ("undone", first),
    ]
    assert changes[2]["before"]["response"] == "accepted"
    assert changes[2]["after"] is None
    assert run(planned, "record", "--ask", first, "--response", "no").result["new"] == [first]


def test_recorded_asks_are_backed_up_and_restored(planned: Path, run: Run) -> None:
    first, second, *_ = ask_ids(planned)
    run(planned, "record", "--ask", first, "--response", "sí")
    copy = str(planned / "copy.db")
    assert run(planned, "backup", copy).result["asks"] == 1
    run(planned, "record", "--ask", second, "--response", "no")
    assert run(planned, "restore", copy).code == 2
    assert run(planned, "restore", copy, "--replace").result["taken_away"] == 1
    assert list(kept(planned)) == [first]
    account = account_ids(planned)[0]
    assert run(planned, "erase", account).code == 0
    told = run(planned, "restore", copy)
    assert (told.result["written"], told.result["left_out"]) == (0, 1)
    assert kept(planned) == {}


def test_another_delimiter_than_the_given_one_is_named_as_the_option(planned: Path, run: Run) -> None:
    file = saved(planned, filled(planned, response="Sí"), delimiter=";")
    told = run(planned, "record", file, "--delimiter", ",")
    assert (told.code, told.result["faults"][0]["fix"]) == (2, "--delimiter ';'")
    assert run(planned, "record", file, "--delimiter", ";").code == 0
