"""A store holds what the publications folder holds: the nights in use, of which no reader sees half."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advocate_score.dates import parse_as_of
from advocate_score.delivery.object_store import upload
from advocate_score.delivery.sync import SyncResult
from advocate_score.errors import InputError
from advocate_score.publication.publisher import publish, roll_back
from advocate_score.sources.object_store import StoreFolder

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: the extra object-stores")

ONE, TWO = "2026-01-01", "2026-01-02"


class Store:
    def __init__(self, url: str, target: Path) -> None:
        self.url, self.target = url, target
        self.files, self._path = fsspec.core.url_to_fs(url)

    def publish(self, day: str, run: str = "one", **files: bytes) -> None:
        content = {f"{name}.csv": text for name, text in files.items()} | {"by_owner/José Pérez.csv": b"x\n"}
        told = {"run_id": f"{day} {run}", "as_of": day}
        publish(self.target, parse_as_of(day), content, told, replace=True, backfill=True)

    def deliver(self, *erased: str) -> SyncResult:
        return upload(self.url, self.target, erased)

    def all(self) -> dict[str, bytes]:
        if not self.files.exists(self._path):
            return {}
        found = self.files.find(self._path)
        return {path.removeprefix(self._path).lstrip("/"): self.files.cat_file(path) for path in found}

    def nights(self) -> list[str]:
        """As a reader finds them: those that have a manifest, all of whose files are as it says."""
        files = self.all()
        manifests = {
            name.partition("/")[0]: json.loads(files[name]) for name in files if name.endswith("manifest.json")
        }
        for night, manifest in manifests.items():
            for name, said in manifest["files"].items():
                assert hashlib.sha256(files[f"{night}/{name}"]).hexdigest() == said["sha256"]
        return sorted(manifests)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = "memory://bucket/nights" if request.param == "memory" else (tmp_path / "a store" / "nights").as_uri()
    yield Store(url.replace("%20", " "), tmp_path / "publications")
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def test_nights_come_go_and_return(store: Store) -> None:
    store.publish(ONE, candidates=b"A1\n")
    store.publish(TWO, candidates=b"A2\n", extra=b"")
    assert store.deliver() == SyncResult((ONE, TWO), (), ())
    here = {str(one.relative_to(store.target)): one for one in store.target.rglob("*") if one.is_file()}
    expected = {name: one.read_bytes() for name, one in here.items() if name[:1].isdigit()}
    assert store.all() == expected | {"current": TWO.encode()}
    assert store.deliver() == SyncResult((), (), ())
    roll_back(store.target)
    assert store.deliver() == SyncResult((), (TWO,), ())
    assert (store.nights(), store.all()["current"]) == ([ONE], ONE.encode())
    shutil.rmtree(store.target / ONE)
    store.deliver()
    assert store.all() == {"current": b""}
    store.publish(ONE, candidates=b"A1\n")
    assert store.deliver() == SyncResult((ONE,), (), ())


def test_what_is_written_anew_leaves_nothing_behind(store: Store) -> None:
    store.publish(ONE, candidates=b"A1\n", nurture=b"A1\n")
    store.deliver()
    store.publish(ONE, run="two", candidates=b"A3\n")
    assert store.deliver().written == (ONE,)
    assert f"{ONE}/nurture.csv" not in store.all()
    assert store.all()[f"{ONE}/candidates.csv"] == b"A3\n"


@pytest.mark.parametrize("least", range(1, 7))
def test_a_reader_never_sees_half_a_night(store: Store, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off before any of its steps, it leaves what a reader may trust, and the next run ends it."""
    store.publish(ONE, candidates=b"A1\n", nurture=b"A1\n")
    store.deliver()
    store.publish(ONE, run="two", candidates=b"A3\n")
    steps = 0

    def counted(step: Any) -> Any:
        def counting(*words: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == least:
                raise KeyboardInterrupt
            return step(*words)

        return counting

    with monkeypatch.context() as patch:
        for name in ("put", "write", "remove"):
            patch.setattr(StoreFolder, name, counted(getattr(StoreFolder, name)))
        try:
            store.deliver()
        except KeyboardInterrupt:
            store.nights()
    store.deliver()
    assert store.nights() == [ONE]
    assert store.all()[f"{ONE}/candidates.csv"] == b"A3\n"
    assert store.all()["current"] == ONE.encode()


def test_files_that_were_changed_are_not_delivered_and_do_not_stay_after_an_erasure(store: Store) -> None:
    store.publish(ONE, candidates=b"A1\n")
    store.deliver()
    store.publish(ONE, run="two", candidates=b"A2\n")
    (store.target / ONE / "candidates.csv").write_bytes(b"A9\n")
    assert store.deliver() == SyncResult((), (), (ONE,))
    assert store.all()[f"{ONE}/candidates.csv"] == b"A1\n"
    assert store.deliver("A1") == SyncResult((), (ONE,), (ONE,))
    assert store.nights() == []


def test_what_is_nobodys_night_stays(store: Store) -> None:
    store.publish(ONE, candidates=b"A1\n")
    store.deliver()
    store.files.pipe_file(f"{store._path}/2026-1-1", b"mine")
    store.files.pipe_file(f"{store._path}/README.md", b"mine")
    store.deliver()
    assert store.all()["README.md"] == store.all()["2026-1-1"] == b"mine"


@pytest.mark.parametrize("day", [ONE, "2025-12-31"])
def test_exports_that_stand_by_date_are_not_taken_out(store: Store, day: str) -> None:
    store.publish(ONE, candidates=b"A1\n")
    export = f"{store._path}/{day}/accounts.csv"
    store.files.makedirs(f"{store._path}/{day}", exist_ok=True)
    store.files.pipe_file(export, b"the only copy")
    with pytest.raises(InputError, match=rf"\[delivery\] store: holds a folder {day} and no file current"):
        store.deliver()
    assert store.all() == {f"{day}/accounts.csv": b"the only copy"}


def test_a_first_delivery_that_broke_off_is_ended_by_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*words: Any) -> None:
        raise KeyboardInterrupt

    store.publish(ONE, candidates=b"A1\n")
    with monkeypatch.context() as patch:
        patch.setattr(StoreFolder, "put", stop)
        with pytest.raises(KeyboardInterrupt):
            store.deliver()
    store.files.makedirs(f"{store._path}/{ONE}", exist_ok=True)
    store.files.pipe_file(f"{store._path}/{ONE}/half.csv", b"half")
    store.deliver()
    assert store.nights() == [ONE]
    assert f"{ONE}/half.csv" not in store.all()


def test_a_store_that_refuses_is_told_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: Any, **more: Any) -> None:
        raise PermissionError("key AKIA-geheim")

    store.publish(ONE, candidates=b"A1\n")
    monkeypatch.setattr(type(store.files), "put_file", refuse)
    with pytest.raises(InputError, match="the store refused: PermissionError") as refused:
        store.deliver()
    assert "geheim" not in str(refused.value)


def test_no_bucket_is_made_by_the_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: Any, **more: Any) -> None:
        raise FileNotFoundError("no such bucket")

    store.publish(ONE, candidates=b"A1\n")
    monkeypatch.setattr(type(store.files), "put_file", refuse)
    monkeypatch.setattr(type(store.files), "exists", lambda *_: False)
    with pytest.raises(InputError, match="there is no such bucket or disk"):
        store.deliver()


def test_a_store_is_named_by_a_url(tmp_path: Path) -> None:
    from advocate_score.config import Delivery

    for place in ("nights", str(tmp_path), "s3://a:geheim@bucket/nights"):
        with pytest.raises(ValueError, match="write") as refused:
            Delivery(store=place)
        assert "geheim" not in refused.value.errors()[0]["msg"]  # type: ignore[attr-defined]
