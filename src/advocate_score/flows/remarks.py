"""What a run leaves out, or takes in a way that its reader should know of."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import pandas as pd

from advocate_score.canonical import TABLES, Table
from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_identifier as name
from advocate_score.engine.sql import quote_literal
from advocate_score.errors import Fault, InputError
from advocate_score.flows.frames import seen_until
from advocate_score.flows.project import Data
from advocate_score.model.ladder_model import LadderModel
from advocate_score.policy.facts import Facts, have_objected

FEWEST_ASKS = 30
MOST_SILENT = 0.2
_NAMED = 10


def rows_not_yet_known(data: Data, as_of: datetime) -> dict[str, int]:
    """table → rows that happened, or were recorded, at the as-of or later: no signal and no rule reads them."""
    tables = [TABLES[name] for name in data.tables.present if TABLES[name].happened]
    found = {table.name: _count(data.engine, table.name, _later(table, as_of)) for table in tables}
    return {name: rows for name, rows in found.items() if rows}


def objected_contacts(facts: Facts, as_of: datetime) -> int:
    """Contacts who have asked not to be approached, and are suggested to nobody."""
    return int(have_objected(facts, as_of).sum())


def silent_asks(data: Data, settings: Settings, as_of: datetime) -> Iterator[str]:
    """A warning where asks whose window has passed have no answer: they count as no reply."""
    until = quote_literal(seen_until(data, as_of))
    ended = f"asked_at + INTERVAL '{settings.model.maturity_days}' DAY <= {until}"
    number = _count(data.engine, "asks", f"response IS NULL AND level >= 1 AND {ended}")
    if number:
        days = settings.model.maturity_days
        yield f"asks: {number:,} have no answer {days} days after they were made: they count as no reply."


def thin_levels(model: LadderModel) -> Iterator[str]:
    """A warning for each level that was hardly asked for, where the model learned from asks at all."""
    if not sum(model.asks_):
        return
    for level, asks in zip(model.levels, model.asks_, strict=True):
        if asks < FEWEST_ASKS:
            borrowed = " and is scored from its neighbours" if level in model.borrowed() else ""
            yield f"level {level}: the model learned from {asks} mature asks, fewer than {FEWEST_ASKS}{borrowed}."


def silent_signals(accounts: pd.DataFrame, signals: Sequence[Signal]) -> Iterator[str]:
    """A warning where active signals are unknown for every account; InputError where more than a fifth of them are."""
    silent = [one.name for one in signals if len(accounts) and accounts[one.name].isna().all()]
    if not silent:
        return
    listed = ", ".join(silent[:_NAMED]) + (", …" if len(silent) > _NAMED else "")
    problem = f"{len(silent)} of {len(signals)} active signals are unknown for every account: {listed}."
    if len(silent) > MOST_SILENT * len(signals):
        fix = "see whether columns of the export are empty; take them out of it, and their signals are inactive"
        raise InputError([Fault("signals", problem, fix)])
    yield problem


def _later(table: Table, as_of: datetime) -> str:
    return " OR ".join(f"{name(time)} >= {quote_literal(as_of)}" for time in (table.happened, table.recorded) if time)


def _count(engine: Engine, table: str, where: str) -> int:
    return int(engine.frame(f"SELECT COUNT(*) AS n FROM {name(table)} WHERE {where}")["n"].iloc[0])
