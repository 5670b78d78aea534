"""Whoever can write to the registry plants something else where the model was: refused, and no native code sees it."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import lightgbm
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model import sandboxed_load
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.client import connect
from advocate_score.tracking.ledger import promotions
from advocate_score.tracking.promotion import candidate, load_candidate, promote
from goals import sized
from tracking.hostile import ARTEFACTS, LADDER, MARKER
from tracking.small_project import NOW

CONSISTENT = ("pickle", "skops", "archive", "truncated", "tree index out of range")
"""A registry whose digests agree with them: only a look at the files themselves finds these."""
STOPS_AT_NATIVE_CODE = """
import os
import sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "advocate_score.model.boosting":
            import lightgbm
            lightgbm.Booster.__init__ = lambda *words, **options: os._exit(77)

sys.meta_path.insert(0, Watch())
"""


@pytest.fixture
def root(settings, registered) -> Path:
    """The folder of version 1 in the artefact store."""
    return next((settings.folder / "mlartifacts").glob("models/*/artifacts"))


@pytest.fixture
def native(monkeypatch) -> list[str]:
    """What reached LightGBM, or a process apart that would have handed it on."""
    reached: list[str] = []
    monkeypatch.setattr(lightgbm.Booster, "__init__", lambda *_, **__: reached.append("LightGBM"))
    monkeypatch.setattr(sandboxed_load.subprocess, "run", lambda *_, **__: reached.append("a process apart"))
    return reached


@contextmanager
def planted(root: Path, plant: Callable[[Path], None]) -> Iterator[None]:
    whole = root.parent / "whole"
    shutil.copytree(root, whole)
    try:
        plant(root)
        yield
    finally:
        shutil.rmtree(root)
        whole.rename(root)


def redigested(settings, root: Path, further: dict[str, str] | None = None) -> None:
    """The digests that the registry tells of version 1, as whoever owns it can make them."""
    files = [file for file in (root / LADDER).iterdir() if file.is_file()]
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files} | (further or {})
    connect(settings).set_model_version_tag(settings.tracking.model_name, "1", "digests", json.dumps(digests))


@pytest.mark.goal("G7")
def test_twelve_hostile_artefacts_planted_after_promotion_are_refused_at_night(
    settings, root, promoted, native, measured, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for name, plant in ARTEFACTS.items():
        with planted(root, plant):
            redigested(settings, root)
            with pytest.raises(ModelRefusedError):
                load_champion(settings, NOW)
            assert native == [], name
    assert not list(tmp_path.rglob(MARKER))
    measured(f"planted in the store after promotion: {len(ARTEFACTS)} artefacts, {len(ARTEFACTS)} refused unread")


@pytest.mark.goal("G7")
def test_twelve_hostile_artefacts_registered_as_a_version_are_not_promoted(
    settings, root, native, measured, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    foreign = {"../": {"../../champion.json": "0" * 64}}
    for name, plant in ARTEFACTS.items():
        with planted(root, plant):
            redigested(settings, root, foreign.get(name))
            with pytest.raises(ModelRefusedError):
                promote(settings, candidate(settings), now=NOW)
            assert native == [], name
    assert promotions(settings.folder, settings.tracking.model_name) == ()
    assert not list(tmp_path.rglob(MARKER))
    measured(f"registered with digests that agree: {len(ARTEFACTS)} artefacts, {len(ARTEFACTS)} not promoted")


@pytest.mark.goal("G7")
def test_what_somebody_vouches_for_is_looked_at_before_native_code_all_the_same(
    settings, root, measured, tmp_path, monkeypatch
):
    """In the process apart LightGBM is a trap here, and nobody falls into it."""
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "sitecustomize.py").write_text(STOPS_AT_NATIVE_CODE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "trap"))
    tried = CONSISTENT[: sized(1, len(CONSISTENT))]
    for name in tried:
        with planted(root, ARTEFACTS[name]):
            redigested(settings, root)
            with pytest.raises(ModelRefusedError, match=r"booster_0\.txt"):
                load_candidate(settings, candidate(settings), forced="I know who made it")
    cache = settings.folder / ".champion" / "first_loads.json"
    cache.unlink()
    redigested(settings, root)
    with pytest.raises(ModelRefusedError, match="status 77"):
        load_candidate(settings, candidate(settings))
    measured(f"forced by somebody who vouches: {len(tried)} artefacts, {len(tried)} refused before LightGBM's reader")
