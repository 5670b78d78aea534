"""The promotion gate, which decides check by check whether a challenger may replace the champion, and the recipes file,
which names the candidate recipes and the settings of the gate.

Both sides are refitted at the same origins and compared on the same later asks; a champion is never tested on asks that
trained it. An unchanged recipe refitted is the same model again, so a refresh is held against what needs no champion,
and its file against the champion's.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advocate_score.errors import ConfigurationError, Fault
from advocate_score.evaluation.metrics import (
    MACRO,
    POOLED,
    Difference,
    cases_of,
    churn,
    counts_by_level,
    difference,
    estimate,
    paired_difference,
)
from advocate_score.model.arrays import Floats
from advocate_score.model.recipe import Recipe


@dataclass(frozen=True)
class Check:
    """`bound` is what `value` must satisfy; `passed` is None for a value that is only reported; `reference` is what the
    challenger is compared with, empty where it stands alone."""

    check: str
    value: float
    bound: str
    passed: bool | None
    why: str
    reference: str = ""

    @property
    def title(self) -> str:
        return f"{self.check}, {self.reference.replace('_', ' ')}" if self.reference else self.check


def table(checks: Sequence[Check]) -> pd.DataFrame:
    """Return one row per check: check, value, bound, passed, why, reference."""
    return pd.DataFrame([asdict(check) for check in checks], columns=[field.name for field in fields(Check)])


CHALLENGER, CHAMPION, COLD_SCORECARD = "challenger", "champion", "cold_scorecard"
PLAIN_REFERENCES = (COLD_SCORECARD, "base_rate", "smoothed_history")
"""What every promotion has to beat: the scorecard that serves without a model, the rate of the level, and the account's
own record."""


class GateSettings(BaseModel):
    """The `[gate]` of the recipes file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    min_outcomes: Annotated[int, Field(ge=1)] = 200
    limited_of_each: Annotated[int, Field(ge=1)] = 40
    superiority: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    limited_superiority: Annotated[float, Field(gt=0.5, lt=1)] = 0.85
    non_inferiority_margin: Annotated[float, Field(ge=0)] = 0.005
    calibration_min_outcomes: Annotated[int, Field(ge=1)] = 300
    file_min_asks: Annotated[int, Field(ge=1)] = 100
    draws: Annotated[int, Field(ge=100)] = 1000


@dataclass(frozen=True)
class Verdict:
    checks: tuple[Check, ...]

    @property
    def promoted(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.passed is False)

    def table(self) -> pd.DataFrame:
        return table(self.checks)


@dataclass(frozen=True)
class FileComparison:
    """The champion's and the challenger's own files on the asks that matured after the champion's data ended.

    `predictions`: a predictions frame with the columns `champion`, `challenger`, and `learned`: whether the challenger
    learned from the ask. The champion learned from none.
    """

    predictions: pd.DataFrame

    def has_enough_asks(self, gate: GateSettings) -> bool:
        """Return whether there are enough asks to compare the files on."""
        return len(self.predictions) >= gate.file_min_asks

    def asks_to_compare(self, gate: GateSettings) -> pd.DataFrame:
        """Return the asks that neither file learned from, or all where those are too few."""
        unseen = self.predictions[~self.predictions["learned"]]
        return unseen if len(unseen) >= gate.file_min_asks else self.predictions


@dataclass(frozen=True)
class Candidacy:
    """What the gate knows of the challenger beside its predictions.

    mature_outcomes: mature asks in its training log · yes: how many of them were a yes · monotonicity_violations:
    accounts whose readiness, as it would serve it, rises with the level · has_to_beat: columns of what it has to be
    better than in any case · files: its own beside the champion's, None where there is no champion.
    """

    recipe_changed: bool
    mature_outcomes: int
    monotonicity_violations: int
    yes: int = 0
    has_to_beat: Sequence[str] = ()
    files: FileComparison | None = None


class _ReferenceComparison(NamedTuple):
    """The challenger's differences from one reference, by (metric, level name)."""

    reference: str
    differences: Mapping[tuple[str, str], Difference]
    churn: float


def judge(
    predictions: pd.DataFrame,
    gate: GateSettings,
    candidacy: Candidacy,
    *,
    challenger: str = CHALLENGER,
    references: Sequence[str] = (CHAMPION,),
    capacity: Mapping[int, float] | None = None,
    seed: int = 0,
) -> Verdict:
    """Compare the challenger with what serves and with what it has to beat in any case.

    The challenger must be better than what it has to beat: P(Δ log loss < 0) ≥ `superiority`, in a log of fewer asks
    than `min_outcomes` ≥ `limited_superiority` for all but the cold scorecard. Against each reference
    a changed recipe (as the first one always is) must be better too, and a refresh no worse: the one-sided 95 % bound
    of Δ log loss is below `non_inferiority_margin`. Log loss is the mean of the levels'. Neither the calibration error
    of a level with enough outcomes nor precision at capacity may be worse over the whole of its 90 % interval. The
    challenger's file may not be surely worse than the champion's. Without predictions the challenger is not promoted.

    Parameters
    ----------
    predictions : a predictions frame with the columns of challenger and references.
    gate : the settings.
    candidacy : the other facts about the challenger.
    challenger, references : columns of probabilities.
    capacity : the number of asks taken by level within one origin's window.
    seed : of the bootstrap over accounts.
    """
    checks = [_check_log_size(gate, candidacy), _check_monotone(candidacy.monotonicity_violations)]
    if predictions.empty:
        checks.append(Check("tested asks", 0, "≥ 1", passed=False, why="no ask could be foretold from earlier ones"))
        return Verdict(tuple(checks))
    asked = _Question(predictions, gate, challenger, capacity, seed)
    checks += [
        _check_better(comparison, _required_certainty(comparison.reference, gate, candidacy))
        for comparison in asked.compare_each(candidacy.has_to_beat, ("log_loss",))
    ]
    changed = candidacy.recipe_changed
    for comparison in asked.compare_each(references, _METRICS):
        skill = _check_better(comparison, gate.superiority) if changed else _no_worse(comparison, gate)
        checks += [skill, *_check_calibration(comparison, gate), _check_precision(comparison), _churn_check(comparison)]
    if candidacy.files is not None:
        checks += _check_files(candidacy.files, gate, seed)
    return Verdict(tuple(checks))


def monotonicity_violations(curve: Floats) -> int:
    """Return the number of accounts whose readiness (n, K) rises anywhere with the level."""
    return int((np.diff(curve, axis=1) > 0).any(axis=1).sum())


_METRICS = ("log_loss", "ici", "precision_at_capacity")


class _Question(NamedTuple):
    predictions: pd.DataFrame
    gate: GateSettings
    challenger: str
    capacity: Mapping[int, float] | None
    seed: int

    def compare_each(self, references: Sequence[str], metrics: Sequence[str]) -> Iterator[_ReferenceComparison]:
        if not references:
            return
        draws, own, counts = self.gate.draws, self.challenger, counts_by_level(self.predictions)
        methods = [own, *references]
        estimates = estimate(self.predictions, methods, metrics, capacity=self.capacity, draws=draws, seed=self.seed)
        for reference in references:
            differences = {
                (metric, level): difference(estimates[own, metric], estimates[reference, metric], metric, level, n)
                for metric in metrics
                for level, n in counts.items()
            }
            lists = (cases_of(self.predictions, name, self.capacity) for name in (own, reference))
            yield _ReferenceComparison(reference, differences, churn(*lists))


def _check_log_size(gate: GateSettings, candidacy: Candidacy) -> Check:
    """Check the size of the log; from `limited_of_each` of each answer a model of limited evidence may serve."""
    outcomes, fewer = candidacy.mature_outcomes, min(candidacy.yes, candidacy.mature_outcomes - candidacy.yes)
    is_solid, is_limited = outcomes >= gate.min_outcomes, fewer >= gate.limited_of_each
    why = "enough to judge by" if is_solid else "few: a model of limited evidence"
    if not (is_solid or is_limited):
        why = f"{candidacy.yes} yes and {outcomes - candidacy.yes} others: too few to promote on automatically"
    bound = f"≥ {gate.min_outcomes}, or {gate.limited_of_each} of each answer"
    return Check("mature outcomes", outcomes, bound, passed=is_solid or is_limited, why=why)


def _check_monotone(violations: int) -> Check:
    passed = violations == 0
    why = "readiness never rises with the level" if passed else "readiness rises with the level for some accounts"
    return Check("monotonicity violations", violations, "= 0", passed=passed, why=why)


def _required_certainty(reference: str, gate: GateSettings, candidacy: Candidacy) -> float:
    """Return how surely the reference has to be beaten: in a small log less so, but for the scorecard that serves."""
    is_small = candidacy.mature_outcomes < gate.min_outcomes and reference != COLD_SCORECARD
    return gate.limited_superiority if is_small else gate.superiority


def _check_better(comparison: _ReferenceComparison, needed: float) -> Check:
    diff = comparison.differences["log_loss", MACRO]
    passed = diff.p_below_zero >= needed
    why = f"Δ log loss {_describe_spread(diff)}" + ("" if passed else ": not surely better")
    bound = f"≥ {needed}"
    return Check("P(log loss lower)", diff.p_below_zero, bound, passed=passed, why=why, reference=comparison.reference)


def _no_worse(comparison: _ReferenceComparison, gate: GateSettings) -> Check:
    diff = comparison.differences["log_loss", MACRO]
    passed = diff.high < gate.non_inferiority_margin
    why = f"Δ log loss {_describe_spread(diff)}" + ("" if passed else ": may be worse than the margin allows")
    bound = f"< {gate.non_inferiority_margin}"
    return Check("95 % bound of Δ log loss", diff.high, bound, passed=passed, why=why, reference=comparison.reference)


def _check_calibration(comparison: _ReferenceComparison, gate: GateSettings) -> Iterator[Check]:
    for (metric, level), diff in comparison.differences.items():
        if metric == "ici" and level not in (POOLED, MACRO) and diff.n >= gate.calibration_min_outcomes:
            name = f"calibration error at level {level}"
            criterion = "interval reaches 0 or below"
            yield _not_surely_worse(name, comparison.reference, diff, worse=diff.low > 0, criterion=criterion)


def _check_precision(comparison: _ReferenceComparison) -> Check:
    diff = comparison.differences["precision_at_capacity", POOLED]
    criterion = "interval reaches 0 or above"
    return _not_surely_worse(
        "precision at capacity", comparison.reference, diff, worse=diff.high < 0, criterion=criterion
    )


def _not_surely_worse(name: str, reference: str, diff: Difference, *, worse: bool, criterion: str) -> Check:
    why = (
        "not measurable"
        if np.isnan(diff.delta)
        else f"Δ {_describe_spread(diff)}" + (": surely worse" if worse else "")
    )
    return Check(name, diff.delta, criterion, passed=not worse, why=why, reference=reference)


def _churn_check(comparison: _ReferenceComparison) -> Check:
    why = "share of the reference's places at capacity that would go to others"
    return Check("list churn", comparison.churn, "reported", passed=None, why=why, reference=comparison.reference)


def _check_files(files: FileComparison, gate: GateSettings, seed: int) -> Iterator[Check]:
    """Compare the files on enough asks; otherwise say that they are too few."""
    asks = files.asks_to_compare(gate)
    if not files.has_enough_asks(gate):
        why = "too few asks matured after the champion's data ended to compare the files: both recipes were refitted"
        bound = f"≥ {gate.file_min_asks} to compare"
        yield Check("asks since the champion's data", len(asks), bound, passed=None, why=why, reference=CHAMPION)
        return
    diff = paired_difference(asks, CHALLENGER, CHAMPION, draws=gate.draws, seed=seed)
    learned = int(asks["learned"].sum())
    part = f"{len(asks)} asks since its data ended, " + (
        f"{learned} of which taught the challenger" if learned else "of which neither learned"
    )
    worse = diff.low > 0
    why = f"Δ {_describe_spread(diff)} on {part}" + (": surely worse" if worse else "")
    criterion = "interval reaches 0 or below"
    yield Check("log loss of the files", diff.delta, criterion, passed=not worse, why=why, reference=CHAMPION)


def _describe_spread(diff: Difference) -> str:
    return f"{diff.delta:+.4f} ({diff.low:+.4f} to {diff.high:+.4f})"


class Recipes(BaseModel):
    """The recipes file: `[recipes.NAME]` and `[gate]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    recipes: dict[str, Recipe]
    gate: GateSettings = GateSettings()

    def recipe_named(self, name: str) -> Recipe:
        """Return the recipe called `name`; raise ConfigurationError with the known names if there is none."""
        if name not in self.recipes:
            fix = f"there are {', '.join(sorted(self.recipes))}"
            raise ConfigurationError([Fault("[model] recipe", f"no recipe is called '{name}'.", fix)])
        return self.recipes[name]


def load_recipes(path: Path) -> Recipes:
    """Return the recipes file at `path`.

    Raises
    ------
    ConfigurationError
        if the file is missing, not TOML, or has an unknown or invalid setting.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError([Fault(path.name, f"cannot be read as TOML: {error}.")]) from error
    try:
        return Recipes.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError([_fault(path.name, detail) for detail in error.errors()]) from error


def _fault(file: str, detail: Any) -> Fault:
    location = f"{file} {'.'.join(map(str, detail['loc']))}"
    if detail["type"] == "extra_forbidden":
        return Fault(location, "is not a setting of a recipe.")
    return Fault(location, detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be") + ".")
