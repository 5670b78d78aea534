"""Text that is not UTF-8 is found at its byte, also where a block of the file ends within a letter."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from advocate_score.errors import InputError
from advocate_score.sources import csv_reader
from advocate_score.sources.csv_reader import RecordCutter, _BlockReader, first_invalid_byte
from sources.test_csv_reader import read, source


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 1_000])
@pytest.mark.parametrize(
    ("content", "offset"),
    [(b"", None), ("aéb€".encode(), None), (b"a\xc3\xa9b\xe9c", 4), ("aé€".encode() + b"\xff", 6), (b"ab\xc3", 2)],
)
def test_the_first_byte_that_does_not_fit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int, content: bytes, offset: int | None
) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", block_bytes)
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content))
    assert first_invalid_byte(tmp_path / "a.csv") == first_invalid_byte(tmp_path / "a.csv.gz") == offset


def test_a_parser_that_loses_rows_is_never_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is known to make it do so: the parser is made to."""
    parse = _BlockReader._parse
    monkeypatch.setattr(
        _BlockReader, "_parse", lambda self, text, *, quoted: (parse(self, text, quoted=quoted)[0].slice(1), [])
    )
    with pytest.raises(AssertionError, match="2 rows were cut and 1 parsed"):
        read(source(tmp_path / "accounts.csv", b"account_id\nA1\nA2\n"))


PIECES = (b"a", b'"', b'"', b",", b"\n", b"\r", b'""', b'"b",', b'"x\ny"\n', b"bc,\n", b'"one line"\n')
LINES = st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join)


@given(st.lists(LINES.map(lambda text: text + b"\n"), max_size=2), LINES, st.sampled_from([6, 15, 2**20]))
@settings(max_examples=300, deadline=None)
def test_records_are_cut_alike_line_by_line_and_many_at_once(blocks: list[bytes], last: bytes, longest: int) -> None:
    def cut(part_bytes: int, is_whole: bool) -> list[object]:
        patch.setattr(csv_reader, "_PART_BYTES", part_bytes)
        if not is_whole:
            patch.setattr(RecordCutter, "_take_complete", lambda *_: False)
        cutter, seen = RecordCutter("t.csv", ","), list[object]()
        try:
            for block in [*blocks, last]:
                found = cutter.cut(block)
                seen.append((found.texts, found.rows, found.broken, cutter.is_inside_record))
            cutter.finish()
        except InputError as refused:
            seen.append(str(refused))
        return seen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "_LONGEST_OPEN_RECORD", longest)
        at_once, in_parts = cut(2**16, is_whole=True), cut(1, is_whole=True)
        assert at_once == in_parts == cut(2**16, is_whole=False)
