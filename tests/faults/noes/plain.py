"""The ways of saying no, each in a row that every reader understands."""

from collections.abc import Callable

from faults.noes.world import Planted, World, ago

Plant = Callable[..., Planted]


def denial(world: World, form: str = "") -> Planted:
    """A client who denied every use."""
    account = world.account(form)
    row = world.add("permissions", account_id=account, channel="any", status="denied", valid_from=ago(200))
    return Planted("permissions", row, account)


def personal_denial(world: World, form: str = "") -> Planted:
    """The only contact of a client denied every use."""
    account = world.account(form)
    contact = world.contact_of[account]
    told = {"contact_id": contact, "channel": "any", "status": "denied", "valid_from": ago(200)}
    return Planted("permissions", world.add("permissions", account_id=account, **told), account, contact=contact)


def objection(world: World, form: str = "") -> Planted:
    """The only contact of a client asked not to be approached."""
    account = world.account(form)
    row = world.person_at(account)
    row["objected_at"] = ago(100)
    return Planted("contacts", row, account, contact=row["contact_id"])


def old_decline(world: World, form: str = "") -> Planted:
    """A no to one ask, after the cooldown: the other asks are free."""
    planted = decline(world, form, days=200)
    return Planted("asks", planted.row, planted.account, frozenset({int(planted.row["level"])}))


def decline(world: World, form: str = "", days: int = 40) -> Planted:
    """A no to an ask within the cooldown: nothing may be asked."""
    account = world.account(form)
    row = world.add(
        "asks",
        account_id=account,
        contact_id=world.contact_of[account],
        level=str(world.chance.randint(1, 5)),
        asked_at=ago(days),
        response="declined",
        responded_at=ago(days - 2),
        quality="0.5",
        recorded_at=ago(days - 2),
    )
    return Planted("asks", row, account)


def open_case(world: World, form: str = "") -> Planted:
    """A client with an urgent problem."""
    account = world.account(form)
    row = world.add("cases", account_id=account, opened_at=ago(20), severity=world.chance.choice("12"))
    return Planted("cases", row, account)


def pending(world: World, form: str = "") -> Planted:
    """A client whose contract is being decided."""
    account = world.account(form)
    told = {"occurred_at": ago(15), "kind": "pending", "amount": "900", "currency": "EUR", "due_at": ago(-30)}
    return Planted("renewals", world.add("renewals", account_id=account, **told), account)


def lost(world: World, form: str = "") -> Planted:
    """A client who did not renew, two months ago."""
    account = world.account(form)
    told = {"occurred_at": ago(60), "kind": "non_renewal", "amount": "900", "currency": "EUR"}
    return Planted("renewals", world.add("renewals", account_id=account, **told), account)


def churned(world: World, form: str = "") -> Planted:
    """A client who has left."""
    account = world.account(form)
    row = account_row(world, account)
    row["status"] = "churned"
    return Planted("accounts", row, account)


def deleted(world: World, form: str = "") -> Planted:
    """A client whose record is deleted, softly."""
    account = world.account(form)
    row = account_row(world, account)
    row["deleted"] = "true"
    return Planted("accounts", row, account)


def merged(world: World, form: str = "") -> Planted:
    """A client into which another one was merged: the other one's urgent problem, or no, is now this one's."""
    survivor, loser = world.account(form), world.account(form)
    row = account_row(world, loser)
    row["merged_into"] = survivor
    if world.layout == "salesforce":
        row["deleted"] = "true"
        world.add("cases", account_id=loser, opened_at=ago(20), severity="1")
    else:
        world.add("permissions", account_id=loser, channel="any", status="denied", valid_from=ago(200))
    return Planted("accounts", row, survivor)


def account_row(world: World, account: str) -> dict[str, str]:
    return next(row for row in world.tables["accounts"] if row["account_id"] == account)
