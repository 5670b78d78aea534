"""The tables of a database hold what the publications folder holds: whole nights, those in use, and nothing else."""

import os
import stat
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.delivery import database
from advocate_score.delivery.sync import SyncResult
from advocate_score.errors import ConfigurationError, InputError
from advocate_score.publication.folder import lock_folder
from advocate_score.publication.list_files import parquet_bytes
from advocate_score.publication.publisher import remove_expired, roll_back
from advocate_score.sources.database import writing
from delivery.nights import FILES, HOSTILE, Nights
from publication.conftest import exit_code, fork

ONE, TWO, THREE = "2026-01-01", "2026-01-02", "2026-01-03"


@pytest.fixture(params=FILES)
def nights(request: pytest.FixtureRequest, tmp_path: Path) -> Nights:
    return Nights(tmp_path, FILES[request.param])


def test_a_night_stands_there_as_it_was_published(nights: Nights) -> None:
    ids = ["-1", "007", "A3", "A4", "A5"]
    nights.publish(ONE, ids)
    assert nights.deliver() == SyncResult((ONE,), (), ())
    assert nights.listed() == {ONE: ids}
    names = nights.rows("SELECT account_name FROM advocate_candidates ORDER BY rank")
    assert [name for (name,) in names] == list(HOSTILE)
    numbers = nights.rows("SELECT SUM(rank), SUM(readiness), COUNT(moment) FROM advocate_candidates")
    assert numbers == [(15, pytest.approx(5 * 0.123456), 0)]
    assert nights.rows("SELECT account_id, level, readiness, eligible FROM advocate_readiness")[0] == ("-1", 3, 0.5, 1)


@pytest.mark.parametrize("kind", FILES)
def test_the_spreadsheet_that_the_files_are_for_changes_nothing(tmp_path: Path, kind: str) -> None:
    told = []
    for csv in ("standard", "spanish-excel"):
        (tmp_path / csv).mkdir()
        nights = Nights(tmp_path / csv, FILES[kind], csv=csv)
        nights.publish(ONE, ["-1", "=A2", "A3", "A4", "A5"])
        nights.deliver()
        told.append([nights.rows(f"SELECT * FROM advocate_{name}") for name in ("candidates", "resting", "readiness")])
    assert told[0] == told[1]


def test_columns_have_types(tmp_path: Path) -> None:
    nights = Nights(tmp_path, FILES["duckdb"])
    nights.publish(ONE, ["A1", "A2"])
    nights.deliver()
    (days, *_) = nights.rows("SELECT night, last_asked_at FROM advocate_candidates")
    assert days == (date(2026, 1, 1), date(2025, 11, 30))
    assert nights.rows("SELECT level, until FROM advocate_resting ORDER BY account_id") == [
        (None, date(2026, 2, 1)),
        (None, None),
    ]
    (row,) = nights.rows("SELECT night, as_of, run_id, model_name, model_version FROM advocate_nights")
    assert row == (date(2026, 1, 1), datetime(2026, 1, 1), f"{ONE} one", "ladder", "7")


def test_sqlite_keeps_days_and_instants_as_its_functions_read_them(tmp_path: Path) -> None:
    nights = Nights(tmp_path, FILES["sqlite"])
    nights.publish(ONE, ["A1"])
    nights.deliver()
    sql = "SELECT date(night, '+1 day'), datetime(last_asked_at, '+1 hour'), typeof(readiness) FROM advocate_candidates"
    assert nights.rows(sql) == [("2026-01-02", "2025-11-30 01:00:00", "real")]


def test_run_twice_it_does_nothing(nights: Nights) -> None:
    nights.publish(ONE, ["A1"])
    nights.publish(TWO, ["A1", "A2"])
    assert nights.deliver().written == (ONE, TWO)
    assert nights.deliver() == SyncResult((), (), ())
    assert nights.listed() == {ONE: ["A1"], TWO: ["A1", "A2"]}


def test_a_night_written_anew_takes_the_place_of_itself(nights: Nights) -> None:
    nights.publish(ONE, ["A1", "A2"])
    nights.deliver()
    nights.publish(ONE, ["A3"], run="two")
    assert nights.deliver().written == (ONE,)
    assert nights.listed() == {ONE: ["A3"]}
    assert nights.rows("SELECT COUNT(*) FROM advocate_nights") == [(1,)]
    assert nights.rows("SELECT COUNT(*) FROM advocate_resting") == [(1,)]


def test_a_night_of_nobody_stands_too(nights: Nights) -> None:
    nights.publish(ONE, [])
    assert nights.deliver().written == (ONE,)
    assert nights.listed() == {}
    assert nights.rows("SELECT COUNT(*) FROM advocate_nights") == [(1,)]


def test_a_withdrawn_night_leaves_and_comes_back(nights: Nights) -> None:
    for day in (ONE, TWO):
        nights.publish(day, ["A1"])
    nights.deliver()
    roll_back(nights.target)
    assert nights.deliver() == SyncResult((), (TWO,), ())
    assert nights.listed() == {ONE: ["A1"]}
    roll_back(nights.target, TWO)
    assert nights.deliver().written == (TWO,)


def test_a_night_leaves_when_its_time_is_over(nights: Nights) -> None:
    for day in (ONE, TWO, THREE):
        nights.publish(day, ["A1"])
    nights.deliver()
    with lock_folder(nights.target) as lock:
        remove_expired(lock, 1)
    assert nights.deliver().removed == (ONE,)
    assert list(nights.listed()) == [TWO, THREE]


def test_files_that_were_changed_are_not_delivered(nights: Nights) -> None:
    nights.publish(ONE, ["A1"])
    nights.deliver()
    nights.publish(ONE, ["A2"], run="two")
    nights.publish(TWO, ["A3"])
    (nights.target / ONE / "candidates.csv").write_text("account_id\nA9\n", encoding="utf-8")
    assert nights.deliver() == SyncResult((TWO,), (), (ONE,))
    assert nights.listed() == {ONE: ["A1"], TWO: ["A3"]}


def test_a_manifest_that_tells_nothing_is_left(nights: Nights) -> None:
    nights.publish(ONE, ["A1"])
    (nights.target / ONE / "manifest.json").write_text('{"files": {}}', encoding="utf-8")
    assert nights.deliver() == SyncResult((), (), (ONE,))


def test_the_erased_stand_in_no_night_whatever_the_files_say(nights: Nights) -> None:
    for day in (ONE, TWO):
        nights.publish(day, ["A1", "-2", "A3"])
    nights.deliver()
    (nights.target / ONE / "candidates.csv").unlink()
    assert nights.deliver("-2", "A7").forgotten == 6
    assert nights.listed() == {ONE: ["A1", "A3"], TWO: ["A1", "A3"]}
    assert nights.deliver("-2").forgotten == 0


def test_a_run_that_is_killed_leaves_the_night_before_whole(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.publish(ONE, ["A1", "A2"])
    nights.deliver()
    nights.publish(ONE, ["A3"], run="two")
    own = database.dialect_of(nights.address)
    for least in (1, 2, 3):
        loaded: list[str] = []

        def load(connection: object, table: str, rows: object, least: int = least, loaded: list[str] = loaded) -> None:
            own.load(connection, table, rows)
            loaded.append(table)
            if len(loaded) == least:
                os._exit(9)

        with monkeypatch.context() as patch:
            scheme = nights.address.partition(":")[0]
            patch.setitem(database._DIALECTS, scheme, database.Dialect(**vars(own) | {"load": load}))  # type: ignore[arg-type]
            assert exit_code(fork(nights.deliver)) == 9
        assert nights.listed() == {ONE: ["A1", "A2"]}
        assert nights.rows("SELECT COUNT(*) FROM advocate_resting") == [(2,)]
    assert nights.deliver().written == (ONE,)
    assert nights.listed() == {ONE: ["A3"]}


def test_a_list_with_a_new_column_finds_room(nights: Nights) -> None:
    nights.publish(ONE, ["A1"])
    nights.deliver()
    nights.publish(TWO, ["A1"], **{'what "else"': "more"})
    nights.deliver()
    rows = nights.rows('SELECT "what ""else""" FROM advocate_candidates ORDER BY night')
    assert rows == [(None,), ("more",)]


def test_lists_that_are_not_published_have_no_table(nights: Nights) -> None:
    nights.publish(ONE, ["A1"])
    nights.deliver()
    with pytest.raises(Exception, match="advocate_nurture"):
        nights.rows("SELECT * FROM advocate_nurture")


def test_a_table_of_somebody_else_is_not_touched(nights: Nights) -> None:
    other = Nights(nights.folder, nights.address, prefix="advocate_candidates_")
    nights.publish(ONE, ["A1"])
    nights.deliver()
    with writing(nights.address, nights.folder, "test") as connection:
        connection.execute("CREATE TABLE advocate_candidates_resting (mine INTEGER)")
    with pytest.raises(
        InputError, match="table advocate_candidates_resting exists and was not created by advocate-score"
    ):
        other.deliver()
    assert nights.rows("SELECT * FROM advocate_candidates_resting") == []


def test_two_prefixes_are_two_firms(nights: Nights, tmp_path: Path) -> None:
    nights.publish(ONE, ["A1"])
    nights.deliver()
    other = Nights(nights.folder, nights.address, prefix="other_")
    nights.move_to(tmp_path / "away")
    other.publish(TWO, ["B1"])
    other.deliver()
    assert nights.listed() == {ONE: ["A1"]}
    assert other.rows("SELECT account_id FROM other_candidates") == [("B1",)]


def test_the_file_is_its_users_alone(nights: Nights) -> None:
    nights.publish(ONE, ["A1"])
    nights.deliver()
    (file,) = nights.folder.glob("nights.*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_database_that_cannot_be_reached_is_a_fault_without_its_address(tmp_path: Path) -> None:
    for address in ("sqlite:///none/geheim.db", "duckdb:///none/geheim.duckdb"):
        with pytest.raises(InputError, match=r"^\[delivery\] database: the database refused: ") as refused:
            Nights(tmp_path, address).deliver()
        assert "geheim" not in str(refused.value)


def test_a_fault_that_is_none_of_the_database_stays_what_it_is(nights: Nights) -> None:
    with pytest.raises(ZeroDivisionError), writing(nights.address, nights.folder, "test"):
        _ = 1 / 0


def test_a_password_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIGHTS_PASSWORD", raising=False)
    with pytest.raises(ConfigurationError, match="the environment has no variable NIGHTS_PASSWORD"):
        Nights(tmp_path, "postgresql://ana:${NIGHTS_PASSWORD}@127.0.0.1/nights").deliver()


@pytest.mark.parametrize("prefix", ["", 'a"; DROP TABLE x', "A_", "x" * 32, "1_"])
def test_a_prefix_is_a_plain_name(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Nights(tmp_path, "sqlite:///nights.db", prefix=prefix)


def test_where_the_nights_are_delivered_decides_nothing_about_them(tmp_path: Path) -> None:
    one, other = (Nights(tmp_path, address).settings.canonical_json() for address in FILES.values())
    assert one == other


def test_an_unvouched_parquet_is_no_list(nights: Nights) -> None:
    """Whoever can write into the folder cannot write into the database by it."""
    nights.publish(ONE, ["A1"])
    (nights.target / ONE / "readiness.parquet").write_bytes(parquet_bytes(pd.DataFrame({"account_id": ["A9"]})))
    assert nights.deliver() == SyncResult((), (), (ONE,))
