"""Tables from SQLite and DuckDB by SQL: the same rules as for files, and nothing said of the address or of cells."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from advocate_score.config import Settings, Sources
from advocate_score.config.settings import Dialect
from advocate_score.errors import ConfigurationError, InputError, MissingExtraError
from advocate_score.sources import database
from advocate_score.sources.discover import Source
from tables.crm import Crm
from tables.databases import QUERIES, ROWS, assert_read_as_files_are


def source(crm: Crm, database: str, sql: str) -> Source:
    return Source("accounts", crm.folder, "sql", Dialect(), {}, {}, query=sql, database=database)


@pytest.fixture
def sqlite(crm: Crm) -> Crm:
    with closing(sqlite3.connect(crm.folder / "crm.db")) as connection:
        connection.executescript(ROWS)
    return crm


def test_sqlite(sqlite: Crm) -> None:
    """Which has no booleans and no instants: what it gives is text and numbers."""
    assert_read_as_files_are(sqlite, "sqlite:///crm.db")
    assert sqlite.frames["renewals"]["confirmed"].tolist() == ["1", "0"]


def test_duckdb(crm: Crm) -> None:
    with duckdb.connect(crm.folder / "crm.duckdb") as connection:
        connection.execute(ROWS)
    assert_read_as_files_are(crm, "duckdb:///crm.duckdb")
    assert crm.frames["renewals"]["confirmed"].tolist() == ["true", "false"]


def test_a_decimal_comma_of_files_is_none_of_the_database(sqlite: Crm) -> None:
    sqlite.prepare(database="sqlite:///crm.db", written_as="spanish-excel", **QUERIES)
    assert sqlite.frames["renewals"]["amount"].max() == 1234567.125


def test_values_that_text_has_no_word_for(crm: Crm) -> None:
    with duckdb.connect(crm.folder / "crm.duckdb") as connection:
        connection.execute(
            "CREATE TABLE odd AS SELECT 'NaN'::DOUBLE, '\\xC3'::BLOB, ['a', 'é'], INTERVAL 1 DAY, 1.50::DECIMAL"
        )
    asked = source(crm, "duckdb:///crm.duckdb", "SELECT * FROM odd")
    (chunk,) = database.read_query(asked).chunks()
    assert [*chunk.cells.to_pylist()[0].values()] == [None, "c3", '["a", "é"]', "1 day, 0:00:00", "1.500"]


def test_columns_that_change_between_the_header_and_the_rows_are_refused(sqlite: Crm) -> None:
    table = database.read_query(source(sqlite, "sqlite:///crm.db", "SELECT * FROM firms"))
    with closing(sqlite3.connect(sqlite.folder / "crm.db")) as connection:
        connection.execute("ALTER TABLE firms RENAME COLUMN since TO until")
    with pytest.raises(InputError, match="query: its columns changed while it was read"):
        list(table.chunks())


@pytest.mark.parametrize("at_once", [1, 2, 7])
def test_batches_change_nothing(sqlite: Crm, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sqlite.prepare(database="sqlite:///crm.db", **QUERIES)
    monkeypatch.setattr(database, "_MOST_ROWS_AT_ONCE", at_once)
    parts = sqlite.prepare(database="sqlite:///crm.db", **QUERIES)
    assert (parts.digests, parts.counts) == (whole.digests, whole.counts)


def test_the_digest_is_of_the_rows(sqlite: Crm) -> None:
    before = sqlite.prepare(database="sqlite:///crm.db", **QUERIES).digests
    with closing(sqlite3.connect(sqlite.folder / "crm.db")) as connection:
        connection.execute("UPDATE deals SET amount = 2 WHERE id = 'R3'")
        connection.commit()
    after = sqlite.prepare(database="sqlite:///crm.db", **QUERIES).digests
    assert before["accounts"] == after["accounts"]
    assert before["renewals"] != after["renewals"]


def test_a_part_may_be_a_query_and_another_a_file(sqlite: Crm) -> None:
    sqlite.write("more", "id,firm,day", "R7,007,2024-04-01")
    deals = {"query": "SELECT id, firm, day FROM deals", "database": "sqlite:///crm.db"}
    renewals = dict(QUERIES["renewals"]) | {"parts": [deals, {"path": "tables/more.csv"}]}  # type: ignore[call-overload]
    del renewals["query"]
    accounts = dict(QUERIES["accounts"]) | {"database": "sqlite:///crm.db"}  # type: ignore[call-overload]
    sqlite.prepare(accounts=accounts, renewals=renewals)
    assert sqlite.frames["renewals"]["renewal_id"].tolist() == ["R1", "R2", "R7"]
    (row,) = sqlite.quarantined("renewals")
    assert (row["file"], row["row"]) == ("[[sources.renewals.parts]] no. 1 query", "3")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT account_id FROM clients", "the database refused: no such table: clients."),
        ("SELEKT 1", 'the database refused: near "1": syntax error.'),
        ("DELETE FROM firms", 'the database refused: near "DELETE": syntax error.'),
        ("SELECT json('geheim') AS account_id FROM firms", "the database refused: OperationalError."),
        ("SELECT name AS account_name FROM firms", "the required column 'account_id' is missing."),
    ],
)
def test_what_is_wrong_with_a_query_is_told_without_a_cell(sqlite: Crm, sql: str, said: str) -> None:
    refused = sqlite.refusal(database="sqlite:///crm.db", accounts={"query": sql})
    assert refused.startswith(f"[sources.accounts] query: {said}")
    assert "geheim" not in refused
    assert "nearest is 'account_name'" not in refused, "a name is no id"


def test_duckdb_does_not_tell_the_cell_that_it_could_not_cast(crm: Crm) -> None:
    with duckdb.connect(crm.folder / "crm.duckdb") as connection:
        connection.execute("CREATE TABLE firms AS SELECT 'geheim' AS id")
    refused = crm.refusal(
        database="duckdb:///crm.duckdb", accounts={"query": "SELECT id::INT AS account_id FROM firms"}
    )
    assert refused.startswith("[sources.accounts] query: the database refused: ConversionException.")


def test_a_database_that_is_not_there_is_not_made(crm: Crm) -> None:
    for address in ("sqlite:///none.db", "duckdb:///none.db"):
        assert "there is no database file none.db." in crm.refusal(database=address, **QUERIES)
    assert not (crm.folder / "none.db").exists()
    assert "query: there is no database to ask." in crm.refusal(**QUERIES)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ana:hunter2@db/crm",
        "postgresql://ana@db/crm?password=hunter2",
        "postgresql://ana:x${PW}hunter2@db/crm",
        "mysql://ana:hunter2@db/crm",
    ],
)
def test_a_password_stands_in_no_configuration(address: str) -> None:
    with pytest.raises(ValueError, match=r"write (the password as \$\{NAME\}|sqlite)") as refused:
        Sources(database=address)
    assert "hunter2" not in refused.value.errors()[0]["msg"]  # type: ignore[attr-defined]


def test_a_variable_that_is_not_set_is_named(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_PASSWORD", raising=False)
    with pytest.raises(ConfigurationError, match="the environment has no variable CRM_PASSWORD"):
        crm.prepare(database="postgresql://ana:${CRM_PASSWORD}@127.0.0.1/crm", **QUERIES)


def test_a_missing_driver_names_the_extra(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'advocate-score\[postgres\]'"):
        crm.prepare(database="postgresql://ana@127.0.0.1/crm", **QUERIES)


def test_the_address_is_no_part_of_what_decides_the_result(tmp_path: Path) -> None:
    one, other = (
        Settings(folder=tmp_path, sources={"database": f"sqlite:///{name}.db", **QUERIES}) for name in ("a", "b")
    )
    assert one.canonical_json() == other.canonical_json()
    assert "FROM deals" in one.canonical_json()
