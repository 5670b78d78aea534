"""What the rules read, put together from the tables in use, the rows set aside and the kept answers."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.engine.base import Engine
from advocate_score.policy.inputs import Facts
from advocate_score.protection.matching import Match
from advocate_score.protection.protecting_facts import Protection, protective_facts, rows_of, unreadable_frame
from advocate_score.protection.strict_readings import Unreadable
from advocate_score.schema import TABLES
from advocate_score.tables.deduplication import LEFT_OUT_ACCOUNTS
from advocate_score.tables.ingest import PreparedTables
from advocate_score.tables.quarantine import SetAside
from advocate_score.tables.recorded_asks import EXPORTED_ASKS, KEPT_ASKS, RECORDED
from protection.rows import NOW, aside, facts_of, frame

DAY = timedelta(days=1)
ROW = "source row"
NAMES = ("accounts", "contacts", "permissions", "asks", "cases", "renewals")


class Views:
    """An engine that knows how to read a view whole, and nothing else."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self.frames = frames

    def frame(self, sql: str) -> pd.DataFrame:
        view = sql.rsplit(" ", 1)[1].strip('"')
        return self.frames[view].copy()


def protected(
    *, set_aside: dict[str, SetAside] | None = None, kept: list[dict[str, Any]] | None = None, **tables: Any
) -> Protection:
    """`protected(permissions=[…])`; clients a and b where none are named; `left_out` are account ids, `kept` answers,
    `merged` account → where its merges end."""
    tables.setdefault("accounts", [{"account_id": "a", "status": "active"}, {"account_id": "b", "status": "active"}])
    views = {name: frame(name, *tables.get(name, [])) for name in NAMES}
    views[LEFT_OUT_ACCOUNTS] = pd.DataFrame({"account_id": pd.Series(tables.get("left_out", []), dtype="str")})
    if kept is not None:
        views |= {EXPORTED_ASKS: views["asks"], KEPT_ASKS: frame("asks", *kept, numbered=False), "asks": None}
    counts: Any = {} if kept is None else {RECORDED: None}
    merged = tables.get("merged", {})
    prepared = PreparedTables({}, counts, {}, (), None, {}, {}, set_aside=set_aside or {}, merged=merged)
    engine: Any = Views(views)
    found: Engine = engine
    return protective_facts(found, prepared, 2, NOW, live=tables.get("live", True))


def cells(facts: Facts, table: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = getattr(facts, table)[list(columns)].astype("object")
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("table", "column", "given", "taken"),
    [
        ("accounts", "status", "other", "churned"),
        ("accounts", "status", "active", "active"),
        ("permissions", "status", "other", "denied"),
        ("permissions", "status", "granted", "granted"),
        ("renewals", "kind", "other", "non_renewal"),
        ("renewals", "kind", "pending", "pending"),
        ("asks", "response", "other", "declined"),
        ("asks", "response", "accepted", "accepted"),
        ("cases", "severity", 3, 3),
    ],
)
def test_a_word_that_nobody_knows_is_taken_for_the_strictest(table: str, column: str, given: Any, taken: Any) -> None:
    facts = protected(**{table: [{column: given}]}).facts
    assert cells(facts, table, column) == [(taken,)]


@pytest.mark.parametrize("live", [True, False])
def test_facts_know_whether_the_night_is_live(live: bool) -> None:
    assert protected(live=live).facts.live is live


@pytest.mark.parametrize(
    ("table", "own", "also"),
    [
        ("permissions", {"permission_id": "W", "status": "granted"}, {"permission_id": "X", "status": "denied"}),
        ("cases", {"case_id": "S", "severity": 3}, {"case_id": "T", "severity": 1}),
        ("renewals", {"renewal_id": "R", "kind": "renewal"}, {"renewal_id": "Q", "kind": "non_renewal"}),
        ("asks", {"ask_id": "K", "level": 1}, {"ask_id": "L", "level": 2}),
    ],
)
def test_rows_that_were_set_aside_join_those_in_use(table: str, own: dict[str, Any], also: dict[str, Any]) -> None:
    protection = protected(**{table: [own]}, set_aside=aside(table, "duplicate", **also))
    key = TABLES[table].key
    assert cells(protection.facts, table, key, ROW) == [(own[key], 2), (also[key], 2)]
    assert getattr(protection.facts, table).dtypes.equals(frame(table, own).dtypes)
    assert cells(protected(**{table: [own]}).facts, table, key) == [(own[key],)]


def test_whole_numbers_stay_whole_where_none_is_missing() -> None:
    gapless = frame("cases", {"case_id": "S", "severity": 3}).astype({"severity": "int64"})
    views = {name: frame(name) for name in NAMES} | {"cases": gapless}
    views["accounts"] = frame("accounts", {"status": "active"})
    views[LEFT_OUT_ACCOUNTS] = pd.DataFrame({"account_id": pd.Series([], dtype="str")})
    kinds = {}
    for severity in (1, None):
        set_aside = aside("cases", "duplicate", case_id="T", severity=severity)
        engine: Any = Views(views)
        prepared = PreparedTables({}, {}, {}, (), None, {}, {}, set_aside=set_aside)
        cases = protective_facts(engine, prepared, 2, NOW, live=True).facts.cases
        kinds[severity] = str(cases["severity"].dtype)
        assert str(cases[ROW].dtype) == "int64"
    assert kinds == {1: "int64", None: "float64"}


def test_what_cannot_be_read_is_among_the_facts() -> None:
    facts = protected(set_aside=aside("permissions", "nul_byte", "status", permission_id="X")).facts
    columns = ("account_id", "source", "table", "key", "row")
    assert cells(facts, "unreadable", *columns) == [
        ("a", "permissions row 2: nul_byte (status)", "permissions", "X", 2)
    ]


def test_unreadable_noes_are_typed_also_where_there_are_none() -> None:
    one = Unreadable("a", "cases", "", 7, "bad_time")
    for rows in (unreadable_frame([]), unreadable_frame([one])):
        assert rows.columns.tolist() == ["account_id", "source", "table", "key", "digest", "row"]
        assert [str(kind) for kind in rows.dtypes] == ["str"] * 5 + ["int64"]


def test_a_severity_that_rests_nobody_is_not_unreadable() -> None:
    found = [
        len(protected(set_aside=aside("cases", "bad_time", "opened_at", severity=severity)).readings.unreadable)
        for severity in (1, 2, 3)
    ]
    assert found == [1, 1, 0]


def test_whoever_objected_in_any_row_has_objected() -> None:
    people = [
        {"contact_id": "P", "said to refuse": True},
        {"contact_id": "Q", "said to refuse": False},
        {"contact_id": "R", "account_id": "b"},
        {"contact_id": "P", "account_id": "b"},
    ]
    facts = protected(
        contacts=people, set_aside=aside("contacts", "duplicate", contact_id="r", **{"said to refuse": True})
    ).facts
    assert cells(facts, "contacts", "account_id", "contact_id", "objected") == [
        ("a", "P", True),
        ("a", "Q", False),
        ("b", "R", True),
        ("b", "P", True),
    ]


def test_who_refused_in_a_row_that_is_not_in_use_is_a_contact_of_its_account() -> None:
    refused = aside("contacts", "older_version", contact_id="P", account_id="b", **{"said to refuse": True})
    facts = protected(contacts=[{"contact_id": "P"}], set_aside=refused).facts
    assert cells(facts, "contacts", "account_id", "contact_id", "objected") == [("a", "P", True), ("b", "P", True)]
    silent = aside("contacts", "older_version", contact_id="Q")
    assert cells(protected(set_aside=silent).facts, "contacts", "contact_id") == []
    twice = aside("contacts", "older_version", contact_id="P", **{"said to refuse": True})
    once = protected(contacts=[{"contact_id": "P"}], set_aside=twice).facts
    assert cells(once, "contacts", "contact_id", "objected") == [("P", True)]


def test_a_contact_is_known_by_the_id_that_contacts_have() -> None:
    people = [{"contact_id": "P1", "account_id": "b"}, {"contact_id": "Q"}]
    denials = [{"contact_id": one, "status": "denied"} for one in ("p1", "Q", "new", None)]
    asks = [{"contact_id": one, "level": 1} for one in ("p1", "Q", "new", None)]
    facts = protected(contacts=people, permissions=denials, asks=asks).facts
    assert cells(facts, "permissions", "contact_id")[:4] == [("P1",), ("Q",), ("new",), (None,)]
    assert cells(facts, "asks", "contact_id") == [("P1",), ("Q",), ("new",), (None,)]


def test_a_persons_word_follows_the_person() -> None:
    people = [{"contact_id": "P", "account_id": "b"}, {"contact_id": "Q"}]
    denials = [
        {"permission_id": "1", "contact_id": "P", "status": "denied"},
        {"permission_id": "2", "contact_id": "Q", "status": "denied"},
        {"permission_id": "3", "contact_id": None, "status": "denied"},
        {"permission_id": "4", "contact_id": "", "status": "denied"},
    ]
    facts = protected(contacts=people, permissions=denials).facts
    found = cells(facts, "permissions", "permission_id", "account_id")
    assert found == [("1", "a"), ("2", "a"), ("3", "a"), ("4", "a"), ("1", "b")]
    assert facts.permissions.index.tolist() == list(range(5))
    assert facts.permissions.columns.tolist() == frame("permissions").columns.tolist()


def test_kept_answers_count_beside_the_export_under_every_account_that_they_fit() -> None:
    kept = [
        {"ask_id": "K", "account_id": "A", "level": 2, "response": "declined"},
        {"ask_id": "L", "account_id": "old", "level": 3, "response": "not_now"},
        {"ask_id": "M", "account_id": "zz", "level": 3, "response": "not_now"},
    ]
    exported = [{"ask_id": "K", "level": 2, "response": "no_reply"}, {"ask_id": "N", "account_id": "b", "level": 1}]
    aside_ask = aside("asks", "duplicate", ask_id="O", level=4)
    facts = protected(asks=exported, kept=kept, merged={"old": "b"}, set_aside=aside_ask).facts
    assert sorted(cells(facts, "asks", "ask_id", "account_id", "level", "response"), key=str) == [
        ("K", "a", 2, "declined"),
        ("L", "b", 3, "not_now"),
        ("N", "b", 1, None),
        ("O", "a", 4, None),
    ]
    rows = rows_of(facts, "asks").set_index("ask_id")["row"]
    assert rows[["N", "O"]].tolist() == [3, 2]
    assert rows[["K", "L"]].isna().all()


def test_accounts_that_are_not_in_use_are_no_clients() -> None:
    out = aside("accounts", "left_out", account_id="gone")
    accounts = protected(left_out=["away"], set_aside=out, merged={"old": "b"}).accounts
    matches = {one: accounts.find(one)[0] for one in ("a", "old", "away", "gone", "zz")}
    assert matches == {
        "a": Match.EXACT,
        "old": Match.EXACT,
        "away": Match.NOT_A_CLIENT,
        "gone": Match.NOT_A_CLIENT,
        "zz": Match.UNMATCHED,
    }
    nameless = aside("accounts", "missing_id", "account_id", account_id=None)
    assert protected(set_aside=nameless).accounts.left_out == frozenset()


def test_rows_of_a_table_have_its_key_and_their_number(tmp_path: Path) -> None:
    facts = facts_of(cases=[{"case_id": "S"}])
    assert rows_of(facts, "cases")[["key", "row"]].to_numpy().tolist() == [["S", 2]]
    bare = Facts(**{name: getattr(facts, name).drop(columns=ROW) for name in NAMES})
    unnumbered = rows_of(bare, "cases")["row"]
    assert unnumbered.isna().tolist() == [True]
    assert str(unnumbered.dtype) == "Int64"
