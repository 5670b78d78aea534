"""Input whose file is at fault. Each test is named after its row of the bad-input table."""

import gzip
import os
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tables.crm import Crm

ROWS = tuple(f"I{number},A{number % 30 + 1},2024-05-01T10:00:00Z,call" for number in range(40))
HEADER = "interaction_id,account_id,occurred_at,kind"


@pytest.mark.parametrize("name", ["accounts.csv", "interactions.csv", "interactions.parquet", "interactions.jsonl"])
def test_row_1_zero_byte_file(crm: Crm, name: str) -> None:
    crm.write_bytes(name, b"")
    assert f"{name}: is empty" in crm.refusal()


def test_row_1_empty_gzip(crm: Crm) -> None:
    crm.write_bytes("interactions.csv.gz", gzip.compress(b"", mtime=0))
    assert "interactions.csv.gz: is empty" in crm.refusal()


def test_row_2_header_only_accounts_refuse(crm: Crm) -> None:
    crm.write("accounts", "account_id,status")
    assert "accounts.csv: has a header and no rows" in crm.refusal()


def test_row_2_header_only_asks_refuse_where_they_are_needed(crm: Crm) -> None:
    crm.write("asks", "ask_id,account_id,level,asked_at,response")
    assert "asks: has no row" in crm.refusal(needed=["asks"])


def test_row_2_header_only_optional_table_warns(crm: Crm) -> None:
    crm.write("cases", "case_id,account_id,opened_at")
    prepared = crm.prepare()
    assert prepared.present["cases"] == {"case_id", "account_id", "opened_at"}
    assert any("cases.csv: has a header and no rows" in warning for warning in prepared.warnings)


def test_row_3_missing_required_column_names_the_nearest(crm: Crm) -> None:
    crm.write("interactions", "interaction_id,acount_id,occurred_at,kind", *ROWS)
    message = crm.refusal()
    assert "'account_id' is missing" in message
    assert "the nearest is 'acount_id'" in message


def test_row_4_extra_column_is_kept_and_reported_once(crm: Crm) -> None:
    crm.write("interactions", f"{HEADER},Deal Size", *(f"{row},big" for row in ROWS))
    prepared = crm.prepare()
    assert "deal_size" in prepared.present["interactions"]
    assert sum("deal_size" in warning for warning in prepared.warnings) == 1
    assert set(crm.values("interactions", "deal_size")) == {"big"}


@pytest.mark.parametrize("header", [f"{HEADER},kind", f"{HEADER}, Kind "])
def test_row_5_duplicate_header(crm: Crm, header: str) -> None:
    crm.write("interactions", header, *(f"{row},x" for row in ROWS))
    assert "the header has 'kind' more than once" in crm.refusal()


def test_row_6_columns_in_another_order(crm: Crm) -> None:
    crm.write("interactions", "kind,occurred_at,interaction_id,account_id", "call,2024-05-01T10:00:00Z,I1,A1")
    assert crm.prepare().counts["interactions"].accepted == 1
    assert crm.values("interactions", "interaction_id") == ["I1"]


def test_row_7_header_case_blanks_and_mark(crm: Crm) -> None:
    text = "\ufeffInteraction_ID , Account ID,OCCURRED_AT,kind\nI1,A1,2024-05-01T10:00:00Z,call\n"
    crm.write_bytes("interactions.csv", text.encode())
    assert crm.prepare().counts["interactions"].accepted == 1


def test_row_8_utf16_where_utf8_is_declared(crm: Crm) -> None:
    text = "\n".join([HEADER, *ROWS])
    crm.write_bytes("interactions.csv", text.encode("utf-16"))
    assert "byte offset 0" in crm.refusal()
    assert crm.prepare(encoding="utf-8", interactions={"encoding": "utf-16"}).counts["interactions"].accepted == 40


def test_row_8_utf16_without_a_mark(crm: Crm) -> None:
    crm.write_bytes("interactions.csv", "\n".join([HEADER, *ROWS]).encode("utf-16-le"))
    assert "NUL byte at byte offset 1" in crm.refusal()


def test_row_8_cp1252_where_utf8_is_declared(crm: Crm) -> None:
    rows = [row.replace("call", "reunión" if number in (5, 9) else "call") for number, row in enumerate(ROWS)]
    content = "\n".join([HEADER, *rows]).encode("cp1252")
    crm.write_bytes("interactions.csv", content)
    assert f"byte offset {content.index('ó'.encode('cp1252'))} is the first" in crm.refusal()
    assert crm.prepare(interactions={"encoding": "cp1252"}).counts["interactions"].accepted == 40
    assert crm.values("interactions", "kind").count("reunión") == 2


def test_row_9_one_row_that_is_not_utf8(crm: Crm) -> None:
    rows = [row.replace("call", "reunión").encode() for row in ROWS]
    rows[3] = rows[3].replace("ó".encode(), b"\xf3")
    crm.write_bytes("interactions.csv", b"\n".join([HEADER.encode(), *rows]))
    assert crm.prepare().counts["interactions"].accepted == 39
    assert crm.reasons("interactions") == {5: "undecodable"}


def test_row_10_semicolon_where_comma_is_declared(crm: Crm) -> None:
    lines = [line.replace(",", ";") for line in (HEADER, *ROWS)]
    crm.write("interactions", *lines)
    assert 'delimiter = ";"' in crm.refusal()
    assert crm.prepare(interactions={"delimiter": ";"}).counts["interactions"].accepted == 40


def test_row_12_short_row(crm: Crm) -> None:
    crm.interactions("I1,A1,2024-05-01T10:00:00Z,call", "I2,A2", "I3,A3,2024-05-01T10:00:00Z,call")
    crm.prepare()
    assert crm.reasons("interactions") == {3: "short_row"}
    assert crm.quarantined("interactions")[0]["source.text"] == "I2,A2"


def test_row_13_every_row_too_long(crm: Crm) -> None:
    crm.interactions(*(f"{row}," for row in ROWS))
    assert "every row has more cells than the header" in crm.refusal()


def test_row_13_one_row_too_long(crm: Crm) -> None:
    crm.interactions(*ROWS, "I99,A1,2024-05-01T10:00:00Z,call,extra")
    crm.prepare()
    assert crm.reasons("interactions") == {42: "long_row"}


def test_row_14_stray_quote_does_not_swallow_the_rows_after_it(crm: Crm) -> None:
    crm.interactions(
        'I1,A1,2024-05-01T10:00:00Z,12" screen',
        "I2,A2,2024-05-01T10:00:00Z,call",
        'I3,A3,2024-05-01T10:00:00Z,"call" us',
        'I4,A4,2024-05-01T10:00:00Z,"call, us"',
        '"I5,A4,2024-05-01T10:00:00Z,call',
        'I6,A4,2024-05-01T10:00:00Z,"call"',
    )
    crm.prepare()
    assert crm.reasons("interactions") == {2: "stray_quote", 4: "stray_quote", 6: "stray_quote"}
    assert crm.values("interactions", "kind") == ["call", "call, us", "call"]


def test_row_14_quote_open_to_the_end(crm: Crm) -> None:
    crm.interactions(*ROWS[:3], 'I9,A1,2024-05-01T10:00:00Z,"call', *ROWS[4:])
    assert "interactions.csv row 5: opens a quote that is never closed" in crm.refusal()


def test_row_15_line_break_in_a_cell(crm: Crm) -> None:
    crm.interactions('I1,A1,2024-05-01T10:00:00Z,"a\nb"', "I2,A2")
    crm.prepare()
    assert crm.values("interactions", "kind") == ["a\nb"]
    assert crm.reasons("interactions") == {3: "short_row"}


def test_row_16_nul_byte(crm: Crm) -> None:
    crm.interactions("I1,A1,2024-05-01T10:00:00Z,ca\0ll", ROWS[1])
    crm.prepare()
    assert crm.reasons("interactions") == {2: "nul_byte"}


def test_row_17_truncated_gzip(crm: Crm) -> None:
    content = gzip.compress(os.urandom(5_000))
    crm.write_bytes("interactions.csv.gz", content[:3_000])
    assert "damaged or truncated gzip" in crm.refusal()


def test_row_17_truncated_parquet(crm: Crm) -> None:
    path = crm.tables / "interactions.parquet"
    pq.write_table(pa.table({"interaction_id": ["I1"]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    assert "not a whole Parquet file" in crm.refusal()


def test_row_18_parquet_type_differs_by_part(crm: Crm) -> None:
    folder = crm.tables / "interactions.parquet"
    folder.mkdir()
    pq.write_table(pa.table({"interaction_id": ["I1"]}), folder / "a.parquet")
    pq.write_table(pa.table({"interaction_id": [1]}), folder / "b.parquet")
    assert "types of b.parquet differ" in crm.refusal()


def test_row_19_workbook_with_several_sheets(crm: Crm) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.create_sheet("more")
    book.save(crm.tables / "cases.xlsx")
    assert "has 2 sheets" in crm.refusal()


def test_row_21_workbook_with_lines_above_its_header(crm: Crm) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in (["Report of cases"], ["case_id", "account_id", "opened_at"], ["C1", "A1", "2024-05-01T00:00:00Z"]):
        book.active.append(line)
    book.save(crm.tables / "cases.xlsx")
    assert "cases.xlsx: its first row names no column of cases. Fix: begin with the header row" in crm.refusal()


def test_row_22_zip_bomb(crm: Crm) -> None:
    with zipfile.ZipFile(crm.tables / "cases.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 50_000_000)
    assert "would unpack to 50,000,000 bytes" in crm.refusal()


def test_two_files_for_one_table(crm: Crm) -> None:
    pq.write_table(pa.table({"account_id": ["A1"]}), crm.tables / "accounts.parquet")
    assert "more than one file for this table: accounts.csv, accounts.parquet" in crm.refusal()


def test_all_files_at_fault_are_named_at_once(crm: Crm) -> None:
    crm.write_bytes("cases.csv", b"")
    crm.interactions(*(f"{row}," for row in ROWS))
    message = crm.refusal()
    assert "cases.csv: is empty" in message
    assert "every row has more cells" in message


def test_table_that_is_needed_and_absent(crm: Crm) -> None:
    assert "there is no file for asks" in crm.refusal(needed=["asks"])


def test_a_table_that_is_absent_while_others_lie_elsewhere(crm: Crm) -> None:
    message = crm.refusal(folder="nowhere", needed=["asks"], accounts={"path": "tables/accounts.csv"})
    assert "there is no file for asks" in message
    assert "until there are asks, 'score' works without them" in message


def test_file_that_is_nearly_named_after_a_table(crm: Crm) -> None:
    crm.write("interaction", HEADER, *ROWS)
    (warning,) = crm.prepare().warnings
    assert '[sources.interactions] path = "tables/interaction.csv"' in warning


def test_a_first_row_that_is_no_header_is_not_repeated(crm: Crm) -> None:
    crm.write("contacts", "Ana Canaria,ana@example.org", "Bo Busto,bo@example.org")
    message = crm.refusal()
    assert "contacts.csv: its first row names no column of contacts" in message
    assert "canaria" not in message.casefold()
    assert "@" not in message


@pytest.mark.parametrize(
    ("content", "what", "name"),
    [
        (b"PK\x03\x04 and more", "an XLSX workbook", "cases.xlsx"),
        (b"PAR1 and more", "a Parquet file", "cases.parquet"),
        (gzip.compress(b"case_id", mtime=0), "a gzip file", "cases.csv.gz"),
    ],
)
def test_another_format_under_the_name_of_a_csv(crm: Crm, content: bytes, what: str, name: str) -> None:
    crm.write_bytes("cases.csv", content)
    assert f"cases.csv: is not a CSV file: its first bytes are those of {what}. Fix: name it {name}" in crm.refusal()


def test_lines_that_end_with_cr_alone(crm: Crm) -> None:
    crm.write_bytes("cases.csv", b"case_id,account_id,opened_at\rC1,A1,2024-05-01T00:00:00Z\r")
    assert "cases.csv: its lines end with CR alone" in crm.refusal()


@pytest.mark.parametrize("content", [b'[{"case_id": "C1"}]\n', b'{\n"case_id": "C1"\n}\n'])
def test_json_that_is_not_one_object_a_line(crm: Crm, content: bytes) -> None:
    crm.write_bytes("cases.jsonl", content)
    assert crm.refusal().startswith("cases.jsonl: no line of it is a JSON object. Fix: export it as JSON Lines")


def test_what_stands_in_the_place_of_a_table_must_be_a_file(crm: Crm) -> None:
    (crm.tables / "cases.csv").mkdir()
    (crm.tables / "asks.csv").symlink_to(crm.folder / "nowhere")
    os.mkfifo(crm.tables / "surveys.csv")
    message = crm.refusal()
    for name in ("cases.csv", "asks.csv", "surveys.csv"):
        assert f"{name}: is not a file, or is a link to nothing" in message


def test_a_missing_folder_and_a_table_under_another_name_are_told(crm: Crm) -> None:
    assert "[sources] folder: there is no folder" in crm.refusal(folder="nowhere")
    (crm.tables / "accounts.csv").rename(crm.tables / "account.csv")
    message = crm.refusal()
    assert "there is no file for accounts, and account.csv is not read" in message
    assert 'Fix: [sources.accounts] path = "tables/account.csv"' in message


def test_a_fault_of_several_columns_is_told_once(crm: Crm) -> None:
    crm.write("cases", "case_id;account_id;opened_at", "C1;A1;2024-05-01T00:00:00Z")
    assert crm.refusal().count("the delimiter is ','") == 1


def test_values_mapped_in_a_column_that_is_not_there(crm: Crm) -> None:
    message = crm.refusal(accounts={"values": {"status": {"Customer": "active"}}})
    assert "[sources.accounts] values.status: accounts.csv has no column 'status'" in message
