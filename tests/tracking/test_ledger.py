"""Small files beside the configuration: whole or as before; of a version the newest promotion counts."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.files import replace_file
from advocate_score.flows.erase import ensure_tombstones, write_tombstones
from advocate_score.tracking.ledger import (
    Promotion,
    Registered,
    Trained,
    add_promotion,
    add_trained,
    last_promotion,
    record_membership,
    was_trained_here,
)
from advocate_score.tracking.registry import refuse_links

NOW = datetime(2025, 6, 1)


def promoted(folder: Path, version: str, recipe: str, model_name: str = "ours") -> None:
    facts = {"model_name": model_name, "version": version, "run_id": "r", "recipe": recipe, "schema_hash": "s"}
    add_promotion(folder, Promotion(**facts, digests={"a": "1"}, trained_as_of=NOW, promoted_at=NOW))


def test_the_newest_promotion_of_a_version_counts(tmp_path: Path) -> None:
    for version, recipe in (("1", "first"), ("2", "other"), ("1", "again")):
        promoted(tmp_path, version, recipe)
    promoted(tmp_path, "1", "of somebody else", "theirs")
    found = last_promotion(tmp_path, "ours", "1")
    assert found is not None
    assert found.recipe == "again"
    assert last_promotion(tmp_path, "ours", "3") is None


def test_the_digest_of_a_promotion_tells_names_and_contents(tmp_path: Path) -> None:
    promoted(tmp_path, "1", "first")
    one = last_promotion(tmp_path, "ours", "1")
    assert one is not None
    others = [one.model_copy(update={"digests": told}) for told in ({"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"})]
    assert len({promotion.digest for promotion in (one, *others)}) == 4
    assert one.digest == one.model_copy(update={"recipe": "other"}).digest


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "champion.json"
    (taken / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_file(taken, b"{}", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["champion.json"]


def trained(number: int) -> Trained:
    return Trained(digest=str(number), wrapping="w", recipe="blend", schema_hash="s", as_of="2025-06-01")


def _add(folder: Path, number: int) -> None:
    add_trained(folder, trained(number))


@pytest.mark.goal("G39")
def test_trainings_that_end_together_are_all_kept(tmp_path: Path, measured: Callable[[str], None]) -> None:
    """Of threads and of processes: each adds its own, and reads what the others have written."""
    number, processes = 40, 8
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(lambda one: add_trained(tmp_path, trained(one)), range(number)))
    running = [get_context("spawn").Process(target=_add, args=(tmp_path, number + one)) for one in range(processes)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    kept = sum(was_trained_here(tmp_path, trained(one)) for one in range(number + processes))
    measured(f"{number + processes} trainings ended together, {kept} kept")
    assert kept == number + processes


def _promote(folder: Path) -> None:
    promoted(folder, "1", "first")


def _train(folder: Path) -> None:
    add_trained(folder, trained(1))


def _teach(folder: Path) -> None:
    registered = Registered(model_name="ours", version="1", run_id="r", experiment_id="1")
    record_membership(folder, registered, NOW, "key", ["digest"])


def _erase(folder: Path) -> None:
    write_tombstones(folder, ensure_tombstones(folder))


@pytest.mark.parametrize(
    ("write", "name"),
    [
        *((_promote, "champion.json"), (_train, "trained.json"), (_teach, ".taught/r.json")),
        *((_erase, "erased.json"), (_erase, "erasure.key")),
    ],
)
def test_a_small_record_is_on_the_disk_before_it_has_its_name(
    write: Callable[[Path], None], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that loses its power must find the old record or the new one: the file is synced, renamed, and the
    folder synced after that."""
    order: list[tuple[str, int]] = []
    sync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        order.append(("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file", os.fstat(handle).st_ino))
        sync(handle)

    def replaced(old: Path, new: Path) -> None:
        if Path(new) == tmp_path / name:
            order.append(("renamed", Path(old).stat().st_ino))
        replace(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(Path, "replace", replaced)
    write(tmp_path)
    file, folder = (tmp_path / name).stat().st_ino, (tmp_path / name).parent.stat().st_ino
    renamed = order.index(("renamed", file))
    assert ("file", file) in order[:renamed]
    assert ("folder", folder) in order[renamed:]


def test_links_are_looked_for_on_this_machines_disk_alone(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelRefusedError, match="MLmodel is not a plain file"):
        refuse_links("version 1", tmp_path.as_uri(), ["MLmodel"])
    refuse_links("version 1", f"s3:/{tmp_path}", ["MLmodel"])
