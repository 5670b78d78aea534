"""Text that is not UTF-8 is found at its byte, also where a block of the file ends within a letter."""

import gzip
from pathlib import Path

import pytest

from advocate_score.sources import lines
from advocate_score.sources.delimited import _BlockReader
from advocate_score.sources.lines import first_invalid_byte
from sources.test_delimited import read, source


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 1_000])
@pytest.mark.parametrize(
    ("content", "offset"),
    [(b"", None), ("aéb€".encode(), None), (b"a\xc3\xa9b\xe9c", 4), ("aé€".encode() + b"\xff", 6), (b"ab\xc3", 2)],
)
def test_the_first_byte_that_does_not_fit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int, content: bytes, offset: int | None
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
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
