"""A real PostgreSQL server, started for the tests on a free port of this machine."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "p@ss/word: ñ"  # noqa: S105
ADDRESS = "postgresql://ana:${CRM_PASSWORD}@127.0.0.1:%d/postgres"
_ACCOUNT = "nobody"
"""PostgreSQL refuses to run as root."""


@contextmanager
def served(sql: str) -> Iterator[int]:
    """The port of a server on which `sql` was run, and to which ana comes by her password alone."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: make extras")
    folder = Path("/tmp") / f"postgresql-{os.getpid()}-{os.urandom(4).hex()}"  # noqa: S108
    folder.mkdir(mode=0o700)
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if os.geteuid() == 0:
        shutil.chown(folder, _ACCOUNT)
        shutil.chown(secret, _ACCOUNT)
    data, control, number = folder / "data", _programs() / "pg_ctl", free_port()
    try:
        _run(_programs() / "initdb", "-D", data, "-U", "ana", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8")
        options = f"-h 127.0.0.1 -p {number} -k {folder} -c fsync=off"
        _run(control, "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        with psycopg.connect(host="127.0.0.1", port=number, user="ana", password=PASSWORD, dbname="postgres") as server:
            server.execute(sql)
        yield number
    finally:
        if data.exists():
            _run(control, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found else Path(shutil.which("initdb") or pytest.skip("no PostgreSQL: make extras")).parent


def _run(*command: object) -> None:
    given = {"user": _ACCOUNT, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run([str(one) for one in command], check=True, capture_output=True, cwd="/", **given)  # type: ignore[call-overload]
