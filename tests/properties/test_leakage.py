"""What happened or was recorded at or after an as-of instant changes no signal; ten planted leaks are found by it."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pandas as pd
import pytest

from advocate_score.engine.duckdb_engine import DuckdbEngine
from advocate_score.signal_spec import Signal
from advocate_score.signals.compute import signal_frame
from oracles.signal_oracle import HAPPENED, Row, known
from oracles.signal_worlds import AS_OFS, World, event_row, random_signals, register, world

MATURITY = 45
ACCOUNTS = [f"A{number:03}" for number in range(60)]


class LeakyEngine:
    """The engine with one piece of every statement replaced, to see whether the property notices."""

    def __init__(self, engine: DuckdbEngine, sound: str, leak: str) -> None:
        self.engine, self.sound, self.leak = engine, sound, leak
        self.register_frame = engine.register_frame
        self.is_planted = False

    def frame(self, sql: str) -> pd.DataFrame:
        self.is_planted |= self.sound in sql
        return self.engine.frame(sql.replace(self.sound, self.leak))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckdbEngine]:
    with DuckdbEngine(tmp_path_factory.mktemp("spill"), "500MB", 1) as opened:
        yield opened


def spine_of(chance: random.Random, single: bool) -> pd.DataFrame:
    """One as-of an account: the same for all, or each its own."""
    instants = [chance.choice(AS_OFS)] * len(ACCOUNTS) if single else [chance.choice(AS_OFS) for _ in ACCOUNTS]
    return pd.DataFrame({"account_id": ACCOUNTS, "as_of": pd.to_datetime(instants)})


def with_another_future(chance: random.Random, made: World, as_ofs: dict[str, datetime]) -> tuple[World, int]:
    """The world with everything that was not known yet taken out, altered or made up anew; how many rows differ."""
    changed: World = {"accounts": made["accounts"]}
    changes = 0
    for table, rows in made.items():
        if table == "accounts":
            continue
        kept = [_as_known(chance, table, row, as_ofs[row["account_id"]]) for row in rows]
        kept = [row for row in kept if row is not None]
        fresh = [_future_row(chance, table, name, as_of) for name, as_of in as_ofs.items()]
        changes += len(rows) - sum(row in rows for row in kept) + len(fresh)
        changed[table] = chance.sample([*kept, *fresh], len(kept) + len(fresh))
    return changed, changes


def _as_known(chance: random.Random, table: str, row: Row, as_of: datetime) -> Row | None:
    """The row if it was known, with another end to what was still open."""
    seen = known(table, row, as_of, MATURITY)
    if seen is None:
        return None
    later = as_of + timedelta(days=chance.choice([0, 0, 1, 30]))
    open_end = {"contacts": "objected_at", "cases": "closed_at"}.get(table)
    if open_end and seen[open_end] is None:
        return row | {open_end: chance.choice([None, later])}
    if table == "asks" and not seen["completed"]:
        return row | _later_answer(chance, later, answered=bool(seen["answered"]))
    return row


def _later_answer(chance: random.Random, later: datetime, answered: bool) -> Row:
    delivery = {"completed_at": chance.choice([None, later]), "quality": chance.choice([None, 0.25, 0.5])}
    if answered:
        return delivery
    answer = chance.choice(["accepted", "declined", "not_now", "no_reply", None])
    return delivery | {"response": answer, "responded_at": later, "recorded_at": chance.choice([None, later])}


def _future_row(chance: random.Random, table: str, account: str, as_of: datetime) -> Row:
    """A row that happened at or after the as-of, or one that happened before and was recorded at or after it."""
    row = event_row(chance, table, account)
    later = as_of + timedelta(days=chance.choice([0, 0, 1, 30]))
    if table in ("contacts", "asks", "cases", "assets") or chance.random() < 0.5:
        row[HAPPENED[table]] = later
    else:
        row |= {HAPPENED[table]: as_of - timedelta(days=chance.choice([0, 1, 60])), "recorded_at": later}
    return row


def differing(engine: object, seed: int, single: bool, signals: tuple[Signal, ...]) -> tuple[list[str], int]:
    """The signals that another future changed, and the number of changes that future holds."""
    chance = random.Random(seed)
    made, spine = world(chance, ACCOUNTS), spine_of(chance, single)
    as_ofs = dict(zip(spine["account_id"], spine["as_of"].dt.to_pydatetime(), strict=True))
    changed, changes = with_another_future(chance, made, as_ofs)
    frames = []
    for one in (made, changed):
        register(engine, one)
        frames.append(signal_frame(engine, spine, signals, MATURITY))
    return [name for name in frames[0] if not frames[0][name].equals(frames[1][name])], changes


@pytest.mark.goal("G18")
@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_the_future_changes_nothing(
    engine: DuckdbEngine, seed: int, single: bool, measured: Callable[[str], None]
) -> None:
    names, changes = differing(engine, seed, single, random_signals(random.Random(seed), 80))
    assert names == []
    assert changes > 1_000
    measured("four worlds with over 1,000 changes to later rows each: no signal changed")


_HAPPENED = 'e."occurred_at" < s.as_of'
_RECORDED = 'COALESCE(e."recorded_at", e."occurred_at") < s.as_of'
_ANSWERED = "GREATEST(e.responded_at, e.recorded_at)"
PLANTED = {
    "events of the instant itself": (_HAPPENED, 'e."occurred_at" <= s.as_of'),
    "events of the next month": (_HAPPENED, f"{_HAPPENED} + INTERVAL '31' DAY"),
    "events recorded later": (_RECORDED, "TRUE"),
    "events recorded at the instant": (_RECORDED, _RECORDED.replace("<", "<=")),
    "the ask itself": ('e."asked_at" < s.as_of', 'e."asked_at" <= s.as_of'),
    "answers not given yet": (f"COALESCE({_ANSWERED}", "COALESCE(e.asked_at"),
    "answers not recorded yet": (_ANSWERED, "e.responded_at"),
    "deliveries not made yet": ("e.completed_at < s.as_of AND", "e.completed_at IS NOT NULL OR"),
    "cases not closed yet": ("e.closed_at >= s.as_of", "FALSE"),
    "people who had not objected yet": ("e.objected_at < s.as_of", "TRUE"),
}


def declared(table: str, watched: str, **more: object) -> Signal:
    plain = {"family": "renewals", "concept": "test", "en": "{value}", "es": "{value}", "aggregate": "count"}
    where = {watched: {"present": True}}
    return Signal.model_validate({"name": f"{table}_{watched}", "table": table, "where": where, **plain, **more})


WATCHED = (
    declared("interactions", "kind"),
    declared("surveys", "nps", where={}, aggregate="last", column="nps"),
    declared("asks", "level"),
    declared("asks", "response", where={"response": "accepted"}),
    declared("asks", "completed"),
    declared("cases", "open", where={"open": True}),
    declared("contacts", "objected_at"),
)


@pytest.mark.goal("G18")
@pytest.mark.parametrize("leak", PLANTED)
def test_a_planted_leak_is_found(engine: DuckdbEngine, leak: str, measured: Callable[[str], None]) -> None:
    leaky = LeakyEngine(engine, *PLANTED[leak])
    names, _ = differing(leaky, seed=1, single=False, signals=WATCHED)
    assert leaky.is_planted
    assert names
    measured(f"{len(PLANTED)} planted leaks, all found")


def test_nothing_is_found_where_nothing_leaks(engine: DuckdbEngine) -> None:
    names, _ = differing(LeakyEngine(engine, _HAPPENED, _HAPPENED), seed=1, single=False, signals=WATCHED)
    assert names == []
