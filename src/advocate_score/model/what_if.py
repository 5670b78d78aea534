"""Finds the single changes of actionable signals that would raise the model's readiness.

If a count rises by one, its table has one more row. Every actionable count and recency that includes such a row changes
with it, so that no impossible account is scored.

The result is the model's response, not a promise of an effect. Clients with such values say yes more often; whether
making the change makes them say yes can only be answered by an experiment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Floats, Integers, single_thread
from advocate_score.model.encoding import Scale
from advocate_score.model.protocol import Model
from advocate_score.signal_spec import Bounds, Condition, Signal

TAIL = 0.01
"""The share of asks at either end whose values are never suggested."""
_MOST_INTEGERS = 200
_DIGITS = 4


def may_be_changed(signal: Signal) -> bool:
    """Return whether the signal is an actionable number with a direction, and not of the asks table.

    Asks are excluded because asking more often is never the advice.
    """
    return signal.actionable and not signal.is_category and signal.direction != 0 and signal.table != "asks"


def support_values(signal: Signal, scale: Scale) -> Floats:
    """Return the signal's values between the outer hundredths of the asks, ascending; integers for counts."""
    supported = scale.knots[(1 - np.abs(scale.standings)) / 2 >= TAIL]
    if not len(supported):
        return supported
    if not signal.kind.is_whole:
        return np.unique(supported.round(_DIGITS))
    low, high = np.ceil(supported[0]), np.floor(supported[-1])
    if high - low <= _MOST_INTEGERS:
        return np.arange(low, high + 1)
    return np.unique(np.clip(supported.round(), low, high))


@dataclass(frozen=True)
class ActionableSignal:
    """A signal that may be changed, the `values` that it may take (ascending), and what changes with it.

    counts, recencies: actionable signals that include the same rows · ceilings: counts that include this one and are
    not actionable · highest: for each of `counts`, the highest value among the asks.
    """

    signal: Signal
    scale: Scale
    values: Floats
    counts: tuple[Signal, ...]
    recencies: tuple[Signal, ...]
    ceilings: tuple[str, ...]
    highest: Mapping[str, float]

    def better_values(self, now: Mapping[str, float]) -> Floats:
        """Return the values beyond the present one in the declared direction, nearest first.

        An unknown recency may become a first event; any other unknown value is a gap in the data, not something to do.
        """
        sign, own = self.signal.direction, now[self.signal.name]
        candidates = self.values if sign > 0 else self.values[::-1]
        if np.isnan(own):
            return candidates if self.signal.aggregate == "recency" else candidates[:0]
        candidates = candidates[(candidates - own) * sign > 0]
        return candidates[candidates <= self._highest_value(now)] if sign > 0 else candidates

    @property
    def names(self) -> tuple[str, ...]:
        """Every signal whose present value is needed."""
        return (self.signal.name, *(other.name for other in (*self.counts, *self.recencies)), *self.ceilings)

    def steps(self, now: Mapping[str, float], limit: int) -> Floats:
        """Return at most `limit` of the better values, nearest first, always with the farthest."""
        better = self.better_values(now)
        if len(better) <= limit:
            return better
        positions = np.linspace(len(better) - 1, 0, limit).round().astype(int)[::-1]
        return np.asarray(better[positions])

    def size(self, own: float, value: float) -> float:
        """Return the size of the change, as the difference of standings among the asks."""
        before, after = self.scale.signed_rank(np.array([own, value]))
        return abs(float(after - before))

    def side_effects(self, now: Mapping[str, float], value: float) -> dict[str, float]:
        """Return the new values of the other signals if this one becomes `value`."""
        rows, age = self._new_rows(now[self.signal.name], value)
        if rows <= 0:
            return {}
        changes = {other.name: now[other.name] + rows for other in self.counts if _lies_in_lookback(other, age)}
        if age is not None:
            changes |= {
                other.name: float(np.fmin(now[other.name], age))
                for other in self.recencies
                if _lies_in_lookback(other, age)
            }
        return changes

    def _highest_value(self, now: Mapping[str, float]) -> float:
        """Return the highest value that exceeds no ceiling and keeps every count that changes along in its support."""
        own, age = now[self.signal.name], self.signal.lookback_days
        headroom = [
            self.highest[other.name] - now[other.name] for other in self.counts if _lies_in_lookback(other, age)
        ]
        return float(
            min([now[name] for name in self.ceilings] + [own + max(0.0, left) for left in headroom] + [np.inf])
        )

    def _new_rows(self, own: float, value: float) -> tuple[float, float | None]:
        """Return how many rows the change adds, and their greatest age in days (None if unknown)."""
        if self.signal.aggregate == "recency":
            return 1, value
        return (value - own if self.signal.aggregate == "count" else 0), self.signal.lookback_days


def actionable_signals(signals: Sequence[Signal], scales: Mapping[str, Scale]) -> tuple[ActionableSignal, ...]:
    """Return those of `signals` that may be changed and that the model reads, by its `scales`."""
    known = [signal for signal in signals if signal.name in scales]
    return tuple(_actionable_signal(signal, known, scales) for signal in known if may_be_changed(signal))


def _actionable_signal(signal: Signal, signals: Sequence[Signal], scales: Mapping[str, Scale]) -> ActionableSignal:
    wider = [other for other in signals if other.name != signal.name and _takes_in(other, signal)]
    movable = [other for other in wider if may_be_changed(other)]
    counts = tuple(other for other in movable if other.aggregate == "count")
    return ActionableSignal(
        signal=signal,
        scale=scales[signal.name],
        values=support_values(signal, scales[signal.name]),
        counts=counts,
        recencies=tuple(other for other in movable if other.aggregate == "recency"),
        ceilings=tuple(other.name for other in wider if other not in movable and _is_ceiling(other, signal)),
        highest={other.name: float(support_values(other, scales[other.name]).max(initial=0.0)) for other in counts},
    )


def _takes_in(wider: Signal, signal: Signal) -> bool:
    """Return whether every row that counts for `signal` also meets the conditions of `wider`."""
    if wider.table != signal.table or signal.aggregate not in ("count", "recency"):
        return False
    return all(name in signal.where and _is_part(signal.where[name], allowed) for name, allowed in wider.where.items())


def _is_part(condition: Condition, allowed: Condition) -> bool:
    if isinstance(condition, Bounds) or isinstance(allowed, Bounds):
        return condition == allowed
    return frozenset(condition) <= frozenset(allowed)


def _is_ceiling(other: Signal, signal: Signal) -> bool:
    """Return whether `signal` cannot exceed `other`: for example, only a result that exists can be confirmed.

    Only counts whose declared direction is positive are ceilings.
    """
    return (
        other.aggregate == signal.aggregate == "count"
        and other.direction > 0
        and _lies_in_lookback(other, signal.lookback_days)
    )


def _lies_in_lookback(other: Signal, age: float | None) -> bool:
    """Return whether rows at most `age` days old lie within the lookback of `other`."""
    return other.lookback_days is None or (age is not None and age <= other.lookback_days)


COLUMNS = (
    "account_id",
    "level",
    "place",
    "signal",
    "concept",
    "from",
    "to",
    "also",
    "readiness_from",
    "readiness_to",
    "reaches",
)
_STEPS = 6
"""How many values of a signal are tried, from the nearest to the farthest."""
_LEAST_GAIN = 0.01
_WORTHWHILE = 0.5
"""The share of a signal's possible gain that a change must bring if the threshold is out of reach."""
_BATCH = 20_000


@single_thread()
def what_if(
    model: Model,
    accounts: pd.DataFrame,
    level: "int | pd.Series[int]",
    signals: Sequence[Signal],
    *,
    threshold: "float | pd.Series[float]" = 0.5,
    top: int = 3,
) -> pd.DataFrame:
    """Return the changes that would raise each account's readiness for `level`: at most `top`, one per concept.

    A change follows the declared direction, stays among the values of the asks (without the outer hundredths), and does
    not move an account out of the support of the asks; signals of the asks table are never changed. Changes that reach
    the threshold come first, the smallest first, measured in standings. Then come the others by readiness, each the
    smallest that brings half of its signal's possible gain. Changes that add less than 0.01 to readiness are left out,
    and so are accounts at the threshold already.

    Parameters
    ----------
    accounts : account_id and the model's inputs, one row per account and level.
    level : the level of the ask, for every row or (n,) for each.
    signals : declarations; the actionable ones that the model reads are tried.
    threshold : the readiness from which an account is ready, for every row or (n,) for each.
    top : the most changes per account.

    Returns
    -------
    frame of `COLUMNS`, sorted by account_id, level, place (1 = first). `from` is NaN if unknown; `also` holds the other
    signals that change, name → value; readiness_to is the model's readiness with all of these changes.

    Raises
    ------
    ModelRefusedError
        if an input is missing or not of its type.
    """
    levels = np.broadcast_to(np.asarray(level, dtype=np.int64), len(accounts))
    thresholds = np.broadcast_to(np.asarray(threshold, dtype=np.float64), len(accounts))
    usable = actionable_signals(signals, model.scales())
    size = max(1, _BATCH // (1 + len(usable)))
    slices = [slice(at, at + size) for at in range(0, max(len(accounts), 1), size)]
    parts = [_Part(model, accounts[at].reset_index(drop=True), levels[at], thresholds[at]) for at in slices]
    best = pd.concat([_best_changes(part, usable, top) for part in parts], ignore_index=True)
    return best[list(COLUMNS)].sort_values(["account_id", "level", "place"], ignore_index=True)


@dataclass(frozen=True)
class _Part:
    """Some of the accounts (n,), with the model, and the level and threshold of each account."""

    model: Model
    accounts: pd.DataFrame
    levels: Integers
    thresholds: Floats

    def before(self) -> Floats:
        """Return readiness (n,) without any change."""
        return self._readiness(self.accounts, self.levels)

    def after(self, changes: pd.DataFrame) -> Floats:
        """Return readiness after each of `changes`."""
        batches = [changes.iloc[start : start + _BATCH] for start in range(0, len(changes), _BATCH)]
        each = [self._readiness(_with_changes(self.accounts, batch), self.levels[batch["row"]]) for batch in batches]
        return np.concatenate(each or [np.empty(0)])

    def stays_in_support(self, changes: pd.DataFrame) -> "pd.Series[bool]":
        """Return whether each change keeps the account in the support of the asks, or it was outside already."""
        after = self.model.outside_support(_with_changes(self.accounts, changes))
        return ~pd.Series(after, changes.index) | self.model.outside_support(self.accounts)[changes["row"]]

    def _readiness(self, frame: pd.DataFrame, levels: Integers) -> Floats:
        return self.model.probability(frame.assign(level=levels))


def _best_changes(part: _Part, usable: Sequence[ActionableSignal], top: int) -> pd.DataFrame:
    """Return the best changes; a signal is tried at its farthest value first, and at nearer ones only if that helps."""
    before = part.before()
    unready = np.flatnonzero(before < part.thresholds)
    farthest = _propose_changes(part.accounts, [(int(row), option) for row in unready for option in usable], 1)
    after = part.after(farthest)
    helps = after - before[farthest["row"]] >= _LEAST_GAIN
    proposals = _propose_changes(
        part.accounts, list(zip(farthest["row"][helps], farthest["lever"][helps], strict=True)), _STEPS
    )
    proposals = proposals.assign(readiness_from=before[proposals["row"]], readiness_to=part.after(proposals))
    smallest = _smallest_changes(
        proposals.assign(reaches=proposals["readiness_to"] >= part.thresholds[proposals["row"]])
    )
    return _rank_changes(smallest[part.stays_in_support(smallest)], part, top)


def _propose_changes(accounts: pd.DataFrame, pairs: Sequence[tuple[int, ActionableSignal]], steps: int) -> pd.DataFrame:
    """Return up to `steps` changes per account (its row) and signal, nearest first, always with the farthest."""
    numbers = sorted(
        {
            name
            for actionable in {option.signal.name: option for _, option in pairs}.values()
            for name in actionable.names
        }
    )
    now = [
        dict(zip(numbers, values, strict=True)) for values in accounts[numbers].astype("float64").to_numpy().tolist()
    ]
    changes = [
        (row, option, now[row][option.signal.name], value, option.side_effects(now[row], value))
        for row, option in pairs
        for value in option.steps(now[row], steps)
    ]
    frame = pd.DataFrame(changes, columns=["row", "lever", "from", "to", "also"])
    return frame.astype({"row": "int64", "from": "float64", "to": "float64"})


def _with_changes(accounts: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return one row per change: the account with the signal and its side effects at their new values."""
    frame = accounts.iloc[changes["row"]].reset_index(drop=True)
    new_values = [
        {option.signal.name: value, **also}
        for option, value, also in zip(changes["lever"], changes["to"], changes["also"], strict=True)
    ]
    for name in sorted(set().union(*new_values)):
        values = frame[name].to_numpy(np.float64, na_value=np.nan).copy()
        positions = [index for index, change in enumerate(new_values) if name in change]
        values[positions] = [new_values[index][name] for index in positions]
        frame[name] = values
    return frame


def _smallest_changes(proposals: pd.DataFrame) -> pd.DataFrame:
    """Return, per account and signal, the nearest value that reaches the threshold, else half of the gain."""
    proposals = proposals.assign(
        signal=[option.signal.name for option in proposals["lever"]],
        gain=proposals["readiness_to"] - proposals["readiness_from"],
    )
    proposals = proposals[proposals["gain"] >= _LEAST_GAIN]
    groups = proposals.groupby(["row", "signal"])
    enough = proposals["gain"] >= _WORTHWHILE * groups["gain"].transform("max")
    chosen = proposals["reaches"].where(groups["reaches"].transform("any"), enough)
    return proposals[chosen].drop_duplicates(["row", "signal"])


def _rank_changes(changes: pd.DataFrame, part: _Part, top: int) -> pd.DataFrame:
    """Return the first `top` changes of each account, one per concept."""
    changes = changes.assign(
        account_id=part.accounts["account_id"].to_numpy()[changes["row"]],
        level=part.levels[changes["row"]],
        concept=[option.signal.concept for option in changes["lever"]],
        order=[
            option.size(now, to) if reaches else -after
            for option, now, to, reaches, after in zip(
                changes["lever"],
                changes["from"],
                changes["to"],
                changes["reaches"],
                changes["readiness_to"],
                strict=True,
            )
        ],
    )
    changes = changes.sort_values(["row", "reaches", "order", "signal"], ascending=[True, False, True, True])
    changes = changes.drop_duplicates(["row", "concept"])
    rank = changes.groupby("row").cumcount() + 1
    return changes.assign(place=rank)[rank <= top]
