"""The models that a configuration names: the configured recipe, the model in service (the champion, or the scorecard if
none was promoted), and the readiness of today's accounts by the model of an earlier publication."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score import dates
from advocate_score.config import Settings
from advocate_score.errors import AdvocateScoreError, ConfigurationError, Fault, InputError, ModelRefusedError
from advocate_score.evaluation.promotion_gate import Recipes, load_recipes
from advocate_score.files import digest_of_file, shipped_file
from advocate_score.flows.project import Data, Project
from advocate_score.model import ladder_model, protocol, recipe, selection_bias
from advocate_score.scoring import score_accounts
from advocate_score.signal_spec import Signal
from advocate_score.signals.compute import schema_hash
from advocate_score.tracking.champion import Champion, load_champion
from advocate_score.tracking.ledger import FILE, last_promotion, names_of_champions
from advocate_score.tracking.promotion import candidate, load_candidate


def recipes_of(settings: Settings) -> Recipes:
    return load_recipes(_recipes_file(settings))


def recipes_digest(settings: Settings) -> str:
    """SHA-256 of the recipes file."""
    return digest_of_file(_recipes_file(settings))


def _recipes_file(settings: Settings) -> Path:
    configured = settings.model.recipes
    return settings.path(configured) if configured else shipped_file("models/ladder.toml")


def chosen_recipe(settings: Settings) -> recipe.Recipe:
    return recipes_of(settings).recipe_named(settings.model.recipe)


def untrained_model(settings: Settings, signals: Sequence[Signal]) -> ladder_model.LadderModel:
    """The configured recipe over these signals, not fitted."""
    chosen = settings.model
    weights: dict[str, float] = dict(chosen.scorecard.items())
    return ladder_model.LadderModel(
        signals, chosen_recipe(settings), chosen.seed, weights, settings.ladder.in_use.numbers
    )


SCORECARD = "scorecard"


@dataclass(frozen=True)
class Serving:
    """The model in service. `identity` (name, version, digest) and `warnings` go into the manifest. `selection`
    describes how well the asks that the model learned from represent today's accounts; `is_forced`: the promotion gate
    was overruled; `proof`: the recipe's validation curves, as `flows.evaluation` makes them, empty if unknown."""

    model: protocol.Model
    identity: dict[str, str]
    selection: selection_bias.SelectionBias
    trained_as_of: datetime | None = None
    warnings: tuple[str, ...] = ()
    is_forced: bool = False
    proof: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return self.identity["version"]


def serving_model(project: Project, data: Data, accounts: pd.DataFrame) -> Serving:
    """The model in service; ModelRefusedError if the champion needs other signals than today's.

    Parameters
    ----------
    project, data : the project and its open tables. accounts : account_id and signals, one row per account.
    """
    champion = load_champion(project.settings, dates.now())
    return (
        _without_champion(project, data, accounts) if champion is None else _champion(project, data, accounts, champion)
    )


def _champion(project: Project, data: Data, accounts: pd.DataFrame, champion: Champion) -> Serving:
    promotion, levels = champion.promotion, project.settings.ladder.in_use
    if tuple(champion.model.levels) != levels.numbers:
        trained = f"the champion was trained on {len(champion.model.levels)} levels, and the ladder has {len(levels)}"
        raise ModelRefusedError(f"{trained}. Fix: restore [[ladder.levels]], or train and promote")
    if schema_hash(data.signals) != promotion.schema_hash:
        raise ModelRefusedError(_difference(project, data, champion.model))
    identity = {"name": promotion.model_name, "version": promotion.version, "digest": promotion.digest}
    selection, is_forced = champion.model.selection_bias(accounts), promotion.forced is not None
    learned = promotion.trained_as_of
    return Serving(champion.model, identity, selection, learned, champion.warnings, is_forced, promotion.proof)


def _difference(project: Project, data: Data, model: protocol.Model) -> str:
    """A sentence on how today's signals differ from the champion's, and why."""
    learned, tonight = ({signal.name: signal for signal in signals} for signals in (model.signals, data.signals))
    inactive = project.catalogue.inactive(data.tables.present)
    missing = [f"{name} ({inactive.get(name, 'no longer declared')})" for name in learned if name not in tonight]
    new = [name for name in tonight if name not in learned]
    changed = [name for name in learned if name in tonight and _hash(learned[name]) != _hash(tonight[name])]
    differences = {"missing": missing, "new": new, "declared otherwise": changed}
    words = "; ".join(f"{what}: {', '.join(names)}" for what, names in differences.items() if names) or "their order"
    return (
        f"the champion was trained on other signals than tonight's ({words}). Fix: restore them, or train and promote"
    )


def _without_champion(project: Project, data: Data, accounts: pd.DataFrame) -> Serving:
    refuse_other_names(project.settings)
    if project.settings.model.without_champion == "refuse":
        fault = Fault("[model] without_champion", "no model was promoted.", "run 'train' and 'promote'")
        raise InputError([fault])
    return scorecard(project, data, accounts)


def refuse_other_names(settings: Settings) -> None:
    """Raise ConfigurationError if no model of the configured name was promoted but one of another name was, so that a
    mistyped name does not put the scorecard in the place of the champion."""
    name, promoted = settings.tracking.model_name, names_of_champions(settings.folder)
    if promoted and name not in promoted:
        problem = f"no model called '{name}' was promoted, and {FILE} names a champion called '{promoted[0]}'."
        fix = f"[tracking] model_name = \"{promoted[0]}\"; or promote a model called '{name}'"
        raise ConfigurationError([Fault("[tracking] model_name", problem, fix)])


def scorecard(project: Project, data: Data, accounts: pd.DataFrame) -> Serving:
    """A model that needs no asks: readiness from the weights of the signals' families."""
    model = untrained_model(project.settings, data.signals).fit_cold(accounts)
    text = repr((model.recipe, sorted((model.scorecard or {}).items())))
    digest = hashlib.sha256(text.encode()).hexdigest()
    warning = "no model was promoted yet: readiness is the scorecard's"
    identity = {"name": SCORECARD, "version": SCORECARD, "digest": digest}
    return Serving(model, identity, model.selection_bias(accounts), warnings=(warning,))


def earlier_readiness(
    project: Project, data: Data, accounts: pd.DataFrame, identity: Mapping[str, str]
) -> pd.DataFrame | None:
    """The readiness frame by an earlier model; None if it is unavailable or needs other signals than today's.

    Parameters
    ----------
    project, data : the project and its open tables. accounts : account_id and signals, one row per account.
    identity : name, version, digest of the model, as in a manifest.
    """
    try:
        model = _model(project, data, accounts, identity)
        return None if model is None else score_accounts(model, accounts)
    except AdvocateScoreError as error:
        project.progress.warn(f"the model of the last publication could not be loaded: {error}")
        return None


def _model(project: Project, data: Data, accounts: pd.DataFrame, identity: Mapping[str, str]) -> protocol.Model | None:
    if identity.get("name") == SCORECARD:
        card = scorecard(project, data, accounts)
        return card.model if card.identity == identity else None
    promoted = last_promotion(project.settings.folder, identity.get("name", ""), identity.get("version", ""))
    if promoted is None or promoted.digest != identity.get("digest"):
        return None
    model = load_candidate(project.settings, candidate(project.settings, promoted.version))
    has_levels = tuple(model.levels) == project.settings.ladder.in_use.numbers
    return model if has_levels and _reads(data.signals, model) else None


def _reads(tonight: Sequence[Signal], model: protocol.Model) -> bool:
    """Whether the signals that the model needs are declared today as they were in its training."""
    hashes = {signal.name: _hash(signal) for signal in tonight}
    return all(hashes.get(signal.name) == _hash(signal) for signal in model.signals)


def _hash(signal: Signal) -> str:
    """Of what its value is made of; its words may change under a model."""
    return schema_hash([signal])
