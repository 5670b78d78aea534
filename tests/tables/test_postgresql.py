"""Tables from a real PostgreSQL server."""

from collections.abc import Iterator

import pytest

from postgresql import ADDRESS, PASSWORD, free_port, served
from tables.crm import Crm
from tables.databases import QUERIES, ROWS, assert_read_as_files_are

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server with ROWS, to which ana comes by her password alone."""
    with served(f"{ROWS} CREATE SEQUENCE numbers") as number:
        yield number


@pytest.fixture
def address(port: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    return ADDRESS % port


def test_read_as_files_are(crm: Crm, address: str) -> None:
    assert_read_as_files_are(crm, address)
    assert crm.frames["renewals"]["confirmed"].tolist() == ["true", "false"]


def test_instants_keep_their_zone(crm: Crm, address: str) -> None:
    times = "'2024-07-01 12:00:00.123456+02'::timestamptz AS occurred_at"
    interactions = {"query": f"SELECT 'I1' AS interaction_id, 'A1' AS account_id, 'call' AS kind, {times}"}
    crm.prepare(database=address, accounts=QUERIES["accounts"], interactions=interactions)
    assert str(crm.frames["interactions"]["occurred_at"][0]) == "2024-07-01 10:00:00.123456"


def test_many_rows_come_in_batches(crm: Crm, address: str) -> None:
    """More than one batch, numbered on."""
    sql = (
        "SELECT CASE WHEN n = 45000 THEN '' ELSE 'B' || n END AS account_id, 'a client' AS account_name "
        "FROM generate_series(1, 50000) n ORDER BY n"
    )
    prepared = crm.prepare(database=address, accounts={"query": sql})
    assert prepared.counts["accounts"].accepted == 49_999
    assert crm.reasons("accounts") == {45_000: "missing_required"}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT id AS account_id FROM clients", 'the database refused: relation "clients" does not exist.'),
        ("DELETE FROM firms RETURNING id AS account_id", "the database refused: syntax error"),
        ("SELECT 'geheim'::int AS account_id FROM firms", "the database refused: InvalidTextRepresentation 22P02."),
        ("SELECT setval('s', 1) AS account_id", 'the database refused: relation "s" does not exist'),
    ],
)
def test_what_is_wrong_with_a_query_is_told_without_a_cell(crm: Crm, address: str, sql: str, said: str) -> None:
    refused = crm.refusal(database=address, accounts={"query": sql})
    assert refused.startswith(f"[sources.accounts] query: {said}")
    assert "geheim" not in refused


def test_nothing_is_written_by_a_query(crm: Crm, address: str) -> None:
    sql = "SELECT id AS account_id FROM firms WHERE nextval('numbers') > 0"
    assert "the database refused: ReadOnlySqlTransaction 25006." in crm.refusal(
        database=address, accounts={"query": sql}
    )


def test_a_wrong_password_is_refused_and_not_told(crm: Crm, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "hunter2")
    refused = crm.refusal(database=address, **QUERIES)
    assert "[sources.accounts] query: the database refused: OperationalError." in refused
    assert "hunter2" not in refused
    assert "ana" not in refused


def test_a_server_that_is_away_is_a_fault(crm: Crm, address: str, port: int) -> None:
    away = address.replace(str(port), str(free_port()))
    assert "the database refused: OperationalError." in crm.refusal(database=away, **QUERIES)
