"""What is deleted from a database file that we write is gone from its bytes, whatever SQLite was built to do."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advocate_score.sources import database as database_module
from delivery.nights import FILES, Nights

CANARY = "Xanthippe Canaria"


@pytest.fixture(params=["as built", "keeps deleted bytes by default"])
def _sqlite(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def careless(*args: Any, **options: Any) -> sqlite3.Connection:
        opened = connect(*args, **options)
        opened.execute("PRAGMA secure_delete = OFF")
        return opened

    if request.param != "as built":
        monkeypatch.setattr(database_module.sqlite3, "connect", careless)


@pytest.mark.usefixtures("_sqlite")
def test_a_deleted_row_is_gone_from_the_file(tmp_path: Path) -> None:
    rows = [(number, f"{CANARY} {number}") for number in range(500)]
    with database_module.writing("sqlite:///kept.db", tmp_path, "test") as database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        database.executemany("INSERT INTO people VALUES (?, ?)", rows)
    assert held(tmp_path / "kept.db") == len(rows)
    with database_module.writing("sqlite:///kept.db", tmp_path, "test") as database:
        database.execute("DELETE FROM people WHERE id % 2")
        assert held(tmp_path / "kept.db") == len(rows) // 2
        database.execute("DELETE FROM people")
    assert held(tmp_path / "kept.db") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["kept.db"]


@pytest.mark.goal("G14")
@pytest.mark.usefixtures("_sqlite")
def test_a_client_who_leaves_the_lists_is_gone_from_the_delivered_file(
    tmp_path: Path, measured: Callable[[str], None]
) -> None:
    nights = Nights(tmp_path, FILES["sqlite"])
    many = [f"{CANARY} {number}" for number in range(200)]
    nights.publish("2026-01-01", [*many, "A1"])
    nights.deliver()
    before = held(tmp_path / "nights.db")
    nights.publish("2026-01-01", ["A1"], run="two")
    nights.deliver()
    after = held(tmp_path / "nights.db")
    measured(f"SQLite: {before} times in the file before, {after} after")
    assert before >= len(many)
    assert after == 0


def held(file: Path) -> int:
    return file.read_bytes().count(CANARY.encode())
