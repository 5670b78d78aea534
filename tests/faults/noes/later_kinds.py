"""Damages that take two nights: a no that was heard last time and is gone, or that `record` keeps and no export has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from faults.noes import plain, spoiling as to
from faults.noes.kinds import FILES, LAYOUTS, WITH_SALESFORCE
from faults.noes.night import NIGHT, call
from faults.noes.world import Planted, Struck, World
from faults.suppressions import rows_of

Keep = Callable[[World, dict[str, str]], Struck]
LATER = "2026-06-01"
"""After the cooldown of what was planned in January: what is left is the answer alone."""


def row_gone(world: World, planted: Planted) -> None:
    world.tables[planted.table].remove(planted.row)


@dataclass(frozen=True)
class LaterKind:
    """plant: says no in the first night · spoil: what the second night's export makes of it."""

    plant: plain.Plant
    spoil: to.Spoil
    layouts: tuple[str, ...] = FILES


VANISHING: Mapping[str, LaterKind] = {
    "the row of a denial is gone": LaterKind(plain.denial, row_gone),
    "the word of a denial is emptied": LaterKind(plain.denial, to.cell("status", "")),
    "the row of a personal denial is gone": LaterKind(plain.personal_denial, row_gone),
    "an objection is emptied": LaterKind(plain.objection, to.cell("objected_at", "")),
    "the row of an objector is gone": LaterKind(plain.objection, row_gone, LAYOUTS),
    "the row of a decline is gone": LaterKind(plain.old_decline, row_gone, WITH_SALESFORCE),
    "the answer of a decline is emptied": LaterKind(plain.old_decline, to.cell("response", "")),
    "the word of a former client is emptied": LaterKind(plain.churned, to.cell("status", "")),
    "the row of a lost contract is gone": LaterKind(plain.lost, row_gone, LAYOUTS),
}
AT_ONCE = 4
"""Vanished facts of a night; more than five hold it."""


def vanishing(layout: str, lot: int) -> dict[str, LaterKind]:
    """Some of those that the layout can show: as many as may vanish in a night."""
    names = [name for name, kind in VANISHING.items() if layout in kind.layouts]
    return {name: VANISHING[name] for name in names[lot * AT_ONCE : (lot + 1) * AT_ONCE]}


def plant_all(world: World, kinds: Mapping[str, LaterKind]) -> list[tuple[LaterKind, Planted]]:
    """The sound noes of the first night."""
    planted = []
    for name, kind in kinds.items():
        no = kind.plant(world)
        world.struck.append(Struck(name, no.account, no.levels, no.contact))
        planted.append((kind, no))
    return planted


def decline_planned(firm: Path, publication: Path, number: int) -> list[dict[str, str]]:
    """As many rows of the night's plan, each declined through `record` that morning."""
    rows = rows_of(publication / "ask_plan.csv")[:number]
    assert len(rows) == number, "a plan to answer to"
    for row in rows:
        words = ["--ask", row["ask_id"], "--response", "declined", "--responded-at", f"{NIGHT}T10:00:00Z"]
        code, _, said = call("record", *words, "--config", str(firm / "advocate.toml"))
        assert code == 0, said
    return rows


def respelt(world: World, row: dict[str, str]) -> Struck:
    """Every table now has another form of the id than the kept answer."""
    account = row["account_id"]
    for rows in world.tables.values():
        for one in rows:
            if one.get("account_id") == account:
                one["account_id"] = to.other_case(account)
    return Struck("a kept decline under another form of the id", account, frozenset({int(row["level"])}))


def said_nothing(world: World, row: dict[str, str]) -> Struck:
    """The CRM knows of the same ask, and later that nobody replied."""
    told = {"ask_id": row["ask_id"], "account_id": row["account_id"], "level": row["level"]}
    told |= {"asked_at": f"{NIGHT}T00:00:00Z", "response": "no_reply", "recorded_at": "2026-03-01T08:00:00Z"}
    world.add("asks", **told)
    return Struck("a kept decline and a later no_reply", row["account_id"], frozenset({int(row["level"])}))


def untouched(world: World, row: dict[str, str]) -> Struck:
    """The export never hears of the ask."""
    return Struck("a kept decline that no export has", row["account_id"], frozenset({int(row["level"])}))


KEPT: tuple[Keep, ...] = (respelt, said_nothing, untouched)
