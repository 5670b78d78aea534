"""Row 23, for manifests: nothing that a publication names or links to is read outside its folder."""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from advocate_score.publication.history import past_publications
from advocate_score.publication.publisher import publish
from advocate_score.publication.store import is_whole, published_dates, read_manifest, resolve_inside

DAY = "2025-06-01"
FILES = {"ask_plan.csv": b"account_id\n", "by_owner/ana.csv": b"x\n"}
Damage = Callable[[Path, Path], object]


@pytest.fixture
def publication(target: Path) -> Path:
    return publish(target, datetime.fromisoformat(DAY), FILES, {"run_id": "one", "as_of": DAY}).folder


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file outside, with the content of one inside, so that its digest is right."""
    path = tmp_path / "secret.csv"
    path.write_bytes(FILES["ask_plan.csv"])
    return path


def say(publication: Path, name: str, said: object) -> None:
    manifest = read_manifest(publication)
    manifest["files"][name] = said
    (publication / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.csv",
        "by_owner/../../../secret.csv",
        "{secret}",
        "by_owner/deep/a.csv",
        "a\0b",
        "\ud800",
        "a" * 300,
    ],
)
def test_row_23_a_manifest_names_nothing_outside(publication: Path, secret: Path, name: str) -> None:
    assert is_whole(publication)
    name = name.format(secret=secret)
    say(publication, name, {"sha256": hashlib.sha256(secret.read_bytes()).hexdigest()})
    assert not is_whole(publication)
    (past,) = past_publications(publication.parent)
    assert past.file(name) is None


def linked_file(publication: Path, secret: Path) -> None:
    (publication / "ask_plan.csv").unlink()
    (publication / "ask_plan.csv").symlink_to(secret)


def linked_folder(publication: Path, secret: Path) -> None:
    (publication / "by_owner").rename(secret.with_name("elsewhere"))
    (publication / "by_owner").symlink_to(secret.with_name("elsewhere"))


def linked_manifest(publication: Path, secret: Path) -> None:
    (publication / "manifest.json").rename(secret.with_name("manifest.json"))
    (publication / "manifest.json").symlink_to(secret.with_name("manifest.json"))


def a_pipe(publication: Path, secret: Path) -> None:
    (publication / "ask_plan.csv").unlink()
    os.mkfifo(publication / "ask_plan.csv")


@pytest.mark.parametrize("damage", [linked_file, linked_folder, linked_manifest, a_pipe])
def test_row_23_a_link_in_a_publication_is_not_followed(publication: Path, secret: Path, damage: Damage) -> None:
    damage(publication, secret)
    assert not is_whole(publication)
    past = past_publications(publication.parent)
    assert [one.file("ask_plan.csv") for one in past] in ([], [None], [publication / "ask_plan.csv"])
    if damage in (linked_file, a_pipe):
        assert past[0].file("ask_plan.csv") is None
        assert past[0].plan() is None


def test_row_23_a_publication_that_is_a_link_is_none(publication: Path, tmp_path: Path) -> None:
    publication.rename(tmp_path / "elsewhere")
    publication.symlink_to(tmp_path / "elsewhere")
    assert published_dates(publication.parent) == []
    assert past_publications(publication.parent) == []


def test_row_23_sums_name_nothing_outside(publication: Path, secret: Path) -> None:
    sums = publication / "by_owner" / "SHA256SUMS"
    sums.write_bytes(
        sums.read_bytes() + f"{hashlib.sha256(secret.read_bytes()).hexdigest()}  ../../../{secret.name}\n".encode()
    )
    say(publication, "by_owner/SHA256SUMS", {"sha256": hashlib.sha256(sums.read_bytes()).hexdigest()})
    assert not is_whole(publication)


@pytest.mark.parametrize("sums", [b"\xff\xfe\n", b"\n", b"short"])
def test_sums_that_cannot_be_understood_vouch_for_nothing(publication: Path, sums: bytes) -> None:
    (publication / "by_owner" / "SHA256SUMS").write_bytes(sums)
    say(publication, "by_owner/SHA256SUMS", {"sha256": hashlib.sha256(sums).hexdigest()})
    assert not is_whole(publication)


@pytest.mark.parametrize("said", [None, "x", [], {}, {"sha256": None}])
def test_a_manifest_that_says_no_digest_vouches_for_nothing(publication: Path, said: object) -> None:
    say(publication, "ask_plan.csv", said)
    assert not is_whole(publication)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"files"', '{"files": []}', "[" * 100_000, "\xff"])
def test_a_manifest_that_cannot_be_understood_is_empty(publication: Path, text: str) -> None:
    (publication / "manifest.json").write_bytes(text.encode("latin-1"))
    assert read_manifest(publication).get("files") in (None, [])
    assert not is_whole(publication)


def test_a_file_in_the_place_of_a_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "by_owner").touch()
    assert resolve_inside(tmp_path, "by_owner/ana.csv") is None
    assert resolve_inside(tmp_path / "by_owner", "ana.csv") is None
