"""The tables of a real PostgreSQL server: the same nights, and nobody reads half of one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from advocate_score.delivery import database
from advocate_score.delivery.sync import SyncResult
from advocate_score.errors import InputError
from advocate_score.publication.publisher import roll_back
from delivery.nights import HOSTILE, Nights
from postgresql import ADDRESS, PASSWORD, free_port, served

pytestmark = pytest.mark.extra
ONE, TWO = "2026-01-01", "2026-01-02"
DROP = "DROP TABLE IF EXISTS advocate_nights, advocate_candidates, advocate_resting, advocate_readiness"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served("CREATE ROLE reader LOGIN; CREATE SCHEMA marts") as number:
        yield number


@pytest.fixture
def nights(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    import psycopg

    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    with psycopg.connect(host="127.0.0.1", port=port, user="ana", password=PASSWORD, dbname="postgres") as server:
        server.execute(DROP)
    return Nights(tmp_path, ADDRESS % port)


def test_nights_come_go_and_return(nights: Nights) -> None:
    ids = ["-1", "007", "A3", "A4", "A5"]
    nights.publish(ONE, ids)
    nights.publish(TWO, ["A1", "A2"])
    assert nights.deliver() == SyncResult((ONE, TWO), (), ())
    assert nights.deliver() == SyncResult((), (), ())
    assert nights.listed() == {ONE: ids, TWO: ["A1", "A2"]}
    sql = f"SELECT account_name FROM advocate_candidates WHERE night = '{ONE}' ORDER BY rank"
    assert [name for (name,) in nights.rows(sql)] == list(HOSTILE)
    roll_back(nights.target)
    assert nights.deliver() == SyncResult((), (TWO,), ())
    nights.publish(ONE, ["A3", "A4"], run="two", more="a new column")
    assert nights.deliver("A4").written == (ONE,)
    assert nights.rows("SELECT account_id, more FROM advocate_candidates ORDER BY 1") == [
        ("A3", "a new column"),
        ("A4", "a new column"),
    ], "the files have the last word, and an account that is erased stands in none of them"
    assert nights.deliver("A4").forgotten == 3


def test_columns_have_types(nights: Nights) -> None:
    nights.publish(ONE, ["A1", "A2"])
    nights.deliver()
    sql = "SELECT night, rank, readiness, last_asked_at, moment FROM advocate_candidates ORDER BY rank"
    assert nights.rows(sql)[0] == (date(2026, 1, 1), 1, 0.123456, date(2025, 11, 30), None)
    assert nights.rows("SELECT until FROM advocate_resting ORDER BY account_id") == [(date(2026, 2, 1),), (None,)]
    assert nights.rows("SELECT as_of FROM advocate_nights") == [(datetime(2026, 1, 1, tzinfo=UTC),)]


def test_a_reader_sees_the_night_before_until_the_new_one_is_whole(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.publish(ONE, ["A1", "A2"])
    nights.deliver()
    nights.publish(ONE, ["A3"], run="two")
    own = database.dialect_of(nights.address)
    seen = []

    def load(connection: object, table: str, rows: object) -> None:
        own.load(connection, table, rows)
        seen.append((nights.listed(), nights.rows("SELECT run_id FROM advocate_nights")))

    monkeypatch.setitem(database._DIALECTS, "postgresql", database.Dialect(**vars(own) | {"load": load}))  # type: ignore[arg-type]
    nights.deliver()
    assert seen == [({ONE: ["A1", "A2"]}, [(f"{ONE} one",)])] * 4
    assert nights.listed() == {ONE: ["A3"]}


def test_the_address_may_name_a_search_path(nights: Nights) -> None:
    nights.publish(ONE, ["A1"])
    there = Nights(nights.folder, f"{nights.address}?options=-csearch_path%3Dmarts")
    assert there.deliver().written == (ONE,)
    assert nights.rows("SELECT account_id FROM marts.advocate_candidates") == [("A1",)]
    assert nights.rows("SELECT as_of FROM marts.advocate_nights") == [(datetime(2026, 1, 1, tzinfo=UTC),)]


def test_who_may_not_write_is_told_why(nights: Nights, port: int) -> None:
    import psycopg

    nights.publish(ONE, ["A1"])
    with psycopg.connect(host="127.0.0.1", port=port, user="ana", password=PASSWORD, dbname="postgres") as server:
        server.execute(f"ALTER ROLE reader PASSWORD '{PASSWORD}'")
    reader = Nights(nights.folder, nights.address.replace("ana:", "reader:"))
    with pytest.raises(InputError, match="the database refused: permission denied for schema public"):
        reader.deliver()
    nights.deliver()
    with psycopg.connect(host="127.0.0.1", port=port, user="ana", password=PASSWORD, dbname="postgres") as server:
        server.execute("GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA public TO reader")
    nights.publish(TWO, ["A2"])
    assert reader.deliver().written == (TWO,), "who may not make tables may fill them"


def test_a_server_that_is_away_is_a_fault_without_its_address(nights: Nights, port: int) -> None:
    away = Nights(nights.folder, nights.address.replace(str(port), str(free_port())))
    with pytest.raises(InputError, match="the database refused: OperationalError") as refused:
        away.deliver()
    assert "ana" not in str(refused.value)
    assert PASSWORD not in str(refused.value)
