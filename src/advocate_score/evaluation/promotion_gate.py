"""The promotion gate, which decides check by check whether a challenger may replace the champion, and the recipes file,
which names the candidate recipes and the settings of the gate.

Both sides are refitted at the same origins and compared on the same later asks; a champion is never tested on asks that
trained it.
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
)
from advocate_score.model.arrays import Floats
from advocate_score.model.recipe import Recipe


@dataclass(frozen=True)
class Check:
    """`bound` is what `value` must satisfy; `passed` is None for a value that is only reported."""

    check: str
    value: float
    bound: str
    passed: bool | None
    why: str


def table(checks: Sequence[Check]) -> pd.DataFrame:
    """Return one row per check: check, value, bound, passed, why."""
    return pd.DataFrame([asdict(check) for check in checks], columns=[field.name for field in fields(Check)])


FIRST_REFERENCES = ("scorecard", "smoothed_history")
"""What the first champion has to beat: the scorecard that serves until then, and the account's own record."""


class GateSettings(BaseModel):
    """The `[gate]` of the recipes file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    min_outcomes: Annotated[int, Field(ge=1)] = 200
    superiority: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    non_inferiority_margin: Annotated[float, Field(ge=0)] = 0.005
    calibration_min_outcomes: Annotated[int, Field(ge=1)] = 300
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
class Candidacy:
    """What the gate knows of the challenger beside its predictions.

    mature_outcomes: mature asks in its training log · monotonicity_violations: accounts whose readiness, as it would
    serve it, rises with the level.
    """

    recipe_changed: bool
    mature_outcomes: int
    monotonicity_violations: int


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
    challenger: str = "challenger",
    references: Sequence[str] = ("champion",),
    capacity: Mapping[int, float] | None = None,
    seed: int = 0,
) -> Verdict:
    """Compare the challenger with each reference column: the champion, or `FIRST_REFERENCES` if there is none.

    A changed recipe (as the first one always is) must be better: P(Δ log loss < 0) ≥ `superiority`. A refresh of the
    same recipe must be no worse: the one-sided 95 % bound of Δ log loss is below `non_inferiority_margin`. Log loss is
    the mean of the levels'. Neither the calibration error of a level with enough outcomes nor precision at capacity
    may be worse over the whole of its 90 % interval. Without predictions the challenger is not promoted.

    Parameters
    ----------
    predictions : a predictions frame with the columns of challenger and references.
    gate : the settings.
    candidacy : the other facts about the challenger.
    challenger, references : columns of probabilities.
    capacity : the number of asks taken by level within one origin's window.
    seed : of the bootstrap over accounts.
    """
    checks = [_enough(gate, candidacy.mature_outcomes), _monotone(candidacy.monotonicity_violations)]
    if predictions.empty:
        checks.append(Check("tested asks", 0, "≥ 1", passed=False, why="no ask could be foretold from earlier ones"))
        return Verdict(tuple(checks))
    rule = _better if candidacy.recipe_changed else _no_worse
    for contest in _contests(predictions, gate, challenger, references, capacity, seed):
        checks += [rule(contest, gate), *_calibrated(contest, gate), _precise(contest), _churn_check(contest)]
    return Verdict(tuple(checks))


def monotonicity_violations(curve: Floats) -> int:
    """Return the number of accounts whose readiness (n, K) rises anywhere with the level."""
    return int((np.diff(curve, axis=1) > 0).any(axis=1).sum())


def _contests(
    predictions: pd.DataFrame,
    gate: GateSettings,
    challenger: str,
    references: Sequence[str],
    capacity: Mapping[int, float] | None,
    seed: int,
) -> Iterator[_ReferenceComparison]:
    metrics = ("log_loss", "ici", "precision_at_capacity")
    methods = [challenger, *references]
    estimates = estimate(predictions, methods, metrics, capacity=capacity, draws=gate.draws, seed=seed)
    counts = counts_by_level(predictions)
    for reference in references:
        differences = {
            (metric, level): difference(estimates[challenger, metric], estimates[reference, metric], metric, level, n)
            for metric in metrics
            for level, n in counts.items()
        }
        lists = (cases_of(predictions, name, capacity) for name in (challenger, reference))
        yield _ReferenceComparison(reference, differences, churn(*lists))


def _enough(gate: GateSettings, outcomes: int) -> Check:
    passed = outcomes >= gate.min_outcomes
    why = "enough to judge by" if passed else "too few to promote on automatically"
    return Check("mature outcomes", outcomes, f"≥ {gate.min_outcomes}", passed=passed, why=why)


def _monotone(violations: int) -> Check:
    passed = violations == 0
    why = "readiness never rises with the level" if passed else "readiness rises with the level for some accounts"
    return Check("monotonicity violations", violations, "= 0", passed=passed, why=why)


def _better(contest: _ReferenceComparison, gate: GateSettings) -> Check:
    diff = contest.differences["log_loss", MACRO]
    passed = diff.p_below_zero >= gate.superiority
    why = f"Δ log loss {_spread(diff)}" + ("" if passed else ": not surely better")
    return Check(
        f"P(log loss below {contest.reference})", diff.p_below_zero, f"≥ {gate.superiority}", passed=passed, why=why
    )


def _no_worse(contest: _ReferenceComparison, gate: GateSettings) -> Check:
    diff = contest.differences["log_loss", MACRO]
    passed = diff.high < gate.non_inferiority_margin
    why = f"Δ log loss {_spread(diff)}" + ("" if passed else ": may be worse than the margin allows")
    name = f"95 % bound of Δ log loss to {contest.reference}"
    return Check(name, diff.high, f"< {gate.non_inferiority_margin}", passed=passed, why=why)


def _calibrated(contest: _ReferenceComparison, gate: GateSettings) -> Iterator[Check]:
    for (metric, level), diff in contest.differences.items():
        if metric == "ici" and level not in (POOLED, MACRO) and diff.n >= gate.calibration_min_outcomes:
            name = f"calibration error at level {level} to {contest.reference}"
            yield _not_surely_worse(name, diff, worse=diff.low > 0, criterion="interval reaches 0 or below")


def _precise(contest: _ReferenceComparison) -> Check:
    diff = contest.differences["precision_at_capacity", POOLED]
    name = f"precision at capacity to {contest.reference}"
    return _not_surely_worse(name, diff, worse=diff.high < 0, criterion="interval reaches 0 or above")


def _not_surely_worse(name: str, diff: Difference, *, worse: bool, criterion: str) -> Check:
    why = "not measurable" if np.isnan(diff.delta) else f"Δ {_spread(diff)}" + (": surely worse" if worse else "")
    return Check(name, diff.delta, criterion, passed=not worse, why=why)


def _churn_check(contest: _ReferenceComparison) -> Check:
    why = "share of the reference's places at capacity that would go to others"
    return Check(f"list churn to {contest.reference}", contest.churn, "reported", passed=None, why=why)


def _spread(diff: Difference) -> str:
    return f"{diff.delta:+.4f} ({diff.low:+.4f} to {diff.high:+.4f})"


class Recipes(BaseModel):
    """The recipes file: `[recipes.NAME]` and `[gate]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    recipes: dict[str, Recipe]
    gate: GateSettings = GateSettings()

    def named(self, name: str) -> Recipe:
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
        raise ConfigurationError([Fault(path.name, f"is not readable as TOML: {error}.")]) from error
    try:
        return Recipes.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError([_fault(path.name, detail) for detail in error.errors()]) from error


def _fault(file: str, detail: Any) -> Fault:
    location = f"{file} {'.'.join(map(str, detail['loc']))}"
    if detail["type"] == "extra_forbidden":
        return Fault(location, "is not a setting of a recipe.")
    return Fault(location, detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be") + ".")
