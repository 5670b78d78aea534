"""Small nasty worlds and random declared signals: equal times, times on the edge, nulls, late records, open asks."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd
from pydantic import ValidationError

from advocate_score.engine.base import Engine
from advocate_score.schema import TABLES, Column
from advocate_score.signal_spec import AGGREGATES as KINDS, Aggregate, Signal
from advocate_score.signals.catalogue import DERIVED_TYPES, column_type, faults_of

EVENTS = tuple(table for table in TABLES.values() if table.of_account and table.happened)
EXTRA = {"accounts": "tier", "interactions": "mood", "asks": "n_files"}
"""A column of three exports that the contract does not know: text, sometimes a number, sometimes a flag."""

START = datetime(2024, 1, 1)
AS_OFS = [START + timedelta(days=day) for day in (90, 180, 200, 365, 400)]
WORDS = ("meeting", "call", "it's", "back\\slash", 'double"quote', "niño", "")
EXTRA_WORDS = ("1", "2.5", "yes", "No", "calm", "1e20")
NUMBERS = (0.0, 0.5, -0.25, 3.1416, 1e12, 1e15)
DTYPES = {"time": "datetime64[us]", "number": "float64", "integer": "Int64", "flag": "boolean"}

AGGREGATES: tuple[Aggregate, ...] = tuple(name for name in KINDS if name != "value")

World = dict[str, list[dict[str, object]]]


def instant(chance: random.Random) -> datetime:
    """Mostly whole days around the as-ofs, so that events tie and fall on every edge."""
    shift = chance.choice([0, 0, 0, 0, 12, 24, 24]) if chance.random() < 0.9 else chance.random() * 24
    return START + timedelta(days=chance.choice([0, 45, 90, 135, 155, 180, 200, 355, 365, 400]), hours=shift)


def world(chance: random.Random, accounts: list[str], rows: int = 8) -> World:
    """Every account-owned table with about `rows` rows an account."""
    made: World = {"accounts": [account_row(chance, name) for name in accounts]}
    for table in EVENTS:
        made[table.name] = []
        for name in accounts:
            for _ in range(chance.randint(0, rows)):
                made[table.name].append(event_row(chance, table.name, name))
    return made


def account_row(chance: random.Random, name: str) -> dict[str, object]:
    row = {column.name: cell(chance, column) for column in TABLES["accounts"].columns}
    return row | {"account_id": name, "tier": chance.choice(["gold", None])}


def event_row(chance: random.Random, table: str, account: str) -> dict[str, object]:
    row = {column.name: cell(chance, column) for column in TABLES[table].columns}
    row |= {TABLES[table].key: f"{chance.random():.12f}", "account_id": account}
    if table in EXTRA:
        row[EXTRA[table]] = chance.choice([*EXTRA_WORDS, None])
    return row


def cell(chance: random.Random, column: Column) -> object:
    if not column.required and chance.random() < 0.25:
        return None
    if column.type == "integer":
        return chance.randint(int(column.minimum or 0), int(column.maximum or 5))
    if column.type == "time":
        return instant(chance)
    values = {"number": NUMBERS, "flag": (True, False), "choice": column.choices}
    return chance.choice(values.get(column.type, WORDS))


def register(engine: Engine, made: World) -> None:
    for name, rows in made.items():
        engine.register_frame(name, typed(name, rows))


def typed(table: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as the prepared tables have them: every canonical column in its type, further ones as text."""
    declared = {column.name: DTYPES.get(column.type, "str") for column in TABLES[table].columns}
    names = [*declared, *filter(None, [EXTRA.get(table)])]
    frame = pd.DataFrame(rows, columns=names, dtype="object")
    return frame.astype({name: declared.get(name, "str") for name in names})


def random_signals(chance: random.Random, number: int) -> tuple[Signal, ...]:
    found: list[Signal] = []
    while len(found) < number:
        found.extend(_one(chance, f"signal_{len(found)}"))
    return tuple(found)


def _one(chance: random.Random, name: str) -> Iterator[Signal]:
    """A random declaration, where it happens to be a good one."""
    table = chance.choice(["accounts", *(table.name for table in EVENTS)])
    columns = [*TABLES[table].column_names, *DERIVED_TYPES.get(table, ()), *filter(None, [EXTRA.get(table)])]
    aggregate = chance.choice(AGGREGATES) if table != "accounts" else "value"
    declared: dict[str, object] = {"name": name, "family": "renewals", "table": table, "aggregate": aggregate}
    declared |= {"concept": "test", "en": "{value}", "es": "{value}"}
    if KINDS[aggregate].column:
        numbers = [column for column in columns if column_type(table, column) in ("number", "integer", "flag", None)]
        declared["column"] = chance.choice(columns if aggregate in ("distinct", "value") else numbers or columns)
    if aggregate == "rate":
        declared |= {"prior": 0.3, "prior_strength": 7.0}
    if table != "accounts" and chance.random() < 0.7:
        declared["lookback_days"] = chance.choice([45, 90, 365, 35])
    if chance.random() < 0.2:
        declared["fill"] = -1.0
    for part, sizes in (("where", [0, 1, 1, 2]), ("among", [0, 0, 1])):
        chosen = chance.sample(columns, chance.choice(sizes))
        declared[part] = {column: _condition(chance, table, column) for column in chosen}
    try:
        signal = Signal.model_validate(declared)
    except ValidationError:
        return
    if not list(faults_of(signal)):
        yield signal


def _condition(chance: random.Random, table: str, column: str) -> object:
    """A condition that suits the column; on a column that only the export has, anything does."""
    own = column_type(table, column)
    if chance.random() < 0.2 or own == "time":
        return {"present": chance.random() < 0.7}
    if own in ("number", "integer") or (own is None and chance.random() < 0.3):
        return chance.choice([{"min": 0.5}, {"max": 3.0, "present": True}, {"min": 0.0, "max": 2.0}, [1, 0.5, 3]])
    if own == "flag":
        return [chance.random() < 0.6]
    choices = (
        TABLES[table].column(column).choices if own == "choice" else WORDS if own else [*EXTRA_WORDS, 1, 2.5, True]
    )
    return chance.sample(choices, chance.randint(1, min(3, len(choices))))
