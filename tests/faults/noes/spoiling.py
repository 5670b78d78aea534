"""What becomes of a sound row on its way into an export: cells, ids, twins and whole lines."""

import unicodedata
from collections.abc import Callable

from faults.noes.world import BROKEN, Planted, World

Spoil = Callable[[World, Planted], None]
Respell = Callable[[str], str]


def nothing(world: World, planted: Planted) -> None:
    """A row in order, whose no was not heard before."""


def cell(column: str, *values: str) -> Spoil:
    """One of `values` in a cell of the row."""

    def spoil(world: World, planted: Planted) -> None:
        planted.row[column] = world.chance.choice(values)

    return spoil


def all_of(*spoils: Spoil) -> Spoil:
    def spoil(world: World, planted: Planted) -> None:
        for one in spoils:
            one(world, planted)

    return spoil


def twin(**cells: str) -> Spoil:
    """A second row with the same id, which says something else."""

    def spoil(world: World, planted: Planted) -> None:
        world.tables[planted.table].append({**planted.row, **cells})

    return spoil


def spelt(column: str, *ways: Respell) -> Spoil:
    """An id that a person would take for the same. Salesforce's members of campaigns have their account by contact."""

    def spoil(world: World, planted: Planted) -> None:
        is_member = (world.layout, planted.table, column) == ("salesforce", "asks", "account_id")
        written = "contact_id" if is_member else column
        before = planted.row[written]
        planted.row[written] = world.chance.choice(ways)(before)
        assert planted.row[written] != before, written

    return spoil


def spelt_in_accounts(*ways: Respell) -> Spoil:
    """The account's own row has another form of the id than every other table; the publication may tell either."""

    def spoil(world: World, planted: Planted) -> None:
        row = next(row for row in world.tables["accounts"] if row["account_id"] == planted.account)
        row["account_id"] = world.chance.choice(ways)(planted.account)

    return spoil


def broken(*ways: str) -> Spoil:
    """The line itself is broken in one of `ways`, which the writer of the file knows."""

    def spoil(world: World, planted: Planted) -> None:
        planted.row[BROKEN] = world.chance.choice(ways)

    return spoil


def other_case(text: str) -> str:
    return text.swapcase()


def lower(text: str) -> str:
    return text.lower()


def blanks_around(text: str) -> str:
    return f" {text}  "


def fixed_blank(text: str) -> str:
    return f"{text}\u00a0"


def point_zero(text: str) -> str:
    return f"{text}.0"


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def zero_width(text: str) -> str:
    return f"{text[:3]}\u200b{text[3:]}"


def byte_order_mark(text: str) -> str:
    return f"\ufeff{text}"


def short_form(text: str) -> str:
    assert len(text) == 18
    return text[:15]


def exponent(text: str) -> str:
    return f"{float(text):E}".replace("000E", "E")
