"""How the asks were selected, and how far the readiness of accounts never asked can be trusted.

At the same signals, let the odds of having been asked differ by the factor exp(γ) between clients who would say yes and
clients who would not. Then, by Bayes' rule and exactly, the log-odds of yes of those never asked are those of the asked
minus γ (the exponential tilt of Robins, Rotnitzky and Scharfstein, 2000; exp|γ| is the Λ of Tan's marginal sensitivity
model, 2006). A log without propensities does not identify γ, so its size is benchmarked against what is known, in the
manner of Cinelli and Hazlett (2020): one standard deviation of the strongest known concept's part in the log-odds.

The support of the asks is measured on the encoded signals: standings in [−1, 1], missing indicators, categories.
Distances are Mahalanobis', with the covariance shrunk as Ledoit and Wolf (2004) do, so that many signals and few asks
can be handled; the limit is learned on accounts left out.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit, logit

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model import training_data
from advocate_score.model.arrays import Fitted, Floats, Integers, Vector
from advocate_score.model.blend import FittedLadder
from advocate_score.model.encoding import Encoder
from advocate_score.model.predict import curve, explain, schema_of
from advocate_score.model.recipe import Recipe
from advocate_score.signal_spec import Family
from advocate_score.text import Text


def benchmark(concepts: pd.DataFrame, family_weights: Mapping[Family, float]) -> tuple[str, float]:
    """Return the strongest concept or family, and one standard deviation of its part in the log-odds.

    Concepts are measured by their contributions (n, concepts). The scorecard's families are included because few asks
    shrink the contributions; their standings in [−1, 1] have a deviation of 1/√3.
    """
    spread = {str(name): float(deviation) for name, deviation in concepts.std(ddof=0).items()}
    prior_spread = {str(name): weight / math.sqrt(3) for name, weight in family_weights.items()}
    return max((spread | prior_spread).items(), key=lambda item: item[1])


def tilted_rates(readiness: Floats, level_mix: Sequence[float], band: float) -> tuple[float, float, float]:
    """Return the mean P(yes) with γ = band, 0 and −band, for accounts of `readiness` (n, K) asked in that level mix."""
    log_odds, mix = logit(readiness), np.array(level_mix)
    low, modelled, high = (float(expit(log_odds + shift).mean(axis=0) @ mix) for shift in (-band, 0.0, band))
    return low, modelled, high


EXPECTED = 0.01
"""The share of asks like the training asks that lie outside by definition of the limit."""
_FOLDS = 5
_MOST = 5_000
"""The number of asks used: the newest, which are the most like those to come."""
_LEAST_VARIANCE = 1e-6


class TrainingSupport(Fitted):
    """The region of the encoded signals in which the asks lie.

    `precision` is the inverse of the shrunk covariance around `centre`, both over the encoded columns; `limit` is the
    distance within which 99 of 100 asks of accounts left out lie.
    """

    centre: Vector
    precision: Vector
    limit: Annotated[float, Field(gt=0)]

    @classmethod
    def fit(cls, encoded: Floats, account: Integers) -> Self | None:
        """Fit the support to encoded signals (n, columns) of asks, oldest first; None for fewer than two accounts."""
        encoded, part = encoded[-_MOST:], account[-_MOST:] % _FOLDS
        tested = [fold for fold in np.unique(part) if (part != fold).any()]
        if not tested or not encoded.shape[1]:
            return None
        left_out = [_distance(encoded[part == fold], *_centre(encoded[part != fold])) for fold in tested]
        centre, precision = _centre(encoded)
        limit = float(np.quantile(np.concatenate(left_out), 1 - EXPECTED))
        return cls(centre=centre, precision=precision, limit=max(limit, _LEAST_VARIANCE))

    def are_outside(self, encoded: Floats) -> NDArray[np.bool_]:
        """Return (n,): whether the account lies farther out than 99 of 100 asks."""
        return self.distance(encoded) > self.limit

    def distance(self, encoded: Floats) -> Floats:
        """Return the Mahalanobis distances (n,) from the centre."""
        return _distance(encoded, self.centre, self.precision)


def encoded_without_logs(encoder: Encoder, signals: pd.DataFrame) -> Floats:
    """Return (n, columns): standings, missing indicators, categories; logarithms add nothing to standings here."""
    design, numbers = encoder.design(signals), len(encoder.numbers)
    return np.delete(design, np.s_[numbers : 2 * numbers], axis=1)


def _centre(encoded: Floats) -> tuple[Floats, Floats]:
    centre = encoded.mean(axis=0)
    covariance = _shrunk_covariance(encoded - centre) + _LEAST_VARIANCE * np.eye(encoded.shape[1])
    return centre, np.asarray(np.linalg.inv(covariance))


def _shrunk_covariance(deviation: Floats) -> Floats:
    """Return the covariance shrunk as Ledoit and Wolf do, without the estimator: `mlflow.autolog()` would log it."""
    from sklearn.covariance import empirical_covariance, ledoit_wolf_shrinkage

    shrinkage = ledoit_wolf_shrinkage(deviation, assume_centered=True)
    covariance = empirical_covariance(deviation, assume_centered=True)
    mean_variance = np.trace(covariance) / len(covariance)
    return np.asarray((1.0 - shrinkage) * covariance + shrinkage * mean_variance * np.eye(len(covariance)))


def _distance(encoded: Floats, centre: Floats, precision: Floats) -> Floats:
    deviation = encoded - centre
    squared = np.einsum("ij,ij->i", deviation @ precision, deviation)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


_TOP = 0.01
_EXPLAINED = 500
"""The number of newest asks, or of accounts, whose contributions are computed."""
_LOOKED_AT = 5_000
"""The number of accounts, evenly spaced, on which shares are measured."""

_FIGURES = (
    "identified",
    "asks",
    "exploration_asks",
    "effective_size",
    "largest_share",
    "overlap",
    "least_propensity",
    "sensitivity_band",
    "never_asked",
    "outside_support",
)


class Rates(NamedTuple):
    """Expected share of yes: at the low end of the band, as modelled, at the high end."""

    low: float
    modelled: float
    high: float


class SelectionBias(Fitted):
    """How the logged asks were selected, and where the model has no asks to rely on.

    identified         propensities were logged, they differ, and exploration asks are among them
    asks, exploration_asks
    effective_size     Kish's, of the weights by propensity and age that the calibration uses
    largest_share      of the total weight, held by the heaviest 1 % of the asks
    overlap            share of exploration asks, which are a sample of all accounts, whose propensity lies within the
                       range of the asks that the policy itself chose; 0 without either
    least_propensity   the smallest, as a share of the median
    support            the region of the signals in which the asks lie
    band, concept      γ in log-odds, as strong as the strongest known concept (or family of the scorecard), and which
                       that is; see the module's docstring
    never_asked        share of accounts without an ask whose outcome is known
    outside_support    share of accounts farther out than 99 of 100 asks
    level_mix          share of the asks at each level, lowest first
    never_asked_yes    expected share of yes of the never-asked over the band, if they were asked in that mix
    """

    identified: bool
    asks: int
    exploration_asks: int
    effective_size: float
    largest_share: float
    overlap: float
    least_propensity: float
    level_mix: tuple[float, ...]
    support: TrainingSupport | None = None
    band: float | None = None
    concept: str | None = None
    never_asked: float | None = None
    outside_support: float | None = None
    never_asked_yes: Rates | None = None

    @property
    def sensitivity_band(self) -> float | None:
        """Half the width of the band in log-odds; None if calibration is identified or there was no model."""
        return None if self.identified else self.band

    def among(self, accounts: pd.DataFrame, fitted: FittedLadder | None = None) -> Self:
        """Return this selection with its figures for `accounts`: the model's inputs, one row per account."""
        if accounts.empty:
            return self
        accounts = accounts.iloc[np.unique(np.linspace(0, len(accounts) - 1, _LOOKED_AT).round().astype(int))]
        never = training_data.history(accounts, training_data.HISTORY_N) == 0
        updates: dict[str, object] = {"never_asked": float(never.mean())}
        if fitted is not None and self.support is not None:
            encoder = fitted.blend.preparation.encoder
            encoded = encoded_without_logs(encoder, schema_of(fitted).select(accounts))
            updates["outside_support"] = float(self.support.are_outside(encoded).mean())
        if fitted is not None and self.sensitivity_band is not None and never.any():
            modelled = curve(fitted, accounts[never]).readiness
            updates["never_asked_yes"] = Rates(*tilted_rates(modelled, self.level_mix, self.sensitivity_band))
        return self.model_copy(update=updates)

    def figures(self) -> dict[str, float]:
        """Return the known figures by name."""
        rates = self.never_asked_yes._asdict() if self.never_asked_yes else {}
        figures = {name: getattr(self, name) for name in _FIGURES}
        figures |= {f"never_asked_yes_{end}": rate for end, rate in rates.items()}
        return {name: float(value) for name, value in figures.items() if value is not None}

    def metrics(self) -> dict[str, float]:
        """Return the figures under their names in the tracking system."""
        return {f"selection_{name}": value for name, value in self.figures().items()}

    def banner(self, language: str = "en") -> str:
        """Return the warning to show above all results, and what to do; '' if calibration is identified or every
        account has been asked."""
        return "" if self.identified or self.never_asked == 0 else _warning(self, language)


def selection_bias(
    rows: pd.DataFrame,
    accounts: pd.DataFrame | None = None,
    fitted: FittedLadder | None = None,
    recipe: Recipe | None = None,
    levels: Sequence[int] = LEVEL_NUMBERS,
) -> SelectionBias:
    """Return the selection of an ask frame, with its figures for `accounts` if given.

    Parameters
    ----------
    rows : the ask frame.
    accounts : the model's inputs, one row per account.
    fitted : the model; support and band need it. `LadderModel.fit` keeps a selection with both as `selection_`.
    recipe : the shipped default if None.
    levels : the ladder's levels, lowest first.
    """
    schema = training_data.Schema(inputs=()) if fitted is None else schema_of(fitted)
    selection = selection_of(training_data.ask_rows(rows, schema, levels), fitted, recipe or Recipe(), len(levels))
    return selection if accounts is None else selection.among(accounts, fitted)


def selection_of(
    asks: training_data.AskRows, fitted: FittedLadder | None, recipe: Recipe, levels: int
) -> SelectionBias:
    """Return the selection of at least one ask, given as arrays.

    Parameters
    ----------
    asks : the ask rows.
    fitted : the model; support and band need it.
    recipe : gives the half-life of the weights and the scorecard.
    levels : K.
    """
    weight = np.ones(len(asks))
    if training_data.are_logged(asks):
        weight = training_data.ipw_weights(asks.propensity, asks.asked_at, recipe.calibration.half_life_days)
    selection = SelectionBias(
        identified=training_data.are_logged(asks),
        asks=len(asks),
        exploration_asks=int(asks.exploration.sum()),
        effective_size=float(weight.sum()),
        largest_share=_largest_share(weight),
        overlap=_overlap(asks),
        least_propensity=float(asks.propensity.min() / np.median(asks.propensity)),
        level_mix=tuple(np.bincount(asks.level, minlength=levels) / len(asks)),
    )
    if fitted is None:
        return selection
    encoder = fitted.blend.preparation.encoder
    order = np.argsort(asks.asked_at, kind="stable")
    support = TrainingSupport.fit(encoded_without_logs(encoder, asks.signals.iloc[order]), asks.account[order])
    newest = asks.take(order[-_EXPLAINED:])
    frame = newest.signals.assign(**{training_data.HISTORY_YES: newest.yes, training_data.HISTORY_N: newest.answered})
    return selection.model_copy(update={"support": support} | _band(fitted, frame, newest.level, recipe))


def cold_selection(accounts: pd.DataFrame, fitted: FittedLadder, recipe: Recipe) -> SelectionBias:
    """Return the selection before any ask: nothing is identified, and the level mix is even."""
    unlogged = {"effective_size": 0.0, "largest_share": 0.0, "overlap": 0.0, "least_propensity": 1.0}
    mix = (1 / fitted.levels,) * fitted.levels
    selection = SelectionBias(identified=False, asks=0, exploration_asks=0, level_mix=mix, **unlogged)
    sample = accounts.head(_EXPLAINED)
    return selection.model_copy(update=_band(fitted, sample, np.zeros(len(sample), dtype=np.int64), recipe))


def _band(fitted: FittedLadder, frame: pd.DataFrame, level: Integers, recipe: Recipe) -> dict[str, object]:
    concepts = explain(fitted, frame, level).concepts
    return dict(zip(("concept", "band"), benchmark(concepts, recipe.scorecard.weights), strict=True))


def _largest_share(weight: Floats) -> float:
    top = max(1, round(_TOP * len(weight)))
    return float(np.sort(weight)[-top:].sum() / weight.sum())


def _overlap(asks: training_data.AskRows) -> float:
    explored, chosen = asks.propensity[asks.exploration], asks.propensity[~asks.exploration]
    if not len(explored) or not len(chosen):
        return 0.0
    return float(((explored >= chosen.min()) & (explored <= chosen.max())).mean())


_ROUGH = Text(
    "For clients you have never asked, treat the percentages as rough, those of “At least” too",
    "Para los clientes a los que nunca ha pedido nada, tome los porcentajes como orientativos, también los de «Al "
    "menos»",
)
_ALL_ROUGH = Text(
    "The model has not learned from your own asks yet, so treat the percentages as rough, above all for clients you "
    "have never asked",
    "El modelo aún no ha aprendido de sus propias peticiones, así que tome los porcentajes como orientativos, sobre "
    "todo en los clientes a los que nunca ha pedido nada",
)
_RANGE = Text(
    ": between {low:.0f} and {high:.0f} in 100 would say yes.", ": diría que sí entre el {low:.0f} y el {high:.0f} %."
)
_NEXT = Text(
    "Ask a few at random each month and this narrows.",
    "Pida algo cada mes a unos pocos elegidos al azar y el margen se estrechará.",
)
_NEXT_WITHOUT_RANGE = Text(
    "Ask a few at random each month and they become reliable.",
    "Pida algo cada mes a unos pocos elegidos al azar y serán más fiables.",
)


def _warning(selection: SelectionBias, language: str) -> str:
    rough = (_ROUGH if selection.asks else _ALL_ROUGH).in_language(language)
    if selection.never_asked_yes is None:
        return f"{rough}. {_NEXT_WITHOUT_RANGE.in_language(language)}"
    rates = selection.never_asked_yes
    margin = _RANGE.in_language(language).format(low=100 * rates.low, high=100 * rates.high)
    return f"{rough}{margin} {_NEXT.in_language(language)}"
