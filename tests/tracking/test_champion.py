import shutil
import socket
import sys
import time
from datetime import timedelta

import numpy as np
import pytest

from advocate_score.config import Settings, Tracking
from advocate_score.errors import ModelRefusedError, RegistryUnreachableError
from advocate_score.tracking import champion as champion_module
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.client import connect
from advocate_score.tracking.ledger import promotions
from advocate_score.tracking.promotion import candidate, promote
from advocate_score.tracking.training_run import log_training
from tracking.small_project import NOW

LATER = NOW + timedelta(days=3)


def move_alias(settings, version):
    connect(settings).set_registered_model_alias(settings.tracking.model_name, "champion", version)


def test_without_a_store_or_a_promotion_there_is_no_champion(tmp_path, settings, registered):
    (tmp_path / "fresh").mkdir()
    assert load_champion(Settings(folder=tmp_path / "fresh"), NOW) is None
    assert not (tmp_path / "fresh" / "mlflow.db").exists()
    assert load_champion(settings, NOW) is None


def test_a_run_of_the_scorecard_does_not_load_mlflow(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    assert load_champion(Settings(folder=tmp_path), NOW) is None
    assert "mlflow" not in sys.modules


def test_the_loaded_champion_predicts_what_the_trained_model_did(settings, promoted, model, accounts, training):
    found = load_champion(settings, NOW)
    assert np.array_equal(found.model.readiness(accounts), model.readiness(accounts))
    assert found.promotion.digests == training.digests
    assert found.promotion.version == promoted.version
    assert found.warnings == ()


def test_a_flipped_byte_in_any_file_of_the_artefact_store_is_refused(settings, promoted, model_files):
    files = model_files()
    assert len(files) >= 2
    for file in files:
        good = file.read_bytes()
        file.write_bytes(good[: len(good) // 2] + bytes([good[len(good) // 2] ^ 1]) + good[len(good) // 2 + 1 :])
        with pytest.raises(ModelRefusedError, match=r"version 1 .* is refused"):
            load_champion(settings, NOW)
        file.write_bytes(good)
    assert load_champion(settings, NOW) is not None


def test_an_alias_moved_to_a_version_that_was_not_promoted_is_refused(settings, promoted, unevaluated):
    log_training(settings, unevaluated)
    move_alias(settings, "2")
    with pytest.raises(ModelRefusedError, match=r"version 2, which was not promoted.*promote --version 2"):
        load_champion(settings, NOW)


def test_an_alias_moved_back_to_a_promoted_version_is_used_with_a_warning(settings, promoted, unevaluated):
    log_training(settings, unevaluated)
    promote(settings, candidate(settings), now=NOW)
    move_alias(settings, "1")
    found = load_champion(settings, NOW)
    assert found.promotion.version == "1"
    assert "version 2 was promoted last" in found.warnings[0]


def test_a_champion_that_vanished_from_the_registry_is_not_passed_over(settings, promoted):
    connect(settings).delete_registered_model_alias(settings.tracking.model_name, "champion")
    with pytest.raises(ModelRefusedError, match=r"the registry has no champion.*Fix"):
        load_champion(settings, NOW)
    (settings.folder / "mlflow.db").unlink()
    with pytest.raises(ModelRefusedError, match="the registry has no champion"):
        load_champion(settings, NOW)


def test_a_verified_copy_stands_in_for_a_registry_that_is_down(settings, promoted, unreachable, model, accounts):
    found = load_champion(unreachable, LATER)
    assert np.array_equal(found.model.readiness(accounts), model.readiness(accounts))
    assert "cannot be used" in found.warnings[0]
    assert "version 1, verified 2026-03-01 02:30 UTC" in found.warnings[0]
    assert "hunter2" not in found.warnings[0]


def test_a_verified_night_renews_the_copy(settings, promoted, unreachable):
    load_champion(settings, LATER)
    assert load_champion(unreachable, LATER + timedelta(days=7)) is not None


@pytest.mark.parametrize("days", [7.01, 400, -7.01])
def test_a_copy_that_is_too_old_or_from_the_future_does_not_stand_in(promoted, unreachable, days):
    with pytest.raises(RegistryUnreachableError, match="too old"):
        load_champion(unreachable, NOW + timedelta(days=days))


def test_without_a_copy_a_registry_that_is_down_stops_the_night(settings, promoted, unreachable):
    shutil.rmtree(settings.folder / ".champion")
    with pytest.raises(RegistryUnreachableError, match="no verified copy"):
        load_champion(unreachable, NOW)


def test_a_changed_copy_is_refused(settings, promoted, unreachable):
    for file in (settings.folder / ".champion" / "1").iterdir():
        file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(ModelRefusedError):
        load_champion(unreachable, NOW)


def test_the_copy_is_of_one_version_and_private(settings, promoted, unevaluated):
    log_training(settings, unevaluated)
    promote(settings, candidate(settings), now=NOW)
    cache = settings.folder / ".champion"
    assert {entry.name for entry in cache.iterdir()} == {"2", "verified.json", "first_loads.json", ".lock"}
    assert cache.stat().st_mode & 0o777 == 0o700


def test_another_models_record_and_copy_do_not_count(settings, promoted, unreachable):
    other = Tracking(model_name="another")
    assert load_champion(settings.model_copy(update={"tracking": other}), NOW) is None
    assert promotions(settings.folder, "another") == ()
    down = other.model_copy(update={"uri": unreachable.tracking.uri})
    with pytest.raises(RegistryUnreachableError, match="no verified copy"):
        load_champion(settings.model_copy(update={"tracking": down}), NOW)


def test_a_registry_that_accepts_and_stays_silent_is_decided_in_time(settings, promoted, monkeypatch):
    monkeypatch.setattr(champion_module, "PATIENCE_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        found = load_champion(settings.model_copy(update={"tracking": Tracking(uri=uri)}), NOW)
    assert time.monotonic() - begun < 3
    assert "no answer within 1 s" in found.warnings[0]


def test_a_store_that_is_not_a_database_counts_as_unreachable(settings, promoted):
    (settings.folder / "mlflow.db").write_bytes(b"not a database" * 100)
    with_copy = load_champion(settings, NOW)
    assert "cannot be used" in with_copy.warnings[0]
