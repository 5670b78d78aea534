"""Recorded asks are in a database: whole transactions, a history, two people at once, nothing lost, erased for good."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from advocate_score.config import Programme, Settings
from advocate_score.errors import InputError, LockedError
from advocate_score.recorded import database
from advocate_score.recorded.backup import restore_backup, write_backup
from advocate_score.recorded.store import (
    changing,
    digest_of_rows,
    erase_accounts,
    holds_account,
    read_history,
    read_recorded,
)
from advocate_score.schema import ASKS
from postgresql import ADDRESS, PASSWORD, served

NOW, LATER = datetime(2025, 6, 1, 12), datetime(2025, 6, 2)
Ask = dict[str, Any]


def ask(ask_id: str, account_id: str = "A1", **facts: Any) -> Ask:
    own = {"ask_id": ask_id, "account_id": account_id, "level": 1, "asked_at": datetime(2025, 1, 1), "propensity": 0.1}
    return dict.fromkeys(ASKS.column_names) | own | facts


def keep(settings: Settings, *asks: Ask) -> None:
    with changing(settings, NOW) as store:
        store.keep(asks, "recorded")


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with served("SELECT 1") as port:
        yield port


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.extra)])
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    if request.param == "sqlite":
        return Settings(folder=tmp_path)
    port = request.getfixturevalue("server")
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    import psycopg

    with psycopg.connect(
        host="127.0.0.1", port=port, user="ana", password=PASSWORD, dbname="postgres", autocommit=True
    ) as connection:
        for table in ("recorded_asks", "recorded_changes", "recorded_schema"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
    return Settings(folder=tmp_path, programme=Programme(database=ADDRESS % port))


def test_what_is_kept_comes_back_and_says_who_and_when(settings: Settings) -> None:
    assert (read_recorded(settings), read_history(settings)) == (None, [])
    first = ask("s1", exploration=True, quality=4.5, responded_at=datetime(2025, 1, 2, 3, 4, 5, 6), channel="ñ'?%s")
    keep(settings, ask("s2", "A2"), first)
    assert read_recorded(settings) == [first, ask("s2", "A2")]
    with changing(settings, LATER) as store:
        store.keep([first | {"response": "declined"}], "changed")
        store.take_back(["s2"], "undone")
    last = read_history(settings)[2:]
    assert [(change.what, change.ask_id, change.changed_at) for change in last] == [
        ("changed", "s1", "2025-06-02T00:00:00.000000"),
        ("undone", "s2", "2025-06-02T00:00:00.000000"),
    ]
    assert "declined" in last[0].after and "declined" not in last[0].before  # noqa: PT018
    assert all(change.changed_by for change in last)
    assert [row["ask_id"] for row in read_recorded(settings) or []] == ["s1"]


def test_a_transaction_that_fails_changes_nothing(settings: Settings) -> None:
    keep(settings, ask("s1"))
    before = digest_of_rows(read_recorded(settings) or [])
    with pytest.raises(KeyError), changing(settings, NOW) as store:
        store.take_back(["s1", "nobody's"], "undone")
    assert digest_of_rows(read_recorded(settings) or []) == before
    assert len(read_history(settings)) == 1


_ADDING = """
import sys
from datetime import datetime
from pathlib import Path
sys.path[:0] = sys.argv[3].split(":")
from advocate_score.config import Programme, Settings
from advocate_score.recorded.store import changing
from advocate_score.schema import ASKS
folder, name, _, address = sys.argv[1:]
settings = Settings(folder=Path(folder), programme=Programme(database=address or None))
for number in range(20):
    with changing(settings, datetime(2025, 1, 1)) as store:
        count = len(store.rows())
        own = {"ask_id": f"{name}{number}", "account_id": "A", "level": 1, "quality": float(count)}
        store.keep([dict.fromkeys(ASKS.column_names) | own], "recorded")
"""


def test_two_people_at_once_lose_nothing(settings: Settings) -> None:
    words = (os.pathsep.join(sys.path), settings.programme.database or "")
    both = [
        subprocess.Popen([sys.executable, "-c", _ADDING, str(settings.folder), name, *words]) for name in ("a", "b")
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    rows = read_recorded(settings) or []
    assert len(rows) == len(read_history(settings)) == 40
    assert sorted(row["quality"] for row in rows) == [float(count) for count in range(40)]  # each saw all before it


def test_a_writer_that_takes_too_long_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(folder=tmp_path)
    monkeypatch.setattr(database, "_PATIENCE", 0.1)
    with changing(settings, NOW), pytest.raises(LockedError):
        keep(settings, ask("s1"))


def erased(*accounts: str) -> Callable[[str], bool]:
    return accounts.__contains__


def test_an_erased_account_leaves_no_trace(settings: Settings) -> None:
    keep(settings, ask("s1", "Secreta"), ask("s2", "A2"), ask("s3", "Secreta", channel="Palabra"))
    with changing(settings, NOW) as store:
        store.take_back(["s3"], "undone")
    assert holds_account(settings, erased("Secreta"))
    assert erase_accounts(settings, erased("Secreta"), NOW) == 2
    assert [row["ask_id"] for row in read_recorded(settings) or []] == ["s2"]
    assert [change.ask_id for change in read_history(settings)] == ["s2"]
    assert erase_accounts(settings, erased("Secreta"), NOW) == 0
    held = b"".join(file.read_bytes() for file in settings.folder.rglob("*") if file.is_file())
    assert b"Secreta" not in held
    assert b"Palabra" not in held


@pytest.mark.parametrize(("mode", "bits"), [("private", 0o600), ("group", 0o640)])
def test_the_file_is_for_whom_it_is_meant(tmp_path: Path, mode: str, bits: int) -> None:
    settings = Settings.model_validate({"folder": tmp_path, "outputs": {"mode": mode}})
    keep(settings, ask("s1"))
    assert (tmp_path / "recorded" / "asks.db").stat().st_mode & 0o777 == bits
    assert (tmp_path / "recorded").stat().st_mode & 0o777 == 0o700
    write_backup(settings, tmp_path / "copy.db", NOW)
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == bits


def old_file(settings: Settings, *asks: Ask) -> Path:
    file = settings.folder / "recorded" / "asks.parquet"
    file.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(asks)), file)
    return file


def test_the_file_of_an_earlier_release_is_taken_over_and_kept(settings: Settings) -> None:
    asks = [ask("s1", "Secreta"), ask("s2", exploration=False)]
    file = old_file(settings, *asks)
    assert read_recorded(settings) == asks
    assert [change.what for change in read_history(settings)] == ["migrated"] * 2
    copy = file.with_name("asks.migrated.parquet")
    assert (file.exists(), pq.read_table(copy).num_rows) == (False, 2)
    old_file(settings, *asks)  # as if the run had been killed before it set the file aside
    assert read_recorded(settings) == asks
    assert len(read_history(settings)) == 2
    erase_accounts(settings, erased("Secreta"), NOW)
    assert pq.read_table(copy)["account_id"].to_pylist() == ["A1"]


def test_a_damaged_file_of_an_earlier_release_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    file = old_file(settings, ask("s1"))
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(InputError, match="is damaged"):
        read_recorded(settings)
    assert file.exists()


def test_a_backup_brings_everything_back(settings: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with pytest.raises(InputError, match="nothing has been recorded"):
        write_backup(settings, copy, NOW)
    keep(settings, ask("s1"), ask("s2", "Secreta"))
    assert write_backup(settings, copy, NOW) == 2
    with pytest.raises(InputError, match="exists already"):
        write_backup(settings, copy, NOW)
    with changing(settings, LATER) as store:
        store.take_back(["s2"], "undone")
        store.keep([ask("s3"), ask("s1", response="accepted")], "recorded")
    with pytest.raises(InputError, match="2 asks were recorded or changed since"):
        restore_backup(settings, copy, erased(), LATER, replace=False)
    done = restore_backup(settings, copy, erased("Secreta"), LATER, replace=True)
    assert (done.written, done.taken_away, done.left_out) == (1, 1, 1)
    assert read_recorded(settings) == [ask("s1")]
    assert [change.what for change in read_history(settings)][-2:] == ["restored"] * 2
    other = Settings(folder=tmp_path / "other")
    assert restore_backup(other, copy, erased(), LATER, replace=False).written == 2
    assert read_recorded(other) == [ask("s1"), ask("s2", "Secreta")]
    assert [change.what for change in read_history(other)] == ["recorded", "recorded", "restored", "restored"]


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database" * 999, encoding="utf-8")
    for name, words in (("text.db", "is damaged"), ("none.db", "there is no such backup")):
        with pytest.raises(InputError, match=words):
            restore_backup(Settings(folder=tmp_path), tmp_path / name, erased(), NOW, replace=False)
    assert read_recorded(Settings(folder=tmp_path)) is None


def test_an_address_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("WORD", "geheim")
    programme = Programme(database="postgresql://ana:${WORD}@127.0.0.1:1/nowhere")
    with pytest.raises(InputError, match="the database refused") as refused:
        read_recorded(Settings(folder=tmp_path, programme=programme))
    assert "geheim" not in str(refused.value)
    assert "nowhere" not in str(refused.value)
