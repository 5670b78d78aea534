"""The pessimist against rows written by hand, and against every kind of damage that is made up for the program."""

import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from faults.noes.kinds import KINDS, LAYOUTS, kinds_of
from faults.noes.layouts import write
from faults.noes.nights_of_kinds import peace_of, world_of
from faults.noes.world import LEVELS, World, checked
from oracles.pessimist import Peace, peace
from oracles.raw_crm import raw_hubspot, raw_salesforce
from oracles.raw_exports import TABLES, Raw, RawRow, raw_rows
from oracles.spelling import Spellings, key

AS_OF = datetime(2026, 1, 1)
EVERY = set(LEVELS)
Told = Callable[..., Peace]


def told(*, accounts: str = "C1 C2 C3", **tables: list[dict[str, str]]) -> Peace:
    """What the pessimist makes of a few rows; each account has one contact, P1 for C1, where none are given."""
    names = accounts.split()
    given = {"accounts": [{"account_id": name, "status": "active"} for name in names]}
    given["contacts"] = [{"contact_id": f"P{name[1:]}", "account_id": name} for name in names]
    rows = {**given, **tables}
    raw: Raw = {name: [RawRow(number, row) for number, row in enumerate(rows.get(name, ()), 2)] for name in TABLES}
    return peace(raw, AS_OF)


def levels(found: Peace, account: str) -> set[int]:
    return set(found.accounts.get(key(account), {}))


def denial(account: str = "C1", **cells: str) -> dict[str, str]:
    sound = {"permission_id": "W1", "account_id": account, "channel": "any", "status": "denied"}
    return {**sound, "valid_from": "2025-06-01", **cells}


def test_nobody_rests_where_nobody_said_no() -> None:
    found = told(
        permissions=[denial(status="granted"), denial("C2", status="needs_approval"), denial("C3", status="")],
        cases=[
            {"account_id": "C1", "opened_at": "2025-05-01", "closed_at": "2025-05-02", "severity": "1"},
            {"account_id": "C2", "opened_at": "2025-05-01", "severity": "3"},
            {"account_id": "C3", "opened_at": "2025-05-01", "severity": "1", "deleted": "true"},
        ],
        asks=[{"ask_id": "K", "account_id": "C1", "level": "2", "asked_at": "2024-01-01", "response": "accepted"}],
        renewals=[
            {"account_id": "C1", "kind": "non_renewal", "occurred_at": "2025-05-01"},
            {"account_id": "C2", "kind": "non_renewal", "occurred_at": "2025-11-01"},
            {"account_id": "C2", "kind": "renewal", "occurred_at": "2025-11-20"},
            {"account_id": "C3", "kind": "pending", "occurred_at": "2025-11-01", "due_at": "2026-10-01"},
        ],
    )
    assert (found.accounts, found.contacts) == ({}, {})


@pytest.mark.parametrize("word", ["Withdrawn", "revoked", "denegado", "DENIED", "?"])
def test_a_consent_that_is_not_given_is_refused(word: str) -> None:
    found = told(permissions=[denial(status=word), denial("C2", status="granted")])
    assert (levels(found, "C1"), levels(found, "C2")) == (EVERY, set())


def test_a_denial_ends_on_a_date_that_can_be_read_alone() -> None:
    found = told(permissions=[denial(valid_to="2025-12-01"), denial("C2", valid_to="ayer"), denial("C3")])
    assert [levels(found, one) for one in ("C1", "C2", "C3")] == [set(), EVERY, EVERY]


@pytest.mark.parametrize(
    ("grant", "released"),
    [
        ({"valid_from": "2025-07-01"}, True),
        ({"valid_from": "2025-06-01"}, False),
        ({"valid_from": "soon"}, False),
        ({"valid_from": "2026-02-01"}, False),
        ({"valid_from": "2025-07-01", "valid_to": "2025-08-01"}, False),
        ({"valid_from": "2025-07-01", "channel": "sales"}, False),
        ({"valid_from": "2025-07-01", "status": "needs_approval"}, False),
        ({"valid_from": "2025-07-01", "deleted": "yes"}, False),
        ({"valid_from": "2025-07-01", "account_id": "C2"}, False),
    ],
)
def test_only_a_later_readable_grant_of_as_much_releases(grant: dict[str, str], released: bool) -> None:
    found = told(permissions=[denial(), denial(permission_id="W2", **{"status": "granted", **grant})])
    assert (levels(found, "C1") == set()) == released


def test_a_grant_of_everything_is_not_said_of_the_one_use_that_was_refused() -> None:
    grant = denial(permission_id="W2", status="granted", valid_from="2025-09-01")
    assert levels(told(permissions=[denial(channel="sales"), grant]), "C1") == {3}


def test_a_channel_rests_its_own_asks() -> None:
    found = told(permissions=[denial(channel="sales"), denial("C2", channel="pigeon")])
    assert (levels(found, "C1"), levels(found, "C2")) == ({3}, EVERY)


@pytest.mark.parametrize("word", ["yes", "X", "1", "1900-01-01", "00/00/0000", "2030-01-01", "45306", "ayer"])
def test_an_objection_is_anything_but_a_plain_no(word: str) -> None:
    contacts = [{"contact_id": "P1", "account_id": "C1", "objected_at": word}]
    contacts += [
        {"contact_id": f"P{number}", "account_id": "C2", "objected_at": no}
        for number, no in enumerate(("", "no", "0"), 2)
    ]
    found = told(contacts=contacts)
    assert (levels(found, "C1"), levels(found, "C2")) == (EVERY, set())
    assert set(found.contacts) == {"p1"}


def test_an_account_rests_when_nobody_is_left() -> None:
    both = [{"contact_id": one, "account_id": "C1", "objected_at": "yes"} for one in ("P1", "P8")]
    one = [{"contact_id": "P2", "account_id": "C2", "objected_at": "yes"}, {"contact_id": "P9", "account_id": "C2"}]
    found = told(contacts=[*both, *one])
    assert (levels(found, "C1"), levels(found, "C2")) == (EVERY, set())


def test_a_personal_no_goes_with_the_person() -> None:
    found = told(contacts=[{"contact_id": "P1", "account_id": "C2"}], permissions=[denial("C1", contact_id="p1 ")])
    assert levels(found, "C2") == EVERY
    assert set(found.contacts) == {"p1"}
    assert "accounts" not in str(found.accounts["c2"]), "the person refused, not the new account"


@pytest.mark.parametrize(
    ("cells", "open_still"),
    [
        ({"severity": "Critical"}, True),
        ({"severity": "0"}, True),
        ({"severity": "2", "closed_at": "2025-02-30"}, True),
        ({"severity": "2", "closed_at": "2024-01-01"}, True),
        ({"severity": "2", "opened_at": "31.12.", "closed_at": ""}, True),
        ({"severity": "1", "opened_at": "2026-01-01T05:00:00Z"}, True),
        ({"severity": "1", "closed_at": "2025-12-01"}, False),
        ({"severity": "4"}, False),
    ],
)
def test_a_case_is_open_until_it_is_plainly_closed(cells: dict[str, str], open_still: bool) -> None:
    found = told(cases=[{"account_id": "C1", "opened_at": "2025-06-01", **cells}])
    assert (levels(found, "C1") == EVERY) == open_still


@pytest.mark.parametrize(
    ("cells", "rests"),
    [
        ({"response": "declined"}, {3}),
        ({"response": "Rejected"}, {3}),
        ({"response": "not_now", "responded_at": "2025-06-10"}, set()),
        ({"response": "not_now", "responded_at": "2025-11-10"}, {3}),
        ({"response": "no_reply"}, set()),
        ({"response": "declined", "level": "two"}, EVERY),
        ({"response": "accepted", "asked_at": "2025-12-20"}, EVERY),
        ({"response": "", "asked_at": "2026-01-01T09:00:00Z"}, EVERY),
        ({"response": "declined", "asked_at": "x", "responded_at": "2025-12-20"}, EVERY),
        ({"response": "declined", "asked_at": "x", "responded_at": "2025-03-20"}, {3}),
        ({"response": "declined", "asked_at": "x"}, EVERY),
        ({"response": "declined", "asked_at": "2024-06-01"}, set()),
        ({"response": "declined", "level": "0", "asked_at": "2025-12-31"}, set()),
    ],
)
def test_an_ask_rests_what_it_may(cells: dict[str, str], rests: set[int]) -> None:
    sound = {"ask_id": "K1", "account_id": "C1", "level": "3", "asked_at": "2025-06-01"}
    assert levels(told(asks=[{**sound, **cells}]), "C1") == rests


def test_four_asks_in_a_year_are_enough() -> None:
    asks = [
        {"ask_id": f"K{month}", "account_id": "C1", "level": "1", "asked_at": f"2025-0{month}-01"}
        for month in range(4, 8)
    ]
    assert levels(told(asks=asks), "C1") == EVERY
    assert levels(told(asks=asks[:3]), "C1") == set()


@pytest.mark.parametrize(
    ("cells", "rests"),
    [
        ({"kind": "pending", "due_at": "2026-03-01"}, True),
        ({"kind": "pending", "due_at": ""}, True),
        ({"kind": "pending", "due_at": "tbd"}, True),
        ({"kind": "pending", "due_at": "2026-11-01"}, False),
        ({"kind": "non_renewal", "occurred_at": "2025-09-01"}, True),
        ({"kind": "non_renewal", "occurred_at": "ayer"}, True),
        ({"kind": "Lost", "occurred_at": "2025-09-01"}, True),
        ({"kind": "contraction", "occurred_at": "2025-09-01"}, False),
    ],
)
def test_a_contract_in_the_balance_or_lost_rests(cells: dict[str, str], rests: bool) -> None:
    found = told(renewals=[{"account_id": "C1", "occurred_at": "2025-12-01", **cells}])
    assert (levels(found, "C1") == EVERY) == rests


@pytest.mark.parametrize("cells", [{"status": "Inactive"}, {"status": "at_risk"}, {"deleted": "1"}, {"deleted": "x"}])
def test_an_account_that_is_not_plainly_active_rests(cells: dict[str, str]) -> None:
    good = {"status": "active", "deleted": "no"}
    rows = [{"account_id": "C1", **good, **cells}, {"account_id": "C2", **good}]
    raw: Raw = {name: [] for name in TABLES} | {"accounts": [RawRow(2 + n, row) for n, row in enumerate(rows)]}
    found = peace(raw, AS_OF)
    assert (levels(found, "C1"), levels(found, "C2")) == (EVERY, set())


def test_a_no_goes_through_every_merger() -> None:
    into = {"C1": "c2", "C2": "C3", "C3": "", "C4": "C5", "C5": "C4"}
    rows = [{"account_id": name, "status": "active", "merged_into": last} for name, last in into.items()]
    raw: Raw = {name: [] for name in TABLES} | {"accounts": [RawRow(2, row) for row in rows]}
    raw["permissions"] = [RawRow(2, denial("C1"))]
    found = peace(raw, AS_OF)
    assert levels(found, "C3") == EVERY
    assert {"c4", "c5"} <= found.accounts.keys(), "a circle ends, and both rest"


SHORT = "0015g00000KaBcD"


@pytest.mark.parametrize(
    ("account", "spelt"),
    [
        ("C005", "c005"),
        ("C005", " C005\u00a0"),
        ("7005", "7005.0"),
        ("7000012", "7.000012E+06"),
        ("Peñón", "Pen\u0303o\u0301n"),
        ("C005", "C0\u200b05"),
        ("C005", "\ufeffC005"),
        (checked(SHORT), SHORT),
        (SHORT, checked(SHORT)),
    ],
)
def test_a_spelling_that_a_person_would_know_is_known(account: str, spelt: str) -> None:
    assert Spellings([account, "other"]).of(spelt) == {account}


def test_an_exact_spelling_is_nobody_elses_and_a_loose_one_is_everybodys() -> None:
    known = Spellings(["ab1", "AB1", "700", "7000"])
    assert known.of("ab1") == {"ab1"}
    assert known.of("Ab1") == {"ab1", "AB1"}
    assert known.of("70") == set()


def test_ids_of_salesforce_are_checked_as_salesforce_does() -> None:
    assert checked("0015g00000KB01Q") == "0015g00000KB01QAAT", "an id of the shipped sample, computed by hand"


def test_a_broken_line_names_whom_it_protects(tmp_path: Path) -> None:
    (tmp_path / "permissions.csv").write_bytes(
        b'permission_id,account_id,contact_id,status\nW1,C1,,denied\nW2,C2\nW3,C3,,den"ied,x\nW4,C4,,\xff\nW5,C5,,\0\n'
        b",,,\nW6,C6,,granted\n"
    )
    rows = raw_rows(tmp_path / "permissions.csv")
    assert [(row.number, row.broken) for row in rows] == [
        *((2, False), (3, True), (4, True), (5, True), (6, True), (8, False)),
    ]
    accounts = [RawRow(2, {"account_id": f"C{number}"}) for number in range(1, 7)]
    found = peace({name: [] for name in TABLES} | {"accounts": accounts, "permissions": rows}, AS_OF)
    assert set(found.accounts) == {"c1", "c2", "c3", "c4", "c5"}


def test_lines_of_json_that_are_no_objects_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f'{json.dumps({"case_id": 7, "closed_at": None})}\n["Q1","C1"]\n{{"case_id": "Q2", "acc\n\n')
    assert [(row.broken, row.cells) for row in raw_rows(path)] == [
        *((False, {"case_id": "7", "closed_at": ""}), (True, {}), (True, {})),
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_pessimist_knows_every_damaged_no_and_nobody_else(layout: str, tmp_path: Path) -> None:
    world = world_of(layout, 5)
    found = peace_of(layout, write(world, tmp_path))
    unknown = [one.kind for one in world.struck if not found.knows(one.account, one.levels, one.contact)]
    assert unknown == []
    assert [one for one in world.contented if key(one) in found.accounts] == []
    assert len(world.struck) == len(kinds_of(layout))


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.damages])
def test_a_damage_changes_what_is_written(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    for layout in kind.layouts[:1] + kind.layouts[-1:]:
        contents = []
        for damage in (False, True):
            world = World(layout, random.Random(1))
            kind.strike(world, name, damage)
            folder = write(world, tmp_path / f"{layout} {damage}")
            files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".toml")
            contents.append([path.read_bytes() for path in files])
        assert contents[0] != contents[1]


def test_the_shipped_samples_hold_the_noes_that_a_reader_finds() -> None:
    samples = Path(__file__).parents[2] / "data" / "exports"
    salesforce = peace(raw_salesforce(samples / "salesforce"), datetime(2024, 7, 1))
    assert {"0015g00000kd03q", "0015g00000ke04q"} <= salesforce.accounts.keys(), "opted out; an urgent case"
    assert "0015g00000ka00q" not in salesforce.accounts
    hubspot = peace(raw_hubspot(samples / "hubspot"), datetime(2024, 7, 1))
    assert {"1804422003", "1804422005"} <= hubspot.accounts.keys(), "opted out; not renewed"
    assert "1804422000" not in hubspot.accounts
