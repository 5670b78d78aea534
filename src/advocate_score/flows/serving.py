"""The model that speaks tonight: the champion, or the scorecard where none was promoted yet."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score.errors import Fault, InputError, ModelRefusedError
from advocate_score.flows import clock
from advocate_score.flows.project import Data, Project
from advocate_score.flows.recipes import untrained
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.selection import Selection
from advocate_score.signals.build import schema_hash
from advocate_score.tracking.champion import Champion, load_champion
from advocate_score.tracking.fetch_ahead import Fetching

SCORECARD = "scorecard"


@dataclass(frozen=True)
class Serving:
    """`identity` (name, version, digest) goes into the manifest; `warnings` too. `selection` says how far the asks that
    the model learned from reach among tonight's accounts; `is_forced` whether the gate of promotion was overruled;
    `proof` how the recipe did on later asks, as `flows.proof` makes it, empty where nobody knows."""

    model: LadderModel
    identity: dict[str, str]
    selection: Selection
    trained_as_of: datetime | None = None
    warnings: tuple[str, ...] = ()
    is_forced: bool = False
    proof: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return self.identity["version"]


def serving_model(project: Project, data: Data, accounts: pd.DataFrame, ahead: Fetching | None = None) -> Serving:
    """ModelRefusedError where the champion needs signals other than tonight's. `ahead`: the champion under way."""
    champion = load_champion(project.settings, clock.now(), ahead)
    return (
        _without_champion(project, data, accounts) if champion is None else _champion(project, data, accounts, champion)
    )


def _champion(project: Project, data: Data, accounts: pd.DataFrame, champion: Champion) -> Serving:
    promotion = champion.promotion
    if schema_hash(data.signals) != promotion.schema_hash:
        raise ModelRefusedError(_difference(project, data, champion.model))
    identity = {"name": promotion.model_name, "version": promotion.version, "digest": promotion.digest}
    selection, is_forced = _reach(champion.model, accounts), promotion.forced is not None
    learned = promotion.trained_as_of
    return Serving(champion.model, identity, selection, learned, champion.warnings, is_forced, promotion.proof)


def _reach(model: LadderModel, accounts: pd.DataFrame) -> Selection:
    return model.selection_.among(accounts, model.fitted_)


def _difference(project: Project, data: Data, model: LadderModel) -> str:
    """Which signals stand between the champion and tonight's tables, and why."""
    learned, tonight = ({signal.name: signal for signal in signals} for signals in (model.signals, data.signals))
    inactive = project.catalogue.inactive(data.tables.present)
    gone = [f"{name} ({inactive.get(name, 'no longer declared')})" for name in learned if name not in tonight]
    new = [name for name in tonight if name not in learned]
    changed = [name for name in learned if name in tonight and learned[name] != tonight[name]]
    told = {"missing": gone, "new": new, "declared otherwise": changed}
    words = "; ".join(f"{what}: {', '.join(names)}" for what, names in told.items() if names) or "their order"
    return (
        f"the champion was trained on other signals than tonight's ({words}). Fix: restore them, or train and promote"
    )


def _without_champion(project: Project, data: Data, accounts: pd.DataFrame) -> Serving:
    if project.settings.model.without_champion == "refuse":
        fault = Fault("[model] without_champion", "no model was promoted.", "run 'train' and 'promote'")
        raise InputError([fault])
    return scorecard(project, data, accounts)


def scorecard(project: Project, data: Data, accounts: pd.DataFrame) -> Serving:
    """Readiness by the weights of the signals' families, from no ask at all."""
    model = untrained(project.settings, data.signals).fit_cold(accounts)
    text = repr((model.recipe, sorted((model.scorecard or {}).items())))
    digest = hashlib.sha256(text.encode()).hexdigest()
    warning = "no model was promoted yet: readiness is the scorecard's"
    identity = {"name": SCORECARD, "version": SCORECARD, "digest": digest}
    return Serving(model, identity, _reach(model, accounts), warnings=(warning,))
