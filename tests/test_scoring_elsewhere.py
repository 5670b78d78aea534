"""The model elsewhere says what it says here."""

import numpy as np
import pandas as pd
import pytest

import test_scoring
from advocate_score.errors import ModelRefusedError
from advocate_score.model.ladder_model import LadderModel
from advocate_score.scoring import READINESS, Scorer, score_accounts
from engines import ENGINES, opened

model = test_scoring.model


@pytest.mark.parametrize("name", ENGINES)
def test_scores_do_not_tell_where_they_were_made(
    name: str, model: LadderModel, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    many = test_scoring.accounts(9_000).sort_values("account_id", ignore_index=True)
    with opened(name, request, tmp_path_factory.mktemp("spill")) as engine:
        found = score_accounts(model, many, lambda whole: engine.through(whole, Scorer(model), READINESS))
    here = score_accounts(model, many)
    assert found[["account_id", "level", "evidence"]].equals(here[["account_id", "level", "evidence"]])
    numbers = ["readiness", "readiness_low", "readiness_high", "completion"]
    np.testing.assert_allclose(found[numbers], here[numbers], rtol=0, atol=1e-12)


def test_a_model_that_was_sent_is_the_model_to_the_bit(model: LadderModel) -> None:
    few = test_scoring.accounts(50)
    arrive, contents = Scorer(model).__reduce__()
    sent = arrive(*contents)
    pd.testing.assert_frame_equal(next(sent(iter([few]))), next(Scorer(model)(iter([few]))), check_exact=True)


def test_a_file_damaged_on_its_way_is_refused(model: LadderModel) -> None:
    arrive, (contents,) = Scorer(model).__reduce__()
    name, digest, content = contents[0]
    with pytest.raises(ModelRefusedError, match="sha256"):
        arrive(((name, digest, content[:-1]), *contents[1:]))
