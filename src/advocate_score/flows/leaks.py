"""Signals that know too much for training: today's values at a past ask, and facts written down after the answer."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.errors import Fault, InputError
from advocate_score.model.suspicion import STRONG, suspicion
from advocate_score.signals.columns import column_type

_DEVIATIONS = 3.0
"""How far above doubt the power of a signal must lie to refuse the run: among many signals one is strong by chance."""


def refuse_todays_values(settings: Settings) -> None:
    """InputError where a declared signal reads an attribute of the account of which the export has today's value only,
    and the declaration does not say that it never changes."""
    own = [one for one in settings.signals if one.aggregate == "value" and not one.static]
    faults = [_todays_value(one) for one in own if column_type(one.table, one.column or "") is None]
    if faults:
        raise InputError(faults)


def refuse_later_facts(rows: pd.DataFrame, signals: Sequence[Signal]) -> tuple[str, ...]:
    """InputError where a signal alone tells the outcome of past asks as no client's past does; warnings where it may be
    chance. `rows`: the ask frame."""
    found = suspicion(rows, {one.name: one.concept for one in signals})
    told = [str(one) for one in found.loc[found["suspicious"], "signal"]]
    certain = [name for name in told if _lower(rows, found, name) >= STRONG]
    if certain:
        raise InputError([*_later_facts(found, certain)])
    return tuple(f"signal {name} tells the outcome suspiciously well: see whether it is known before." for name in told)


def _todays_value(signal: Signal) -> Fault:
    problem = f"accounts.{signal.column} has today's value only, which a past ask could not have known."
    fix = "add static = true where it never changes, or take the signal out of the configuration"
    return Fault(f"[[signals]] {signal.name}", problem, fix)


def _later_facts(found: pd.DataFrame, names: Sequence[str]) -> Iterator[Fault]:
    power = found.set_index("signal")[["auc", "auc_of_absence"]].max(axis=1)
    for name in names:
        problem = f"tells the outcomes of past asks apart, AUC {power[name]:.2f}: no client's past does."
        yield Fault(f"signal {name}", problem, "mend its recorded_at, or switch it off in [catalogue] off")


def _lower(rows: pd.DataFrame, found: pd.DataFrame, name: str) -> float:
    """The power less what chance may have added to it, by the smaller class."""
    value, absence = found.loc[found["signal"] == name, ["auc", "auc_of_absence"]].fillna(0.5).to_numpy(np.float64)[0]
    by_value = value >= absence
    outcome = rows.loc[rows[name].notna(), "outcome"] if by_value else rows["outcome"]
    power = float(max(value, absence))
    fewer = min(outcome.sum(), len(outcome) - outcome.sum())
    return power - _DEVIATIONS * float(np.sqrt(power * (1 - power) / max(1, fewer)))
