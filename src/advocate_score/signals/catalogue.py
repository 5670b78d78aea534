"""The signals in use: those shipped in `catalogue.toml`, less those switched off, with the user's own."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from advocate_score.canonical import TABLES
from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.errors import ConfigurationError, Fault
from advocate_score.ladder import LANGUAGES
from advocate_score.signals.checks import faults_of, nearest
from advocate_score.signals.columns import columns_needed

Present = Mapping[str, frozenset[str]]
"""The columns that each table of the export really has; no key for a table that is not there."""


@dataclass(frozen=True)
class Catalogue:
    """Declared signals in a fixed order, and what each concept is called: slug → {en, es}."""

    signals: tuple[Signal, ...]
    concepts: Mapping[str, Mapping[str, str]]

    def active(self, present: Present) -> tuple[Signal, ...]:
        """The signals whose table and columns are there."""
        return tuple(signal for signal in self.signals if not why_inactive(signal, present))

    def inactive(self, present: Present) -> dict[str, str]:
        """Why each of the other signals cannot be computed."""
        reasons = {signal.name: why_inactive(signal, present) for signal in self.signals}
        return {name: why for name, why in reasons.items() if why}


@cache
def shipped() -> Catalogue:
    text = files("advocate_score.signals").joinpath("catalogue.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    signals = tuple(Signal.model_validate(declared) for declared in document["signals"])
    return Catalogue(signals, MappingProxyType(document["concepts"]))


def resolve(settings: Settings) -> Catalogue:
    """The catalogue under a configuration; ConfigurationError names every fault in it."""
    kept = [signal for signal in shipped().signals if signal.name not in settings.catalogue.off]
    faults = [*_unknown(settings.catalogue.off), *_repeated(kept, settings.signals)]
    faults += [fault for signal in settings.signals for fault in faults_of(signal)]
    if faults:
        raise ConfigurationError(faults)
    signals = (*kept, *settings.signals)
    labels = {signal.concept: _label(signal.concept) for signal in settings.signals}
    return Catalogue(signals, MappingProxyType(labels | dict(shipped().concepts)))


def why_inactive(signal: Signal, present: Present) -> str:
    """Empty where the signal can be computed."""
    if signal.table not in present:
        return f"table {signal.table} is not there"
    columns, happened = present[signal.table], TABLES[signal.table].happened
    if happened and happened not in columns:
        return f"{signal.table} has no {happened}: nothing says when a row was known"
    needed = frozenset().union(*(columns_needed(signal.table, column) for column in signal.columns_used))
    missing = sorted(needed - columns)
    return f"{signal.table} has no {_and(missing)}" if missing else ""


def _unknown(off: Sequence[str]) -> Iterator[Fault]:
    names = {signal.name for signal in shipped().signals}
    for name in off:
        if name not in names:
            yield Fault("[catalogue] off", f"no shipped signal is called '{name}'.", nearest(name, names))


def _repeated(kept: Sequence[Signal], own: Sequence[Signal]) -> Iterator[Fault]:
    seen = {signal.name: f"shipped: add '{signal.name}' to [catalogue] off, or choose another name." for signal in kept}
    for signal in own:
        if signal.name in seen:
            yield Fault(f"[[signals]] {signal.name}", "this name is taken.", f"it is {seen[signal.name]}")
        seen.setdefault(signal.name, "declared twice: choose another name.")


def _label(concept: str) -> dict[str, str]:
    """What a user's own concept is called: its slug in words."""
    return dict.fromkeys(LANGUAGES, concept.replace("_", " "))


def _and(names: Sequence[str]) -> str:
    return " and no ".join(names)
