"""Tonight's accounts as the model of an earlier night would have scored them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.errors import AdvocateScoreError
from advocate_score.flows.project import Data, Project
from advocate_score.flows.serving import SCORECARD, scorecard
from advocate_score.model.ladder_model import LadderModel
from advocate_score.scoring.curve import score_accounts
from advocate_score.signals.build import schema_hash
from advocate_score.tracking.promote import candidate, load_candidate
from advocate_score.tracking.promotions import last_promotion


def earlier_readiness(
    project: Project, data: Data, accounts: pd.DataFrame, identity: Mapping[str, str]
) -> pd.DataFrame | None:
    """The readiness frame; None where that model is not to be had, or needs signals other than tonight's.

    `identity`: name, version, digest of the model, as a manifest says.
    """
    try:
        model = _model(project, data, accounts, identity)
        return None if model is None else score_accounts(model, accounts)
    except AdvocateScoreError as error:
        project.progress.warn(f"the model of the last night could not be had: {error}")
        return None


def _model(project: Project, data: Data, accounts: pd.DataFrame, identity: Mapping[str, str]) -> LadderModel | None:
    if identity.get("name") == SCORECARD:
        card = scorecard(project, data, accounts)
        return card.model if card.identity == identity else None
    promoted = last_promotion(project.settings.folder, identity.get("name", ""), identity.get("version", ""))
    if promoted is None or promoted.digest != identity.get("digest"):
        return None
    model = load_candidate(project.settings, candidate(project.settings, promoted.version))
    return model if _reads(data.signals, model) else None


def _reads(tonight: Sequence[Signal], model: LadderModel) -> bool:
    """Whether tonight's signals are, as far as the model needs them, those that it learned from."""
    given = {signal.name: schema_hash([signal]) for signal in tonight}
    return all(given.get(signal.name) == schema_hash([signal]) for signal in model.signals)
