"""CSV as text: the standard library's reader is the oracle on good files, row numbers on bad ones."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from advocate_score.config.settings import Dialect
from advocate_score.errors import InputError
from advocate_score.sources.csv_reader import read_delimited
from advocate_score.sources.discover import Source

CELLS = st.text(st.sampled_from('aé ,;"\n\r\t=0'), max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12)


def source(path: Path, content: bytes, delimiter: str = ",", encoding: str = "utf-8") -> Source:
    path.write_bytes(content)
    return Source("accounts", path, "csv", Dialect(delimiter=delimiter, encoding=encoding), {}, {})


def read(file: Source, block_bytes: int = 2**20) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str, str]]]:
    """Rows as (number, cells), and those set aside as (number, code, text)."""
    rows, broken = [], []
    for chunk in read_delimited(file, block_bytes).chunks():
        cells = [list(row.values()) for row in chunk.cells.to_pylist()]
        rows.extend(zip(chunk.rows.tolist(), cells, strict=True))
        broken.extend((row.row, row.code, row.text) for row in chunk.broken)
    return rows, broken


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    TABLES,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from([3, 16, 2**20]),
    st.sampled_from(",;\t"),
)
def test_good_files_read_as_the_standard_library_reads_them(
    tmp_path: Path, table: list[list[str]], quoting: int, block_bytes: int, delimiter: str
) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # with which the standard library leaves a carriage return bare
        table = [[cell.replace("\r", "") for cell in row] for row in table]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n")
    writer.writerows([["a", "b", "c"], *table])
    rows, broken = read(source(tmp_path / "t.csv", text.getvalue().encode(), delimiter), block_bytes)
    assert not broken
    assert rows == [(row, [cell.replace("\r\n", "\n") for cell in cells]) for row, cells in enumerate(table, start=2)]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=12), max_size=8), st.sampled_from([1, 7, 2**20]))
def test_any_bytes_are_rows_or_set_aside_whatever_the_size_of_the_blocks(
    tmp_path: Path, lines: list[bytes], block_bytes: int
) -> None:
    file = source(tmp_path / "t.csv", b"a,b\n" + b"\n".join(lines))
    try:
        whole = read(file)
    except InputError:
        with pytest.raises(InputError):
            read(file, block_bytes)
    else:
        assert read(file, block_bytes) == whole
        numbers = [row[0] for part in whole for row in part]
        assert len(numbers) == len(set(numbers))
        physical = [line for line in b"\n".join(lines).replace(b"\r\n", b"\n").split(b"\n") if line]
        assert len(numbers) <= len(physical)
        assert numbers or not any(line.strip(b' ,"\t\r') for line in physical)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "{}"])
def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path: Path, ending: str, last: str) -> None:
    lines = ["a,b", "1,x", "", '2,"y\nz"', "3", "4,w"]
    content = ending.join(lines) + last.format(ending)
    rows, broken = read(source(tmp_path / "t.csv", content.encode()))
    assert [(row, cells[0]) for row, cells in rows] == [(2, "1"), (4, "2"), (6, "4")]
    assert broken == [(5, "short_row", "3")]


def test_blank_lines_before_the_header_count(tmp_path: Path) -> None:
    rows, _ = read(source(tmp_path / "t.csv", b"\n\na,b\n1,2\n"))
    assert rows == [(4, ["1", "2"])]


@pytest.mark.parametrize("line", ['1,"x', '1,x"y', '1,"x"y', '1,"x""'])
def test_line_with_a_stray_quote_is_set_aside_alone(tmp_path: Path, line: str) -> None:
    content = "\n".join(["a,b", line, "2,y", '3,"z, z"', "4,w", ""])
    rows, broken = read(source(tmp_path / "t.csv", content.encode()))
    assert broken == [(2, "stray_quote", line)]
    assert [cells for _, cells in rows] == [["2", "y"], ["3", "z, z"], ["4", "w"]]


def test_carriage_return_inside_an_unquoted_cell(tmp_path: Path) -> None:
    rows, broken = read(source(tmp_path / "t.csv", b'a,b\n1,x\ry\n2,"x\ry"\n'))
    assert [code for _, code, _ in broken] == ["stray_carriage_return"]
    assert rows == [(3, ["2", "x\ry"])]


def test_quote_that_stays_open_is_not_followed_for_ever(tmp_path: Path) -> None:
    content = b'a,b\n1,"x\n' + b"2,y\n" * 400_000
    with pytest.raises(InputError, match=r"t\.csv row 2: opens a quote that is never closed"):
        read(source(tmp_path / "t.csv", content))


def test_header_with_a_stray_quote(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the header has a stray quote"):
        read(source(tmp_path / "t.csv", b'a,b"c\n1,2\n'))


@pytest.mark.parametrize(("mark", "shown"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_quoted_header_with_another_delimiter_names_the_setting(tmp_path: Path, mark: str, shown: str) -> None:
    header = f'"Id"{mark}"Name"\n"1"{mark}"x"\n'
    with pytest.raises(InputError) as refused:
        read(source(tmp_path / "t.csv", header.encode()))
    assert str(refused.value).endswith(f'delimiter = "{shown}"')


def test_header_in_another_encoding_names_the_byte(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="byte offset 3 is the first"):
        read(source(tmp_path / "t.csv", b"regi\xf3n,b\n1,2\n".replace(b"regi", b"reg")))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "latin-1", "utf-8-sig"])
def test_declared_encoding(tmp_path: Path, encoding: str) -> None:
    rows, broken = read(
        source(tmp_path / "t.csv", "a,b\n1,Peña\n".encode(encoding), encoding=Dialect(encoding=encoding).encoding)
    )
    assert (rows, broken) == ([(2, ["1", "Peña"])], [])


def test_file_cut_within_a_letter(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not written in utf-16"):
        read(source(tmp_path / "t.csv", "a,b\n1,ñ\n".encode("utf-16")[:-1], encoding="utf-16"))


def test_byte_that_the_declared_encoding_lacks(tmp_path: Path) -> None:
    rows, broken = read(source(tmp_path / "t.csv", b"a,b\n1,\x81\n2,\xf1\n", encoding="cp1252"))
    assert [code for _, code, _ in broken] == ["undecodable"]
    assert rows == [(3, ["2", "ñ"])]
