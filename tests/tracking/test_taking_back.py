"""An earlier champion returns on what its own record says of it; older records; who else is promoting."""

import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from advocate_score.errors import LockedError, ModelRefusedError
from advocate_score.tracking import champion, promotion as promote_module
from advocate_score.tracking.champion import load_champion, load_verified
from advocate_score.tracking.client import connect
from advocate_score.tracking.ledger import (
    FILE,
    TRAININGS_FILE as TRAINED,
    Promotion,
    Trained,
    add_trained,
    last_promotion,
    promotions,
)
from advocate_score.tracking.promotion import candidate, load_candidate, promote, take_back
from advocate_score.tracking.training_run import log_training
from tracking.hostile import ARTEFACTS
from tracking.small_project import NOW

LATER = NOW + timedelta(days=1)


@pytest.fixture
def name(settings) -> str:
    return settings.tracking.model_name


@pytest.fixture
def second(settings, promoted, unevaluated) -> Promotion:
    log_training(settings, unevaluated)
    return promote(settings, candidate(settings), now=NOW)


def root_of(settings, number):
    uri = connect(settings).get_model_version_download_uri(settings.tracking.model_name, number)
    return settings.folder.joinpath(uri.removeprefix("file://"))


def without_later_fields(settings) -> None:
    """The record as it was written before golden rows were kept."""
    old = {"wrapping", "golden", "returned"}
    text = "".join(
        one.model_dump_json(exclude=old) for one in promotions(settings.folder, settings.tracking.model_name)
    )
    (settings.folder / FILE).write_text(f'{{"promotions": [{text}]}}', encoding="utf-8")


def test_an_earlier_champion_returns_with_its_own_digests_whatever_the_registry_says(settings, second, name):
    client = connect(settings)
    for tag in ("digests", "recipe", "schema_hash"):
        client.set_model_version_tag(name, "1", tag, "overwritten")
    found = take_back(settings, last_promotion(settings.folder, name, "1"), now=LATER, reason="2 is worse")
    assert (found.version, found.previous, found.returned, found.promoted_at) == ("1", "2", "2 is worse", LATER)
    served = load_champion(settings, LATER)
    assert (served.promotion, served.warnings) == (found, ())
    assert champion.cached_version(settings.folder, name).version == "1"


@pytest.mark.parametrize("artefact", ["loader_module", "flipped digit"])
def test_an_earlier_champion_that_was_changed_since_does_not_return(settings, second, name, artefact):
    ARTEFACTS[artefact](root_of(settings, "1"))
    before = (settings.folder / FILE).read_bytes()
    with pytest.raises(ModelRefusedError):
        take_back(settings, last_promotion(settings.folder, name, "1"), now=LATER, reason="2 is worse")
    assert (settings.folder / FILE).read_bytes() == before
    assert load_champion(settings, LATER).promotion == second


def test_a_version_that_never_served_has_no_promotion(settings, promoted, name):
    assert last_promotion(settings.folder, name, "2") is None


def test_a_record_without_golden_rows_still_serves_and_says_what_to_do(settings, promoted, name):
    without_later_fields(settings)
    (warning,) = load_champion(settings, NOW).warnings
    assert "promote --version 1 --reason" in warning
    found = take_back(settings, last_promotion(settings.folder, name, "1"), now=NOW, reason="golden rows")
    assert len(found.golden) >= 20
    assert load_champion(settings, NOW).warnings == ()


def test_an_answer_other_than_at_promotion_is_refused(settings, promoted, name):
    file = settings.folder / FILE
    text = file.read_text(encoding="utf-8")
    changed = text.replace('\\"said\\": [0.', '\\"said\\": [0.1', 1)
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(ModelRefusedError, match=r"1 of .* golden rows"):
        load_champion(settings, NOW)


def test_a_model_that_was_not_trained_here_needs_somebody_who_vouches(settings, registered):
    (settings.folder / TRAINED).unlink()
    with pytest.raises(ModelRefusedError, match=r"trained\.json does not know it"):
        load_candidate(settings, candidate(settings))
    assert promote(settings, candidate(settings), now=NOW, forced="trained on the big machine").forced


def test_a_damaged_record_of_trainings_is_refused_and_not_overwritten(settings):
    (settings.folder / TRAINED).write_text("{}[", encoding="utf-8")
    trained = Trained(digest="0", wrapping="1", recipe="blend", schema_hash="2", as_of="2026-01-01")
    with pytest.raises(ModelRefusedError, match="record of trainings is damaged"):
        add_trained(settings.folder, trained)


def test_the_same_training_is_recorded_once(settings):
    trained = Trained(digest="0", wrapping="1", recipe="blend", schema_hash="2", as_of="2026-01-01")
    for _ in range(2):
        add_trained(settings.folder, trained)
    assert (settings.folder / TRAINED).read_text(encoding="utf-8").count("digest") == 1


def test_two_do_not_promote_at_once_and_a_night_goes_on_without_the_copy(settings, promoted, monkeypatch):
    monkeypatch.setattr(promote_module, "PATIENCE_WITH_OTHERS", 0.1)
    monkeypatch.setattr(champion, "_PATIENCE_WITH_OTHERS", 0.1)
    note = (settings.folder / ".champion" / "verified.json").read_bytes()
    with champion.exclusive_lock(settings.folder, 0) as is_alone:
        assert is_alone
        with pytest.raises(LockedError, match="another run is promoting"):
            promote(settings, candidate(settings), now=LATER)
        assert load_champion(settings, LATER).promotion.version == "1"
    assert (settings.folder / ".champion" / "verified.json").read_bytes() == note
    assert len(promotions(settings.folder, settings.tracking.model_name)) == 1


def test_who_waits_for_the_cache_gets_it(tmp_path):
    with champion.exclusive_lock(tmp_path, 0):
        waited: list[bool] = []

        def wait() -> None:
            with champion.exclusive_lock(tmp_path, 20) as is_alone:
                waited.append(is_alone)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.2)
        assert waited == []
    thread.join(20)
    assert waited == [True]


def test_what_a_killed_run_left_in_the_cache_goes_after_an_hour(settings, promoted):
    import os

    folder = settings.folder / ".champion"
    for place, age in ((".staging-old", 4000), (".staging-new", 0)):
        (folder / place).mkdir()
        at = (folder / place).stat().st_mtime - age
        os.utime(folder / place, (at, at))
    load_champion(settings, NOW)
    assert not (folder / ".staging-old").exists()
    assert (folder / ".staging-new").exists()
    assert champion._in_use(folder / "gone meanwhile")


def test_a_first_load_is_paid_for_once_and_again_where_the_note_is_lost(tmp_path, training, monkeypatch):
    from advocate_score.model import sandboxed_load

    started: list[object] = []
    whole = sandboxed_load.sandboxed_load
    monkeypatch.setattr(sandboxed_load, "sandboxed_load", lambda *words: started.append(words) or whole(*words))
    golden = load_verified(tmp_path, training.model_folder, training.digests).golden
    assert load_verified(tmp_path, training.model_folder, training.digests, golden).golden == golden
    assert load_verified(tmp_path, training.model_folder, training.digests).golden == golden
    assert len(started) == 1
    note = tmp_path / ".champion" / "first_loads.json"
    note.write_text("{}", encoding="utf-8")
    load_verified(tmp_path, training.model_folder, training.digests, golden)
    assert len(started) == 2


PROMOTES_AND_GOES_BACK = """
import sys
from datetime import datetime
from pathlib import Path
from advocate_score.config import Settings
from advocate_score.tracking.promotion import take_back
from advocate_score.tracking.ledger import last_promotion
settings = Settings(folder=Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    earlier = last_promotion(settings.folder, settings.tracking.model_name, str(1 + number % 2))
    take_back(settings, earlier, now=datetime(2026, 3, 1, 2, 30), reason="to and fro")
"""


@pytest.mark.extra
def test_promotions_while_nights_run_leave_neither_record_nor_copy_torn(settings, second, unreachable, name):
    """Two processes promote to and fro while this one loads; after each load the copy is that of some champion."""
    rounds = 10
    words = [sys.executable, "-c", PROMOTES_AND_GOES_BACK, str(settings.folder), str(rounds)]
    others = [subprocess.Popen(words) for _ in range(2)]
    nights = 0
    while nights < 5 or any(one.poll() is None for one in others):
        assert load_champion(settings, NOW).promotion.version in ("1", "2")
        nights += 1
    assert [one.wait() for one in others] == [0, 0]
    assert len(promotions(settings.folder, name)) == 2 + 2 * rounds
    last = load_champion(settings, NOW).promotion
    assert load_champion(unreachable, NOW).promotion == last
