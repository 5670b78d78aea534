import json
import stat

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import InputError, ModelRefusedError, RegistryUnreachableError
from advocate_score.tracking.client import connect
from advocate_score.tracking.ledger import add_promotion, promotions
from advocate_score.tracking.promotion import candidate, load_candidate, promote
from advocate_score.tracking.registry import Version
from advocate_score.tracking.training_run import log_training
from tracking.small_project import NOW


def champion_alias(settings):
    aliases = connect(settings).get_registered_model(settings.tracking.model_name).aliases
    return str(aliases["champion"]) if "champion" in aliases else None


def test_promotion_moves_the_alias_and_puts_every_digest_on_record(settings, registered, training):
    verdict = pd.DataFrame({"check": ["log loss"], "value": [float("nan")], "passed": [None], "why": ["few asks"]})
    promotion = promote(settings, candidate(settings), now=NOW, verdict=verdict)
    assert champion_alias(settings) == registered.version
    assert promotions(settings.folder, settings.tracking.model_name) == (promotion,)
    assert promotion.digests == training.digests
    assert promotion.schema_hash == training.schema_hash
    assert (promotion.promoted_at, promotion.trained_as_of) == (NOW, training.as_of)
    assert promotion.verdict == ({"check": "log loss", "value": None, "passed": None, "why": "few asks"},)
    assert stat.S_IMODE((settings.folder / "champion.json").stat().st_mode) == 0o600


def test_a_forced_promotion_is_recorded_with_its_reason_and_predecessor(settings, promoted, unevaluated):
    log_training(settings, unevaluated)
    promotion = promote(settings, candidate(settings), now=NOW, forced="the board decided")
    assert (promotion.version, promotion.previous, promotion.forced) == ("2", "1", "the board decided")
    tags = connect(settings).get_model_version(promotion.model_name, "2").tags
    assert (tags["forced"], tags["previous_champion"]) == ("the board decided", "1")
    assert champion_alias(settings) == "2"


def test_an_earlier_version_can_be_promoted_again(settings, promoted, unevaluated):
    log_training(settings, unevaluated)
    promote(settings, candidate(settings), now=NOW)
    promote(settings, candidate(settings, "1"), now=NOW)
    assert champion_alias(settings) == "1"
    found = promotions(settings.folder, settings.tracking.model_name)
    assert [(one.version, one.previous) for one in found] == [("1", None), ("2", "1"), ("1", "2")]


def test_without_a_challenger_the_fix_is_to_train(settings, tmp_path):
    with pytest.raises(InputError, match=r"no challenger.*Fix: run 'advocate-score train' first"):
        candidate(settings)
    with pytest.raises(InputError, match="no challenger"):
        candidate(settings.model_copy(update={"folder": tmp_path / "new"}))


@pytest.mark.parametrize("number", ["9", "latest"])
def test_an_unknown_version_is_refused_with_those_that_exist(settings, registered, number):
    with pytest.raises(InputError, match=rf"version '{number}'.*choose one of 1"):
        candidate(settings, number)


def test_a_version_that_training_did_not_register_is_refused(settings, registered):
    connect(settings).delete_model_version_tag(registered.model_name, registered.version, "recipe")
    with pytest.raises(ModelRefusedError, match="not registered by 'advocate-score train'"):
        candidate(settings)


def test_files_changed_after_training_are_not_promoted(settings, registered, model_files):
    for file in model_files():
        file.write_bytes(file.read_bytes().replace(b"0", b"1", 1))
    with pytest.raises(ModelRefusedError):
        promote(settings, candidate(settings), now=NOW)
    assert champion_alias(settings) is None
    assert not promotions(settings.folder, settings.tracking.model_name)


def test_a_missing_file_is_named(settings, registered, model_files):
    model_files()[0].unlink()
    with pytest.raises(ModelRefusedError, match="lacks its file"):
        promote(settings, candidate(settings), now=NOW)


@pytest.mark.parametrize("digests", ["{}", '{"../../champion.json": "00"}', '{"model.pkl": "00"}', "not JSON", "[1]"])
def test_file_names_that_are_not_a_models_are_refused(settings, registered, digests):
    chosen = candidate(settings)
    hostile = Version(chosen.model_name, chosen.number, chosen.run_id, {**chosen.tags, "digests": digests})
    with pytest.raises(ModelRefusedError):
        promote(settings, hostile, now=NOW)
    assert champion_alias(settings) is None


def test_a_registry_that_does_not_answer_leaves_everything_as_it_was(settings, promoted, unreachable):
    before = (settings.folder / "champion.json").read_bytes()
    with pytest.raises(RegistryUnreachableError):
        candidate(unreachable)
    assert (settings.folder / "champion.json").read_bytes() == before


def test_a_damaged_record_is_refused_and_not_overwritten(settings, promoted):
    file = settings.folder / "champion.json"
    promotion = promotions(settings.folder, settings.tracking.model_name)[0]
    file.write_text(json.dumps({"promotions": [{"version": 1}]}))
    with pytest.raises(ModelRefusedError, match="record of promotions is damaged"):
        add_promotion(settings.folder, promotion)
    assert json.loads(file.read_text()) == {"promotions": [{"version": 1}]}


def test_a_candidate_can_be_judged_before_it_is_promoted(settings, registered, model, accounts):
    judged = load_candidate(settings, candidate(settings))
    assert np.array_equal(judged.readiness(accounts), model.readiness(accounts))
    assert champion_alias(settings) is None
    assert not promotions(settings.folder, settings.tracking.model_name)
