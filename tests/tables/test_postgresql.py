"""Tables from a real PostgreSQL server, started for the tests on a free port of this machine."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tables.crm import Crm
from tables.databases import QUERIES, ROWS, assert_read_as_files_are

pytestmark = pytest.mark.extra
PASSWORD = "p@ss/word: ñ"  # noqa: S105
ADDRESS = "postgresql://ana:${CRM_PASSWORD}@127.0.0.1:%d/postgres"
_ACCOUNT = "nobody"
"""PostgreSQL refuses to run as root."""


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found else Path(shutil.which("initdb") or pytest.skip("no PostgreSQL: make extras")).parent


def run(*command: object) -> None:
    given = {"user": _ACCOUNT, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run([str(one) for one in command], check=True, capture_output=True, cwd="/", **given)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server with ROWS, to which ana comes by her password alone and may only read."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: make extras")
    folder = Path("/tmp") / f"postgresql-{tmp_path_factory.mktemp('server').parent.name}-{os.getpid()}"  # noqa: S108
    folder.mkdir(mode=0o700)
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if os.geteuid() == 0:
        shutil.chown(folder, _ACCOUNT)
        shutil.chown(secret, _ACCOUNT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    data, control = folder / "data", programs() / "pg_ctl"
    try:
        run(programs() / "initdb", "-D", data, "-U", "ana", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8")
        options = f"-h 127.0.0.1 -p {number} -k {folder} -c fsync=off"
        run(control, "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        with psycopg.connect(host="127.0.0.1", port=number, user="ana", password=PASSWORD, dbname="postgres") as server:
            server.execute(f"{ROWS} CREATE SEQUENCE numbers")
        yield number
    finally:
        if data.exists():
            run(control, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


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
        "SELECT CASE WHEN n = 45000 THEN '' ELSE 'B' || n END AS account_id FROM generate_series(1, 50000) n ORDER BY n"
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = address.replace(str(port), str(free.getsockname()[1]))
        assert "the database refused: OperationalError." in crm.refusal(database=away, **QUERIES)
