"""Reads CSV: every cell as text, every row with its number, in blocks that bound the memory."""

import csv
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from advocate_score.errors import Fault, InputError
from advocate_score.sources.discover import Source
from advocate_score.sources.lines import BLOCK_BYTES, first_invalid_byte, line_blocks
from advocate_score.sources.raw import BrokenRow, RawChunk, RawTable
from advocate_score.sources.records import RecordCutter, Records

_HEADER_BYTES = 2**16
_MARKS_OF_FORMATS = {
    b"PK\x03\x04": ("an XLSX workbook", ".xlsx"),
    b"PAR1": ("a Parquet file", ".parquet"),
    b"\x1f\x8b": ("a gzip file", ".csv.gz"),
    b"\xd0\xcf\x11\xe0": ("an .xls workbook", ".xlsx once saved as such"),
}


def read_delimited(source: Source, block_bytes: int = BLOCK_BYTES) -> RawTable:
    """A CSV file; InputError where it is empty, in another encoding, or ends inside a quoted cell."""
    header = _header(source)
    return RawTable(header, lambda: _chunks(source, header, block_bytes))


def _header(source: Source) -> tuple[str, ...]:
    _refuse_other_formats(source)
    block = next(line_blocks(source.path, source.dialect.encoding, _HEADER_BYTES), b"")
    if b"\n" not in block and b"\r" in block:
        raise InputError([Fault(source.place, "its lines end with CR alone.", "export it with LF or CR LF")])
    records = RecordCutter(source.place, source.dialect.delimiter).cut(block)
    if not block.strip():
        raise InputError([Fault(source.place, "is empty: it has not even a header.", "export it again, or remove it")])
    first = records.texts[0] if records.texts else b'"'
    if (records.broken and records.broken[0].row < (records.rows or [2])[0]) or not first.strip(b'"'):
        raise InputError([_stray_quote(source, block)])
    if b"\0" in first:
        problem = f"the header has a NUL byte at byte offset {block.index(0)}."
        raise InputError([Fault(source.place, problem, "declare the file's [sources] encoding")])
    try:
        return tuple(next(csv.reader([first.decode()], delimiter=source.dialect.delimiter)))
    except UnicodeDecodeError as error:
        raise _other_encoding(source) from error
    except csv.Error as error:
        raise InputError([Fault(f"{source.place} row 1", "the header cannot be cut into names.", "mend it")]) from error


def _stray_quote(source: Source, block: bytes) -> Fault:
    """Quoted names between other delimiters look like stray quotes."""
    line = block.splitlines()[0].decode(errors="replace")
    other = next((mark for mark in (";", "\t", "|", ",") if f'"{mark}"' in line), None)
    shown = "\\t" if other == "\t" else other
    fix = f'mend the header, or {source.setting} delimiter = "{shown}"' if other else "mend the header"
    return Fault(f"{source.place} row 1", "the header has a stray quote.", fix)


def _refuse_other_formats(source: Source) -> None:
    with source.path.open("rb") as file:
        first = file.read(4)
    is_unpacked = not source.path.name.casefold().endswith(".gz")
    for mark, (what, ending) in _MARKS_OF_FORMATS.items():
        if first.startswith(mark) and is_unpacked:
            fix = f"name it {source.table}{ending}, or export it as CSV"
            raise InputError([Fault(source.place, f"is no CSV: its first bytes are those of {what}.", fix)])


def _other_encoding(source: Source) -> InputError:
    offset = first_invalid_byte(source.path) if source.dialect.encoding == "utf-8" else None
    where = "" if offset is None else f": byte offset {offset} is the first that does not fit"
    problem = f"is not written in {source.dialect.encoding}{where}."
    fix = 'declare the file\'s encoding in [sources] encoding: "cp1252" is usual where Windows wrote it'
    return InputError([Fault(source.place, problem, fix)])


def _chunks(source: Source, header: tuple[str, ...], block_bytes: int) -> Iterator[RawChunk]:
    reader = _BlockReader(source, header)
    for block in line_blocks(source.path, source.dialect.encoding, block_bytes):
        yield reader.read(block)
    reader.finish()


class _BlockReader:
    """Turns blocks of lines into chunks, and notices over the whole file what encoding it cannot be in."""

    def __init__(self, source: Source, header: tuple[str, ...]) -> None:
        self._source = source
        self._header = header
        self._cutter = RecordCutter(source.place, source.dialect.delimiter)
        self._header_is_read = False
        self._undecodable = 0
        self._decodable_beyond_ascii = 0

    def read(self, block: bytes) -> RawChunk:
        if not self._header_is_read:
            block = self._after_header(block)
        if not block:
            return RawChunk(np.empty(0, np.int64), self._parse(b"", quoted=False)[0])
        if _is_plain(block) and not self._cutter.is_inside_record:
            self._decodable_beyond_ascii += not block.isascii()
            lines = block.count(b"\n") + (not block.endswith(b"\n"))
            first = self._cutter.count_plain(lines)
            return self._chunk(block, np.arange(first, first + lines), [], quoted=False)
        records = self._decodable(self._cutter.cut(block))
        return self._chunk(b"\n".join(records.texts), np.array(records.rows, np.int64), records.broken, quoted=True)

    def finish(self) -> None:
        """One damaged row is that row's fault; where all text beyond ASCII is damaged, the encoding is another."""
        self._cutter.finish()
        if self._undecodable > 1 and not self._decodable_beyond_ascii:
            raise _other_encoding(self._source)

    def _after_header(self, block: bytes) -> bytes:
        self._header_is_read = True
        found, start = False, 0
        while not found and start < len(block):
            end = block.find(b"\n", start) % (len(block) + 1)
            found = bool(self._cutter.cut(block[start:end]).texts)
            start = end + 1
        return block[start:]

    def _decodable(self, records: Records) -> Records:
        """Sets aside the records that are not in the declared encoding."""
        if (decoded := _decoded(b"\n".join(records.texts))) is not None:
            self._decodable_beyond_ascii += not decoded.isascii()
            return records
        kept = Records(broken=records.broken)
        for text, row in zip(records.texts, records.rows, strict=True):
            try:
                text.decode()
            except UnicodeDecodeError:
                self._undecodable += 1
                kept.broken.append(BrokenRow(row, "undecodable", text.decode("utf-8", "backslashreplace")))
            else:
                self._decodable_beyond_ascii += not text.isascii()
                kept.texts.append(text)
                kept.rows.append(row)
        return kept

    def _chunk(self, text: bytes, rows: npt.NDArray[np.int64], broken: list[BrokenRow], *, quoted: bool) -> RawChunk:
        cells, ragged = self._parse(text, quoted=quoted)
        if ragged:
            positions = np.array([row.number - 1 for row in ragged])
            broken = broken + [self._ragged(int(rows[row.number - 1]), row) for row in ragged]
            rows = np.delete(rows, positions)
        if len(rows) != cells.num_rows:
            raise AssertionError(f"{self._source.place}: {len(rows)} rows were cut and {cells.num_rows} parsed")
        return RawChunk(rows, cells, tuple(sorted(broken, key=lambda row: row.row)))

    def _parse(self, text: bytes, *, quoted: bool) -> tuple[pa.Table, list["pyarrow.csv.InvalidRow"]]:
        """Cells of whole records. The quotes are known to be right by now, so the parser has nothing to guess."""
        names = [str(position) for position in range(len(self._header))]
        ragged: list[pyarrow.csv.InvalidRow] = []

        def set_aside(row: "pyarrow.csv.InvalidRow") -> str:
            ragged.append(row)
            return "skip"

        if not text:
            return pa.table({name: pa.array([], pa.string()) for name in names}).rename_columns(self._header), []
        table = pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._source.dialect.delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=set_aside,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
        return table.rename_columns(self._header), ragged

    def _ragged(self, row: int, ragged: "pyarrow.csv.InvalidRow") -> BrokenRow:
        code = "short_row" if ragged.actual_columns < ragged.expected_columns else "long_row"
        return BrokenRow(row, code, ragged.text)


def _is_plain(block: bytes) -> bool:
    """Whether every line is one record as it stands: no quotes, blank lines, stray line ends or damaged letters."""
    if b'"' in block or b"\r" in block or b"\n\n" in block or block.startswith(b"\n"):
        return False
    return _decoded(block) is not None


def _decoded(text: bytes) -> str | None:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None
