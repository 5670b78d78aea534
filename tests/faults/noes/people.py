"""Noes that follow a person or a merger, and damages that need more than a cell."""

from faults.noes.plain import account_row, merged, objection, personal_denial
from faults.noes.world import Planted, World, ago


def other_flag(world: World, planted: Planted) -> None:
    """The check box as the other CRM writes it."""
    words = ("Yes", "TRUE", "yes") if world.layout == "salesforce" else ("true", "TRUE", "1")
    planted.row["opted_out"] = world.chance.choice(words)


def cut_off(world: World, planted: Planted) -> None:
    """Only the ids and the objection are left."""
    kept = ("contact_id", "account_id", "objected_at")
    for name in planted.row:
        if name not in kept:
            planted.row[name] = ""
    planted.row["created_at"] = "2024-"


def moved_denier(world: World) -> Planted:
    """Denied every use while at one client, and is now the only contact of another."""
    planted = personal_denial(world)
    return Planted("permissions", planted.row, _moved(world, planted), contact=planted.contact)


def moved_objector(world: World) -> Planted:
    """Objected at one client, of which a row is left, and has a row without objection at another."""
    planted = objection(world)
    now = world.account(contacts=0)
    there = {**planted.row, "account_id": now, "objected_at": ""}
    world.tables["contacts"].append(there)
    return Planted("contacts", there, now, contact=planted.contact)


def moved_to_others(world: World) -> Planted:
    """As `moved_denier`, where others may be asked: the person is not suggested, the client is listed."""
    planted = personal_denial(world)
    now = _moved(world, planted)
    world.contact(now)
    return Planted("permissions", planted.row, now, frozenset(), planted.contact)


def deleted_contact(world: World) -> Planted:
    """Somebody whose record is deleted, beside somebody else."""
    account = world.account(contacts=2)
    row = world.person_at(account)
    row["deleted"] = "true"
    return Planted("contacts", row, account, frozenset(), row["contact_id"])


def deleted_objector(world: World) -> Planted:
    """Objected, was deleted, and came back with a new row that is silent about it."""
    planted = objection(world)
    world.tables["contacts"].append({**planted.row, "objected_at": "", "created_at": ago(4)})
    planted.row["deleted"] = "true"
    return planted


def merged_twice(world: World) -> Planted:
    """The client that said no was merged into one that was merged in its turn."""
    planted = merged(world)
    last = world.account()
    account_row(world, planted.account)["merged_into"] = last
    return Planted("accounts", planted.row, last)


def _moved(world: World, planted: Planted) -> str:
    now = world.account(contacts=0)
    world.person_at(planted.account)["account_id"] = now
    return now
