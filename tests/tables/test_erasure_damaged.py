"""Whatever became of the list of the erased, a run that cannot read it is refused, and none breaks on it."""

from pathlib import Path

import pytest

from advocate_score.errors import InputError
from advocate_score.tables.erasure import FILE, KEY, Tombstones, read_tombstones

STONES = Tombstones(bytes(32))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "null",
        '{"key": "k"}',
        '{"key": 1, "accounts": []}',
        '{"key": "k", "accounts": "abc"}',
        '{"key": "k", "accounts": {"a": 1}}',
        '{"key": "k", "accounts": [["a"]]}',
        '{"key": "k", "accounts": [1]}',
        '{"key": "k", "accounts": [], "forms": [1]}',
        '{"key": "k", "accounts": [], "forms": {}}',
        '{"key": "k", "accounts": [], "texts": ["8"]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_list_refuses_the_run(tmp_path: Path, said: str) -> None:
    (tmp_path / KEY).write_text(bytes(32).hex())
    (tmp_path / FILE).write_text(said)
    with pytest.raises(InputError, match="is damaged"):
        read_tombstones(tmp_path)


def test_the_list_that_this_program_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / KEY).write_text(bytes(32).hex())
    (tmp_path / FILE).write_text(STONES.with_accounts(["A1"]).as_text())
    assert "A1" in read_tombstones(tmp_path)
