"""XLSX that is at fault or means harm. Tests are named after their row of the bad-input table."""

import io
import os
import stat
import struct
import subprocess
import sys
import textwrap
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from tables.crm import Crm
from tables.workbooks import edited, with_parts, workbook

HEADER = ("case_id", "account_id", "opened_at", "closed_at", "severity")
CASE = ("C1", "A1", "2024-05-01T10:00:00Z", None, 1)
GOOD = {"cases": (HEADER, CASE)}
SHEET = "xl/worksheets/sheet1.xml"


def cases(crm: Crm, content: bytes) -> None:
    crm.write_bytes("cases.xlsx", content)


def test_row_19_of_several_sheets_the_configuration_names_one(crm: Crm) -> None:
    cases(crm, workbook({"Notas": (("read me",),), "Casos 2024": (HEADER, CASE)}))
    message = crm.refusal()
    assert "cases.xlsx: has 2 sheets, and nothing says which is the table: 'Notas', 'Casos 2024'." in message
    assert "Fix: name it in [sources.cases] sheet" in message
    assert crm.prepare(cases={"sheet": "Casos 2024"}).counts["cases"].accepted == 1
    message = crm.refusal(cases={"sheet": "Casos 2023"})
    assert "[sources.cases] sheet: cases.xlsx has no sheet 'Casos 2023'. Fix: the nearest is 'Casos 2024'" in message
    assert "Fix: it has 'Notas', 'Casos 2024'" in crm.refusal(cases={"sheet": "qqq"})


def test_row_20_errors_and_formulas_are_set_aside(crm: Crm) -> None:
    rows = [
        (f"C{n}", "A1", "2024-05-01T10:00:00Z", None, value) for n, value in enumerate((1, "#DIV/0!", "=1+1", "#N/A"))
    ]
    cases(crm, workbook({"cases": (HEADER, *rows)}))
    counts = crm.prepare().counts["cases"]
    assert (counts.rows_in, counts.accepted) == (4, 2)
    assert crm.reasons("cases") == {3: "error_or_formula", 4: "error_or_formula"}
    assert crm.values("cases", "severity") == [1, None]


def test_a_formula_in_a_column_that_nothing_reads_sets_no_row_aside(crm: Crm) -> None:
    header = (*HEADER, "Etiqueta", "Zona")
    rows = [(f"C{n}", "A1", "2024-05-01T10:00:00Z", None, 2, '=A2&"-"&B2', zone) for n, zone in enumerate("ABB")]
    cases(crm, workbook({"cases": (header, *rows, ("C9", "A1", "2024-05-01T10:00:00Z", None, 2, "#REF!", "A"))}))
    assert crm.prepare().counts["cases"].accepted == 4
    of_zone = crm.prepare(cases={"where": {"Zona": ["A"]}}).counts["cases"]
    assert (of_zone.accepted, of_zone.left_out) == (2, 2)
    crm.prepare(cases={"where": {"Etiqueta": {"not": ["x"]}}})
    assert set(crm.reasons("cases").values()) == {"error_or_formula"}, "a condition reads it"
    assert len(crm.reasons("cases")) == 4


def test_a_formula_in_a_column_called_like_a_no_is_asked_about(crm: Crm) -> None:
    rows = (("contact_id", "account_id", "No contactar"), ("P1", "A1", '=IF(A2="x","sí","no")'))
    crm.write_bytes("contacts.xlsx", workbook({"contacts": rows}))
    assert 'ignore = ["No contactar"]' in crm.refusal()


def test_value_beyond_the_header_is_not_lost_in_silence(crm: Crm) -> None:
    cases(crm, workbook({"cases": ((*HEADER, None, None), CASE, (*CASE, "more"), (*CASE, None, None))}))
    assert crm.prepare().present["cases"] == set(HEADER)
    assert crm.reasons("cases") == {3: "long_row"}


def test_values_of_a_workbook_are_what_they_look_like(crm: Crm) -> None:
    def dress(book: object) -> None:
        sheet = book["accounts"]  # type: ignore[index]
        sheet["A3"].number_format = "00000"
        sheet.merge_cells("B2:B3")
        book.create_sheet("hidden").sheet_state = "hidden"  # type: ignore[attr-defined]

    rows = (
        ("account_id", "account_name", "created_at", "vip"),
        ("00012", "Peña", datetime(2024, 5, 1, 10, 30), True),
        (12.0, None, date(2024, 5, 2), None),
        *((None,) * 4 for _ in range(20)),
    )
    crm.tables.joinpath("accounts.csv").unlink()
    crm.write_bytes("accounts.xlsx", workbook({"accounts": rows}, dress))
    assert "has 2 sheets" in crm.refusal()
    crm.prepare(accounts={"sheet": "accounts"})
    assert crm.values("accounts", "account_id") == ["00012", "12"]
    assert crm.values("accounts", "account_name") == ["Peña", None]
    assert [str(value) for value in crm.values("accounts", "created_at")] == [
        "2024-05-01 10:30:00",
        "2024-05-02 00:00:00",
    ]
    assert crm.values("accounts", "vip") == ["true", None]


def test_dates_counted_from_1904(crm: Crm) -> None:
    from openpyxl.utils.datetime import MAC_EPOCH

    content = workbook(
        {"cases": (HEADER, ("C1", "A1", datetime(2024, 5, 1), None, 1))}, lambda b: setattr(b, "epoch", MAC_EPOCH)
    )
    assert b"date1904" in zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml")
    cases(crm, content)
    crm.prepare()
    assert str(crm.values("cases", "opened_at")[0]) == "2024-05-01 00:00:00"


def test_dates_and_text_in_the_declared_format_stand_side_by_side(crm: Crm) -> None:
    rows = [(f"C{n}", "A1", time, None, 1) for n, time in enumerate((datetime(2024, 5, 1, 10), "02/05/2024", "soon"))]
    cases(crm, workbook({"cases": (HEADER, *rows)}))
    crm.prepare(date_format="%d/%m/%Y")
    assert [str(value) for value in crm.values("cases", "opened_at")] == ["2024-05-01 10:00:00", "2024-05-02 00:00:00"]
    assert crm.reasons("cases") == {4: "not_a_time"}


def test_date_that_no_calendar_has(crm: Crm, recwarn: pytest.WarningsRecorder) -> None:
    content = workbook({"cases": (HEADER, ("C1", "A1", datetime(2024, 5, 1), None, 1))})
    cases(crm, edited(content, SHEET, lambda part: part.replace(b"<v>45413</v>", b"<v>4541345413454</v>")))
    crm.prepare()
    assert crm.reasons("cases") == {2: "error_or_formula"}
    assert not any("45413" in str(warning.message) for warning in recwarn)


def test_workbook_with_macros_under_its_own_ending(crm: Crm) -> None:
    crm.write_bytes("cases.xlsm", workbook(GOOD))
    warnings = crm.prepare().warnings
    assert "cases.xlsm: is not read, since its ending is none of .csv, .csv.gz, .parquet, .jsonl, .xlsx." in warnings
    own = {"path": "tables/cases.xlsm", "format": "xlsx"}
    assert crm.prepare(cases=own).counts["cases"].accepted == 1


def test_locked_workbook_or_one_of_before_2007(crm: Crm) -> None:
    legacy = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    cases(crm, legacy)
    assert "cases.xlsx: is locked with a password, or an .xls workbook under another name" in crm.refusal()
    crm.tables.joinpath("cases.xlsx").unlink()
    crm.write_bytes("cases.csv", legacy)
    assert "cases.csv: is not a CSV file: its first bytes are those of an .xls workbook" in crm.refusal()


def test_encrypted_part(crm: Crm) -> None:
    content = bytearray(workbook(GOOD))
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    cases(crm, bytes(content))
    assert "cases.xlsx: is locked with a password" in crm.refusal()


def test_row_22_more_than_two_hundred_times_its_size(crm: Crm) -> None:
    cases(crm, with_parts(workbook(GOOD), ("xl/worksheets/more.xml", bytes(50_000_000))))
    assert "cases.xlsx: would unpack to 50," in crm.refusal()


def test_row_22_size_that_is_a_lie(crm: Crm) -> None:
    content = bytearray(with_parts(workbook(GOOD), ("xl/worksheets/more.xml", bytes(50_000_000))))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.rindex(mark)
        content[at + offset : at + offset + 4] = struct.pack("<I", 1_000)
    cases(crm, bytes(content))
    assert "cases.xlsx: is not a whole XLSX file" in crm.refusal()


def test_row_22_parts_that_overlap(crm: Crm) -> None:
    """One packed part, named many times in the archive's list, as the bombs do that stay below every ratio."""
    content = with_parts(workbook(GOOD), ("xl/worksheets/more.xml", os.urandom(20_000)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.getinfo("xl/worksheets/more.xml")
        listing = content[archive.start_dir :]
        start = archive.start_dir
    record = listing[listing.rindex(b"PK\x01\x02") : listing.rindex(b"PK\x05\x06")]
    copies = b"".join(record.replace(b"more.xml", f"mor{number}.xml".encode()) for number in range(9))
    end = bytearray(listing[listing.rindex(b"PK\x05\x06") :])
    count = struct.unpack("<H", end[10:12])[0] + 9
    directory = listing[: listing.rindex(b"PK\x05\x06")] + copies
    end[8:20] = struct.pack("<HHII", count, count, len(directory), start)
    cases(crm, content[:start] + directory + bytes(end))
    assert entry.compress_size * 9 > len(content)
    assert "cases.xlsx: has parts that overlap" in crm.refusal()


def test_row_22_more_parts_than_any_workbook_has(crm: Crm) -> None:
    cases(crm, with_parts(workbook(GOOD), *((f"x{number}", b"") for number in range(10_001))))
    assert "cases.xlsx: has 10," in crm.refusal()


@pytest.mark.parametrize("beside", ["xl/sharedStrings2.xml", "xl/styles2.xml"])
def test_row_22_more_text_than_memory_should_hold(crm: Crm, monkeypatch: pytest.MonkeyPatch, beside: str) -> None:
    monkeypatch.setattr("advocate_score.sources.safe_zip._LARGEST_IN_MEMORY", 50_000)
    cases(crm, with_parts(workbook(GOOD), (beside, os.urandom(50_000))))
    assert "bytes beside its sheets" in crm.refusal()


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '" + "&a;" * 50 + "'><!ENTITY c '" + "&b;" * 50 + "'>]>"


@pytest.mark.parametrize(
    "part", [SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml", "docProps/core.xml"]
)
@pytest.mark.parametrize("before", ["", "<!--" + "x" * 9_000 + "-->", " " * (2**20 - 4)])
def test_row_22_entities_in_any_part_however_late(crm: Crm, part: str, before: str) -> None:
    bomb = (before + LAUGHS).encode()
    cases(crm, edited(workbook(GOOD), part, lambda xml: bomb + xml.partition(b"?>")[2] + os.urandom(20_000)))
    assert "cases.xlsx: declares XML entities" in crm.refusal()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037", "iso-8859-1", "utf-7"])
def test_row_22_entities_in_another_encoding(crm: Crm, encoding: str) -> None:
    text = LAUGHS + "<worksheet>&c;</worksheet>"
    wide = encoding.startswith(("utf-16", "utf-32"))
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    xml = (head + text).encode(encoding) if wide else head.encode() + text.encode(encoding)
    cases(crm, edited(workbook(GOOD), SHEET, lambda _: xml))
    message = crm.refusal()
    assert "has a part that is not written in UTF-8" in message


def test_the_data_model_that_excel_keeps_in_a_workbook_is_passed_over(crm: Crm) -> None:
    wide = '<?xml version="1.0" encoding="UTF-16"?><Gemini/>'.encode("utf-16")
    cases(crm, with_parts(workbook(GOOD), ("customXml/item1.xml", wide), ("xl/model/item.data", wide)))
    assert crm.prepare().counts["cases"].accepted


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/evil.xml", "xl\\..\\..\\evil.xml", "C:/evil.xml", "xl/../../x"])
def test_row_23_path_that_leads_out_of_an_archive(crm: Crm, name: str) -> None:
    cases(crm, with_parts(workbook(GOOD), (name, b"<x/>")))
    assert "cases.xlsx: holds a link, or a path that leads out of it" in crm.refusal()
    assert not list(crm.folder.rglob("evil*"))


def test_row_23_link_inside_an_archive(crm: Crm) -> None:
    link = zipfile.ZipInfo("xl/worksheets/sheet9.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    cases(crm, with_parts(workbook(GOOD), (link, b"/etc/passwd")))
    assert "cases.xlsx: holds a link" in crm.refusal()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_row_23_two_parts_of_one_name(crm: Crm) -> None:
    cases(crm, with_parts(workbook(GOOD), (SHEET, b"<x/>")))
    assert "cases.xlsx: holds two parts of the same name" in crm.refusal()


def test_size_that_a_sheet_declares_is_not_believed(crm: Crm) -> None:
    def lie(part: bytes) -> bytes:
        return part.replace(b'<dimension ref="A1:E2"', b'<dimension ref="A1:XFD1048576"')

    cases(crm, edited(workbook(GOOD), SHEET, lie))
    assert lie(zipfile.ZipFile(io.BytesIO(workbook(GOOD))).read(SHEET)).count(b"XFD1048576") == 1
    assert crm.prepare().counts["cases"].rows_in == 1


def test_row_number_that_no_spreadsheet_has(crm: Crm) -> None:
    cases(crm, edited(workbook(GOOD), SHEET, lambda part: part.replace(b'<row r="2"', b'<row r="99999999999"')))
    assert "cases.xlsx: has more than 1,048,576 rows" in crm.refusal()


@pytest.mark.parametrize("damage", [b"<v>", b"<row ", b"</sheetData>"])
def test_sheet_that_is_cut(crm: Crm, damage: bytes) -> None:
    cases(crm, edited(workbook(GOOD), SHEET, lambda part: part[: part.rindex(damage) + 3]))
    assert "cases.xlsx: cannot be read as XLSX" in crm.refusal()


def test_row_21_lines_above_the_header_of_a_named_sheet(crm: Crm) -> None:
    cases(crm, workbook({"a": (("x",),), "b": (("Casos de Ana Canaria", None), HEADER, CASE)}))
    message = crm.refusal(cases={"sheet": "b"})
    assert "cases.xlsx: its first row names no column of cases. Fix: begin with the header row" in message
    assert "Canaria" not in message


def test_without_the_extra_the_message_names_it(crm: Crm, tmp_path: Path) -> None:
    """In an interpreter that cannot import openpyxl, through the command itself."""
    cases(crm, workbook(GOOD))
    crm.folder.joinpath("advocate.toml").write_text('[sources]\ntime_zone = "UTC"\n', encoding="utf-8")
    program = textwrap.dedent("""
        import sys
        sys.modules["openpyxl"] = None
        sys.argv = ["advocate-score", "check", "--config", sys.argv[1]]
        from advocate_score.cli.main import run
        run()
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, str(crm.folder / "advocate.toml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "cases.xlsx: reading XLSX needs the extra 'excel'. Fix: pip install 'advocate-score[excel]'" in done.stderr
    assert "Traceback" not in done.stderr
