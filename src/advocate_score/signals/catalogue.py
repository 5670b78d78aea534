"""Resolves the signals in use (those shipped in `catalogue.toml` and not switched off, and the user's own) and checks
declared signals for faults."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from advocate_score.config import Settings
from advocate_score.errors import ConfigurationError, Fault, did_you_mean
from advocate_score.ladder import LANGUAGES
from advocate_score.schema import TABLES, ColumnType
from advocate_score.signal_spec import Bounds, Condition, Scalar, Signal
from advocate_score.text import Text

RESERVED = {"ask_id", "account_id", "as_of", "asked_at", "matures_at", "origin", "level", "outcome", "completed"}
RESERVED |= {"propensity", "exploration", "policy_id", "history_yes", "history_n", "readiness"}
"""Names that a signal must not have, since the package's frames have columns of these names next to the signals."""


def faults_of(signal: Signal) -> Iterator[Fault]:
    for check in _CHECKS:
        for problem, fix in check(signal):
            yield Fault(f"[[signals]] {signal.name}", problem, fix)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Advice with the closest allowed name. If none is close, lists the allowed names, up to 30."""
    names = sorted(allowed)
    hint = f"allowed: {', '.join(names)}." if len(names) <= 30 else "see 'advocate-score signals'."
    return did_you_mean(name, names) or hint


Problems = Iterator[tuple[str, str]]


def _name(signal: Signal) -> Problems:
    if signal.name in RESERVED:
        yield f"'{signal.name}' is the name of a column of ours.", "choose another name."


def _history(signal: Signal) -> Problems:
    if signal.table in UNDATED_TABLES:
        yield f"table {signal.table} {UNDATED_TABLES[signal.table]}.", "signals cannot use it."
    for column in sorted(signal.columns_used):
        why = WITHOUT_HISTORY.get(signal.table, {}).get(column)
        if column in IDENTIFYING.get(signal.table, ()):
            yield f"column {column} names the account, it does not describe it.", _columns(signal)
        elif why:
            yield f"column {column} of {signal.table} {why}.", _columns(signal)


def _columns(signal: Signal) -> str:
    return f"columns of {signal.table} for signals: {', '.join(columns_allowed(signal.table))}."


def _aggregate(signal: Signal) -> Problems:
    own = column_type(signal.table, signal.column) if signal.column else None
    if signal.kind.column == "numbers" and own not in ("number", "integer", "flag", None):
        yield (
            f"aggregate '{signal.aggregate}' needs numbers, and {signal.column} is {_a(own)}.",
            "use distinct or count.",
        )
    if signal.kind.is_proportion and not signal.where:
        yield f"a {signal.aggregate} needs where: without it every row passes.", "say which rows count."
    if signal.among and not signal.kind.is_proportion:
        yield "'among' goes with share and rate only.", "put the conditions into where."
    if signal.prior is not None and not signal.kind.has_prior:
        yield "'prior' goes with rate only.", "take it out."
    if signal.aggregate == "value" and signal.lookback_days is not None:
        yield "an attribute of the account has no lookback.", "take lookback_days out."
    if signal.is_category and signal.fill is not None:
        yield "a category cannot be filled with a number.", "take fill out."


def _sentences(signal: Signal) -> Problems:
    sample = "text" if signal.is_category else 1.0
    for language in LANGUAGES:
        try:
            signal.sentence(sample, language)
        except ValueError:
            kind = "text" if signal.is_category else "a number"
            yield f"the format of {{value}} in '{language}' does not suit {kind}.", "write {value} or {value:.0f}."


def _conditions(signal: Signal) -> Problems:
    for conditions in (signal.where, signal.among):
        for column, condition in conditions.items():
            yield from _condition(signal.table, column, condition)


def _condition(table: str, column: str, condition: Condition) -> Problems:
    own = column_type(table, column)
    if isinstance(condition, Bounds):
        if own not in ("number", "integer", None) and (condition.min, condition.max) != (None, None):
            yield f"{column} is {_a(own)}: it has no min and max.", f"{column} = {{ present = true }}, or its values."
    elif not condition:
        yield f"{column} = [] lets no row pass.", "give at least one value."
    elif own is not None:
        yield from _values(table, column, condition)


def _values(table: str, column: str, values: Sequence[Scalar]) -> Problems:
    own = column_type(table, column)
    if own == "time":
        yield f"{column} is a time: it cannot be compared with values.", f"{column} = {{ present = true }}."
    elif own == "flag" and not all(isinstance(value, bool) for value in values):
        yield f"{column} is true or false.", f"{column} = true."
    elif own in ("number", "integer") and not all(_is_number(value) for value in values):
        yield f"{column} is a number.", f"{column} = [1], or {column} = {{ min = 1 }}."
    elif own in ("text", "id", "choice") and not all(isinstance(value, str) for value in values):
        yield f"{column} is text.", f'{column} = ["…"].'
    elif own == "choice":
        choices = TABLES[table].column(column).choices
        for value in sorted({*map(str, values)} - {*choices}):
            yield f"{column} is never '{value}'.", nearest(value, choices)


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _a(own: str | None) -> str:
    return {"time": "a time", "flag": "true or false", "id": "an id"}.get(own or "", "text")


_CHECKS: tuple[Callable[[Signal], Problems], ...] = (_name, _history, _aggregate, _sentences, _conditions)


Present = Mapping[str, frozenset[str]]
"""Table → the columns that its export has; an absent table has no key."""


@dataclass(frozen=True)
class Catalogue:
    """Declared signals in a fixed order, and the name of each concept by its slug."""

    signals: tuple[Signal, ...]
    concepts: Mapping[str, Text]

    def active(self, present: Present) -> tuple[Signal, ...]:
        """The signals whose table and columns are present."""
        return tuple(signal for signal in self.signals if not why_inactive(signal, present))

    def inactive(self, present: Present) -> dict[str, str]:
        """Name of each signal that cannot be computed → the reason."""
        reasons = {signal.name: why_inactive(signal, present) for signal in self.signals}
        return {name: why for name, why in reasons.items() if why}


@cache
def shipped_catalogue() -> Catalogue:
    text = files("advocate_score.signals").joinpath("catalogue.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    signals = tuple(Signal.model_validate(declared) for declared in document["signals"])
    concepts = {slug: Text(**label) for slug, label in document["concepts"].items()}
    return Catalogue(signals, MappingProxyType(concepts))


def resolve(settings: Settings) -> Catalogue:
    """The catalogue under a configuration. Raises ConfigurationError that names every fault."""
    remaining = [signal for signal in shipped_catalogue().signals if signal.name not in settings.catalogue.off]
    faults = [*_unknown_names(settings.catalogue.off), *_repeated_names(remaining, settings.signals)]
    faults += [fault for signal in settings.signals for fault in faults_of(signal)]
    if faults:
        raise ConfigurationError(faults)
    signals = (*remaining, *settings.signals)
    labels = {signal.concept: _label(signal.concept) for signal in settings.signals}
    return Catalogue(signals, MappingProxyType(labels | dict(shipped_catalogue().concepts)))


def why_inactive(signal: Signal, present: Present) -> str:
    """Why the signal cannot be computed; empty if it can."""
    if signal.table not in present:
        return f"table {signal.table} is not there"
    columns, happened = present[signal.table], TABLES[signal.table].happened
    if happened and happened not in columns:
        return f"{signal.table} has no {happened}: nothing says when a row was known"
    needed = frozenset().union(*(columns_needed(signal.table, column) for column in signal.columns_used))
    missing = sorted(needed - columns)
    return f"{signal.table} has no {_and(missing)}" if missing else ""


def _unknown_names(off: Sequence[str]) -> Iterator[Fault]:
    names = {signal.name for signal in shipped_catalogue().signals}
    for name in off:
        if name not in names:
            yield Fault("[catalogue] off", f"no shipped signal is called '{name}'.", nearest(name, names))


def _repeated_names(remaining: Sequence[Signal], own: Sequence[Signal]) -> Iterator[Fault]:
    used = {
        signal.name: f"shipped: add '{signal.name}' to [catalogue] off, or choose another name." for signal in remaining
    }
    for signal in own:
        if signal.name in used:
            yield Fault(f"[[signals]] {signal.name}", "this name is taken.", f"it is {used[signal.name]}")
        used.setdefault(signal.name, "declared twice: choose another name.")


def _label(concept: str) -> Text:
    """The name of a user's own concept: its slug in words."""
    words = concept.replace("_", " ")
    return Text(words, words)


def _and(names: Sequence[str]) -> str:
    return " and no ".join(names)


DERIVED_TYPES: dict[str, dict[str, ColumnType]] = {
    "asks": {"answered": "flag", "response_days": "number", "completed": "flag", "completion_days": "number"},
    "cases": {"open": "flag", "resolution_days": "number"},
}

DERIVED_FROM: dict[str, dict[str, frozenset[str]]] = {
    "asks": {
        "answered": frozenset({"response"}),
        "response_days": frozenset({"response", "responded_at"}),
        "completed": frozenset({"completed_at"}),
        "completion_days": frozenset({"completed_at"}),
    },
    "cases": {"open": frozenset({"closed_at"}), "resolution_days": frozenset({"closed_at"})},
}

_TODAY = "holds today's value only, which a past as-of could not have known"
_GROWS = "is filled later, and nothing says when"
WITHOUT_HISTORY = {
    "accounts": {"status": _TODAY, "merged_into": _TODAY},
    "assets": {"downloads": _GROWS, "views": _GROWS, "opportunity_ids": _GROWS},
}
IDENTIFYING = {"accounts": {"account_id", "account_name"}}
UNDATED_TABLES = {"permissions": "has no time from which a row was known"}


def column_type(table: str, column: str) -> ColumnType | None:
    """The declared type of a column; None for an extra column of the export, whose values are text."""
    derived = DERIVED_TYPES.get(table, {})
    if column in derived:
        return derived[column]
    known = {own.name: own.type for own in TABLES[table].columns}
    return known.get(column)


def columns_needed(table: str, column: str) -> frozenset[str]:
    """The columns of the export that `column` needs: itself, or those it is derived from."""
    return DERIVED_FROM.get(table, {}).get(column, frozenset({column}))


def columns_allowed(table: str) -> tuple[str, ...]:
    refused = {*WITHOUT_HISTORY.get(table, ()), *IDENTIFYING.get(table, ())}
    return tuple(name for name in (*TABLES[table].column_names, *DERIVED_TYPES.get(table, ())) if name not in refused)
