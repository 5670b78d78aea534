"""Every fix that the product words is tried: whoever does what the message says is rid of it.

A fix is a setting, a cell or a request to the source of the export. Settings are taken from the message as a reader
takes them, by pasting the line; cells are replaced in the file.
"""

import csv
import json
import re
import sqlite3
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from advocate_score.tables.findings import REASONS
from flows.conftest import Ran, called
from tables.workbooks import workbook

pytestmark = pytest.mark.goal("G28")

AT = "2025-05-01T10:00:00Z"
ACCOUNTS = "account_id,account_name\n" + "".join(f"A{number},Firm {number}\n" for number in range(1, 31))
CALLS = "interaction_id,account_id,occurred_at,kind\n" + "".join(
    f"I{number},A{number},2025-05-{number:02},call\n" for number in range(1, 29)
)
UTC = '[sources]\ntime_zone = "UTC"\n'
Files = Mapping[str, str | bytes]
Told = Callable[..., Ran]


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Told:
    """Writes the tables and the configuration, and runs a command on them."""

    def tell(files: Files, settings: str, *command: str) -> Ran:
        for name, content in ({"tables/accounts.csv": ACCOUNTS} | dict(files)).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        (tmp_path / "advocate.toml").write_text(settings, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return called(["advocate-score", *(command or ("check",)), "--json"], capsys, monkeypatch)

    return tell


_SECTION = re.compile(r"\[([\w.]+)\] (?=[\w\"][^ =]* = )")
_KEY = re.compile(r"((?:[\w.-]|\"[^\"]+\")+) = ")


def settings_in(message: str) -> Iterator[tuple[list[str], Any]]:
    """The settings that a message words as `[section] key = value`, several parted by commas: where each stands, and
    its value."""
    for section in _SECTION.finditer(message):
        rest = message[section.end() :]
        while pasted := _pasted(rest):
            keys, value, length = pasted
            yield [*section[1].split("."), *keys], value
            rest = rest[length:].removeprefix(", ")


def _pasted(text: str) -> tuple[list[str], Any, int] | None:
    """The longest beginning of the text that is one line of TOML: its keys, its value and its length."""
    key = _KEY.match(text)
    for end in range(len(text), 0, -1) if key else ():
        try:
            value: Any = tomllib.loads(text[:end])
        except tomllib.TOMLDecodeError:
            continue
        keys = [quoted or bare for quoted, bare in re.findall(r'"([^"]+)"|([\w-]+)', key[1])]
        for part in keys:
            value = value[part]
        return keys, value, end
    return None


def with_setting(settings: str, keys: list[str], value: Any) -> str:
    """The configuration with one line more, as TOML."""
    document = tomllib.loads(settings)
    section = document
    for key in keys[:-1]:
        section = section.setdefault(key, {})
    section[keys[-1]] = value
    return "\n".join(_lines(document, []))


def _lines(section: Mapping[str, Any], path: list[str]) -> Iterator[str]:
    for key, value in section.items():
        if isinstance(value, dict) and value:
            yield from _lines(value, [*path, key])
        else:
            yield f"{'.'.join(map(_quoted, [*path, key]))} = {_value(value)}"


def _quoted(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            return str(value)


def test_lines_are_read_as_a_reader_reads_them() -> None:
    said = 'Map: [sources.a.values.b] Wow = "1", "Not now" = "…". Or [sources.a] where."Id" = { not_empty = true }; so'
    assert [*settings_in(said)] == [
        (["sources", "a", "values", "b", "Wow"], "1"),
        (["sources", "a", "values", "b", "Not now"], "…"),
        (["sources", "a", "where", "Id"], {"not_empty": True}),
    ]


def query(folder: Path) -> None:
    with sqlite3.connect(folder / "crm.db") as base:
        base.execute("CREATE TABLE calls (interaction_id, account_id, occurred_at, kind)")
        base.execute("INSERT INTO calls VALUES ('I1', 'A1', '25/05/2025', 'call')")


def table(header: str, *rows: str) -> str:
    return "\n".join([header, *rows, ""])


CASES = "case_id,account_id,opened_at,severity"
ASKS = "ask_id,account_id,level,asked_at,response"
RENEWALS = "renewal_id,account_id,occurred_at,kind,amount"
CONTACTS = "contact_id,account_id,seniority,objected_at"
CASES_READ = tuple(f"C{number},A{number},{AT},1" for number in range(1, 30))


@dataclass(frozen=True)
class Setting:
    """files: with what raises the message · says: words of it · filled: what a reader writes for `…` · command: `check`
    if empty · takes: which of the lines in the message is pasted."""

    files: Files
    says: str
    settings: str = UTC
    filled: str = ""
    command: tuple[str, ...] = ()
    prepare: Callable[[Path], None] | None = None
    takes: str = ""
    codes: tuple[str, ...] = field(default=())


SETTINGS = {
    "a word for a whole number that protects": Setting(
        {"tables/cases.csv": table(CASES, *CASES_READ, f"C30,A30,{AT},Critical")},
        'cases: 1 of 30 rows cannot be read: row 31, severity "Critical" is none of 1, 2, 3, 4.',
        codes=("not_a_number",),
    ),
    "a word for a level": Setting(
        {"tables/asks.csv": table(ASKS, f"K1,A1,Testimonial,{AT},accepted", f"K2,A2,2,{AT},accepted")},
        'asks: 1 of 2 rows cannot be read: row 2, level "Testimonial" is none of 0, 1, 2, 3, 4, 5',
        filled="1",
    ),
    "a word for a flag": Setting(
        {"tables/outcomes.csv": table("outcome_id,account_id,occurred_at,confirmed", f"O1,A1,{AT},vale")},
        'confirmed "vale" is none of true, false',
        filled="yes",
        codes=("not_a_flag",),
    ),
    "a word of consent": Setting(
        {"tables/permissions.csv": table("permission_id,account_id,status", "P1,A1,Withdrawn", "P2,A2,not any more")},
        'none of granted, denied, needs_approval: "Withdrawn", "not any more"',
    ),
    "a word of rank": Setting(
        {"tables/contacts.csv": table(CONTACTS, "P1,A1,Jefe,")}, '"Jefe"', filled="manager", codes=("not_a_choice",)
    ),
    "commas between thousands": Setting(
        {"tables/renewals.csv": table(RENEWALS, f'R1,A1,{AT},renewal,"65,000.00"')}, "this is not a number"
    ),
    "a decimal comma": Setting(
        {"tables/renewals.csv": table(RENEWALS, f'R1,A1,{AT},renewal,"1.250,50"')}, "this is not a number"
    ),
    "a decimal point": Setting(
        {"tables/renewals.csv": table(RENEWALS, f"R1,A1,{AT},renewal,65.5")},
        "this is not a number",
        settings=UTC + 'decimal = ","\n',
    ),
    "another delimiter": Setting(
        {"tables/accounts.csv": ACCOUNTS.replace(",", ";")}, "the header is one cell with ';'"
    ),
    "a tab between cells": Setting({"tables/accounts.csv": ACCOUNTS.replace(",", "\t")}, "the header is one cell"),
    "names in quotes under another delimiter": Setting(
        {
            "tables/accounts.csv": ACCOUNTS.replace("account_id,account_name", '"account_id";"account_name"').replace(
                ",", ";"
            )
        },
        "stray quote",
    ),
    "an encoding of Windows": Setting(
        {"tables/accounts.csv": ACCOUNTS.replace("Firm", "Año").encode("cp1252")}, "is not written in utf-8"
    ),
    "an encoding of two bytes a letter": Setting({"tables/accounts.csv": ACCOUNTS.encode("utf-16")}, "UTF-16"),
    "days before months": Setting(
        {"tables/interactions.csv": CALLS.replace("2025-05-", "").replace(",call", "/05/2025,call")},
        "day and month cannot be told apart",
        takes="%d/%m/%Y",
    ),
    "months before days, two digits a year, dots": Setting(
        {"tables/interactions.csv": re.sub(r"2025-05-(\d\d)", r"5.\1.25", CALLS)},
        "day and month cannot be told apart",
        takes="%m.%d.%y",
    ),
    "days before months, of a query": Setting(
        {},
        "day and month cannot be told apart",
        settings=UTC + 'database = "sqlite:///crm.db"\n[sources.interactions]\nquery = "SELECT * FROM calls"\n',
        prepare=query,
        takes="%d/%m/%Y",
    ),
    "no time zone": Setting({"tables/interactions.csv": CALLS}, "no time zone is configured", settings=""),
    "names in the place of ids": Setting(
        {"tables/interactions.csv": re.sub(r",A(\d+),", r",Firm \1,", CALLS)}, "the ids are names of accounts"
    ),
    "zeros lost": Setting(
        {
            "tables/accounts.csv": table("account_id", *(f"{number:05}" for number in range(1, 31))),
            "tables/interactions.csv": re.sub(r",A(\d+),", r",\1,", CALLS),
        },
        "zeros at their start",
    ),
    "rows of leads": Setting(
        {"tables/interactions.csv": CALLS.replace(",A1,", ",,").replace(",A2,", ",,")}, "2 rows have no account"
    ),
    "a required column under another name": Setting(
        {"tables/interactions.csv": CALLS.replace("account_id", "acount_id")}, "'account_id' is missing"
    ),
    "a mapped column under another name": Setting(
        {"tables/interactions.csv": CALLS.replace("account_id", "client_no")},
        "has no column 'client_nr'",
        settings=UTC + '[sources.interactions]\ncolumns.account_id = "client_nr"\n',
    ),
    "a column that says no by its name": Setting(
        {"tables/contacts.csv": table("contact_id,account_id,opted_out", "P1,A1,yes", "P2,A2,no")},
        "by its name some of its rows may say no",
        takes="opted_out",
    ),
    "sentinels of an objection": Setting(
        {"tables/contacts.csv": table(CONTACTS, *(f"P{number},A{number},,1900-01-01" for number in range(1, 9)))},
        "a date such as 1900-01-01",
    ),
    "words of an objection": Setting(
        {"tables/contacts.csv": table(CONTACTS, *(f"P{number},A{number},,Baja" for number in range(1, 9)))},
        "hold a word that would be a refusal",
    ),
    "planned rows": Setting(
        {"tables/interactions.csv": CALLS.replace("2025-", "2039-")},
        "ahead of this machine's clock",
        command=("features", "--out", "features.parquet"),
    ),
    "no row with a date": Setting(
        {}, "there is no data cut to take", command=("features", "--out", "features.parquet")
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_line_that_is_pasted_ends_what_it_was_given_for(name: str, told: Told, tmp_path: Path) -> None:
    trial = SETTINGS[name]
    if trial.prepare:
        trial.prepare(tmp_path)
    before = told(trial.files, trial.settings, *trial.command)
    said = said_by(before)
    assert trial.says in said
    lines = [(keys, value) for keys, value in settings_in(said[said.index(trial.says) :]) if trial.takes in str(value)]
    assert lines, said
    settings = trial.settings
    for keys, value in lines:
        settings = with_setting(settings, keys, trial.filled if value == "…" else value)
    after = said_by(told(trial.files, settings, *trial.command))
    assert trial.says not in after, settings
    assert "Traceback" not in after


def said_by(ran: Ran) -> str:
    """What a person would read: the faults, or the warnings."""
    faults = [f"{fault['place']}: {fault['problem']} {fault['fix']}" for fault in ran.result.get("faults", ())]
    return "\n".join([*faults, *ran.result.get("warnings", ())])


MAY = "2025-05-01T09:00:00Z"
JUNE = "2025-06-01T09:00:00Z"
LATER = "2025-05-01T15:00:00Z"
MERGED = ACCOUNTS.replace("\n", ",\n").replace("name,\n", "name,merged_into\n")
CALL = "interaction_id,account_id,occurred_at,kind"
OPENED = "case_id,account_id,opened_at,closed_at,severity"
ANSWERED = "ask_id,account_id,level,asked_at,response,responded_at"
FEE = "renewal_id,account_id,occurred_at,kind,amount,currency"
SCORED = "survey_id,account_id,answered_at,nps"
CALLING = "interaction_id,client,occurred_at,kind"
MANY = "x" * 33_000
NAMED = '[sources.interactions.lookup]\naccount_id = { in = "names.csv", by = "client", match = "name", take = "id" }\n'


def calls(row: str) -> dict[str, str]:
    return {"tables/interactions.csv": CALLS + row + "\n"}


@dataclass(frozen=True)
class Cell:
    """Files with a row that is set aside, the same files once the row is mended, and settings beside the zone."""

    wrong: Files
    mended: Files
    settings: str = ""


def row(name: str, header: str, wrong: str, mended: str, settings: str = "") -> Cell:
    files = ({f"tables/{name}.csv": table(header, line)} for line in (wrong, mended))
    return Cell(*files, settings)


CELLS = {
    "short_row": Cell(calls("I99,A1,2025-05-02"), calls("I99,A1,2025-05-02,call")),
    "long_row": Cell(calls("I99,A1,2025-05-02,call, short"), calls('I99,A1,2025-05-02,"call, short"')),
    "stray_quote": Cell(calls('I99,A1,2025-05-02,a "call'), calls("I99,A1,2025-05-02,a call")),
    "stray_carriage_return": Cell(calls("I99,A1,2025-05-02,a\rcall"), calls('I99,A1,2025-05-02,"a\rcall"')),
    "undecodable": Cell(
        {
            "tables/interactions.csv": (CALLS + "I98,A1,2025-05-02,reunión\n").encode()
            + b"I99,A1,2025-05-02,reuni\xf3n\n"
        },
        calls("I99,A1,2025-05-02,reunión"),
    ),
    "not_a_json_object": Cell(
        {"tables/cases.jsonl": f'{{"case_id": "C1", "account_id": "A1", "opened_at": "{MAY}"}}\n["C2"]\n'},
        {"tables/cases.jsonl": f'{{"case_id": "C1", "account_id": "A1", "opened_at": "{MAY}"}}\n'},
    ),
    "error_or_formula": Cell(
        {"tables/cases.xlsx": workbook({"S": [OPENED.split(","), ["C1", "A1", MAY, None, "=1+1"]]})},
        {"tables/cases.xlsx": workbook({"S": [OPENED.split(","), ["C1", "A1", MAY, None, "2"]]})},
    ),
    "nul_byte": Cell(calls("I99,A1,2025-05-02,ca\0ll"), calls("I99,A1,2025-05-02,call")),
    "oversized_cell": Cell(calls(f"I99,A1,2025-05-02,{MANY}"), calls("I99,A1,2025-05-02,x")),
    "missing_required": Cell(calls("I99,A1,2025-05-02,"), calls("I99,A1,2025-05-02,call")),
    "not_a_time": Cell(calls("I99,A1,2025-02-30,call"), calls("I99,A1,2025-05-02T09:00:00Z,call")),
    "spreadsheet_serial": Cell(calls("I99,A1,45779,call"), calls("I99,A1,2025-05-02,call")),
    "time_in_dst_gap": Cell(
        calls("I99,A1,2025-03-30T02:30:00,call"),
        calls("I99,A1,2025-03-30T02:30:00+01:00,call"),
        '[sources]\ntime_zone = "Europe/Madrid"\n',
    ),
    "not_an_integer": row("surveys", SCORED, f"S1,A1,{MAY},7.5", f"S1,A1,{MAY},7"),
    "not_finite": row("renewals", FEE, f"R1,A1,{MAY},renewal,inf,", f"R1,A1,{MAY},renewal,,"),
    "too_large": row("renewals", FEE, f"R1,A1,{MAY},renewal,1e16,", f"R1,A1,{MAY},renewal,10,"),
    "out_of_range": row("cases", OPENED, f"C1,A1,{MAY},,5", f"C1,A1,{MAY},,4"),
    "recorded_before_occurred": row(
        "renewals",
        "renewal_id,account_id,occurred_at,recorded_at,kind",
        f"R1,A1,{JUNE},{MAY},renewal",
        f"R1,A1,{MAY},{JUNE},renewal",
    ),
    "answered_before_asked": row("asks", ANSWERED, f"K1,A1,1,{JUNE},accepted,{MAY}", f"K1,A1,1,{MAY},accepted,{JUNE}"),
    "ended_before_start": row("cases", OPENED, f"C1,A1,{LATER},{MAY},2", f"C1,A1,{MAY},{LATER},2"),
    "negative_amount": row("renewals", FEE, f"R1,A1,{MAY},renewal,-5,", f"R1,A1,{MAY},contraction,-5,"),
    "unknown_currency": row("renewals", FEE, f"R1,A1,{MAY},renewal,5,Euro", f"R1,A1,{MAY},renewal,5,EUR"),
    "older_version": row(
        "renewals",
        "renewal_id,account_id,occurred_at,recorded_at,kind",
        f"R1,A1,{MAY},{MAY},renewal\nR1,A1,{MAY},{JUNE},expansion",
        f"R1,A1,{MAY},{JUNE},expansion",
    ),
    "conflicting_versions": Cell(calls("I1,A1,2025-05-01,visit"), calls("")),
    "after_data_cut": Cell(calls("I99,A1,2031-05-02,call"), calls("I99,A1,2025-05-02,call")),
    "ambiguous": Cell(
        {"names.csv": "name,id\nFirm,A1\nFirm,A2\n", "tables/interactions.csv": f"{CALLING}\nI1,Firm,{MAY},call\n"},
        {"names.csv": "name,id\nFirm,A1\nFirm 2,A2\n", "tables/interactions.csv": f"{CALLING}\nI1,Firm,{MAY},call\n"},
        UTC + NAMED,
    ),
    "merge_cycle": Cell(
        {"tables/accounts.csv": MERGED + "B1,B,B2\nB2,B,B1\n"},
        {"tables/accounts.csv": MERGED + "B1,B,B2\nB2,B,\n"},
    ),
}
"""Reason → a row that is set aside for it, and the same row with the cell mended."""


@pytest.mark.parametrize("code", CELLS)
def test_a_cell_that_is_mended_is_no_longer_set_aside(code: str, told: Told, tmp_path: Path) -> None:
    trial = CELLS[code]
    settings = (trial.settings or UTC).replace("[sources]\n", "[sources]\nrefuse_quarantined = 1.0\n")
    told(trial.wrong, settings)
    assert code in reasons_in(tmp_path / "quarantine")
    told(trial.mended, settings)
    assert reasons_in(tmp_path / "quarantine") == set()


def reasons_in(folder: Path) -> set[str]:
    rows = [row for path in folder.glob("*.csv") for row in csv.DictReader(path.open(encoding="utf-8", newline=""))]
    return {row["reason_code"] for row in rows}


def test_every_reason_has_a_trial_or_asks_the_source() -> None:
    tried = {*CELLS, *(code for trial in SETTINGS.values() for code in trial.codes)}
    for code, reason in REASONS.items():
        if reason.kind == "source":
            assert "ask the source" in reason.fix, code
        else:
            assert code in tried, f"nobody has tried the fix of {code}"
