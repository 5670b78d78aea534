"""Every way in which a real server, or the road to it, fails: decided within 30 s, and well again without cleaning."""

import socket
import socketserver
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from advocate_score.config import Settings, Tracking
from advocate_score.errors import ModelRefusedError, RegistryUnreachableError
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.promotion import candidate, promote
from advocate_score.tracking.training_run import log_training
from tracking.small_project import NOW

pytestmark = pytest.mark.extra

LIMIT_SECONDS = 30
ANSWERS = {
    "error 500": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno",
    "garbage": b"\x00\xff not HTTP at all\r\n\r\n",
    "a page instead of JSON": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "a circle of redirects": b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
    "closes at once": b"",
}


class _Answering(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


@contextmanager
def answering(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with_errors_ignored(lambda: handle(self.request))

    with _Answering(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()


def with_errors_ignored(call: Callable[[], None]) -> None:
    try:
        call()
    except OSError:
        return


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return handle


def dripping(address: str) -> Callable[[socket.socket], None]:
    """Passes on what the real server says, a byte every half second: no time-out of a socket ever ends it."""
    host, port = address.removeprefix("http://").split(":")

    def handle(connection: socket.socket) -> None:
        with socket.create_connection((host, int(port))) as real:
            real.sendall(connection.recv(65536))
            while byte := real.recv(1):
                time.sleep(0.5)
                connection.sendall(byte)

    return handle


@pytest.fixture
def served(server, tmp_path, unevaluated) -> Settings:
    settings = Settings(folder=tmp_path, tracking=Tracking(uri=server.address))
    log_training(settings, unevaluated)
    promote(settings, candidate(settings), now=NOW)
    return settings


def at(settings: Settings, uri: str) -> Settings:
    return settings.model_copy(update={"tracking": Tracking(uri=uri)})


def decided(settings: Settings) -> float:
    """Seconds until the copy stood in, was too old, or was found to be changed."""
    begun = time.monotonic()
    found = load_champion(settings, NOW + timedelta(days=6))
    taken = time.monotonic() - begun
    assert "Used the copy of the champion" in found.warnings[0]
    assert taken < LIMIT_SECONDS
    return taken


@pytest.mark.goal("G9")
def test_whatever_the_server_does_it_is_decided_in_time(served, server, measured):
    longest = {}
    for name, answer in ANSWERS.items():
        with answering(saying(answer)) as uri:
            longest[name] = decided(at(served, uri))
    with answering(dripping(server.address)) as uri:
        longest["a byte every half second"] = decided(at(served, uri))
    longest["a name that does not resolve"] = decided(at(served, "http://registry.invalid:5000"))
    longest["a closed port"] = decided(at(served, "http://127.0.0.1:9"))
    server.freeze()
    try:
        longest["frozen"] = decided(served)
        with pytest.raises(RegistryUnreachableError, match="too old"):
            load_champion(at(served, "http://127.0.0.1:9"), NOW + timedelta(days=8))
    finally:
        server.thaw()
    assert load_champion(served, NOW).warnings == ()
    told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in longest.items())
    measured(f"{len(longest)} ways of failing, each decided within {max(longest.values()):.0f} s: {told}")


@pytest.mark.goal("G9")
def test_whatever_happens_to_a_database_it_is_decided_in_time(settings, promoted, measured):
    file = settings.folder / "mlflow.db"
    whole = file.read_bytes()
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        taken = decided(settings)
        other.rollback()
    assert load_champion(settings, NOW).warnings == ()
    file.write_bytes(whole[: len(whole) // 3])
    torn = decided(settings)
    file.unlink()
    with pytest.raises(ModelRefusedError, match="the registry has no champion"):
        load_champion(settings, NOW)
    measured(f"SQLite locked {taken:.0f} s, torn {torn:.0f} s: the copy stood in; unlocked: used; deleted: exit 4")
