"""A firm as it goes on from day to day: what happens in every CRM, and is no reason to hold a night."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from faults.noes import plain
from faults.noes.world import AS_OF, Row, World

Happening = Callable[["Going"], None]


@dataclass
class Going:
    """The firm on a day. · erased: accounts whose rows the CRM no longer has, and which `erase` is to forget."""

    world: World
    day: datetime = AS_OF
    erased: list[str] = field(default_factory=list)

    def at(self, hours: float = 9) -> str:
        """An hour of yesterday, before the night of `day`."""
        return (self.day - timedelta(hours=24 - hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def of(self, table: str, **cells: str) -> list[Row]:
        """Rows whose cells are these."""
        return [row for row in self.world.tables[table] if all(row[name] == value for name, value in cells.items())]

    def client(self) -> str:
        """One who is still there, and whom no other account was merged into."""
        accounts = self.world.tables["accounts"]
        there = {row["account_id"] for row in accounts if _stays(row)} - {row["merged_into"] for row in accounts}
        return self.world.chance.choice([one for one in self.world.contented if one in there])

    def any_of(self, table: str, **cells: str) -> Row | None:
        return self.world.chance.choice(self.of(table, **cells) or [None])


def _stays(row: Row) -> bool:
    return row["status"] == "active" and not row["merged_into"] and not row["deleted"] and row["relation"] == "client"


def begun(world: World) -> Going:
    """Contented clients, some of each way of saying no, and prospects, who are no clients yet."""
    world.contented_accounts(40)
    for way in (plain.denial, plain.personal_denial, plain.objection, plain.old_decline, plain.decline):
        for _ in range(4):
            way(world)
    for way in (plain.open_case, plain.pending, plain.lost, plain.churned, plain.deleted, plain.merged):
        for _ in range(3):
            way(world)
    going = Going(world)
    for _ in range(8):
        a_prospect(going)
    return going


def a_prospect(going: Going) -> None:
    """Whose people object and deny too, and who is left out."""
    world = going.world
    account = world.account()
    plain.account_row(world, account)["relation"] = "prospect"
    told = {"contact_id": world.contact_of[account], "channel": "any", "status": "denied", "valid_from": going.at()}
    world.add("permissions", account_id=account, **told)
    world.contact(account, objected_at=going.at())


def meetings(going: Going) -> None:
    for _ in range(6):
        world, account = going.world, going.client()
        world.add("interactions", account_id=account, occurred_at=going.at(16), kind="meeting", sentiment="0.7")


def a_lead(going: Going) -> None:
    """Somebody who belongs to no client yet, and unsubscribed."""
    going.world.contact("", created_at=going.at(), objected_at=going.at(11))


def a_case_opened(going: Going) -> None:
    severity = going.world.chance.choice("1234")
    going.world.add("cases", account_id=going.client(), opened_at=going.at(), severity=severity)


def a_case_closed(going: Going) -> None:
    if row := going.any_of("cases", closed_at=""):
        row["closed_at"] = going.at(23)


def a_case_archived(going: Going) -> None:
    """It was closed today, and the export has open cases alone."""
    if row := going.any_of("cases", closed_at=""):
        going.world.tables["cases"].remove(row)


def a_denial(going: Going) -> None:
    told = {"channel": "any", "status": "denied", "valid_from": going.at()}
    going.world.add("permissions", account_id=going.client(), **told)


def a_denial_for_a_while(going: Going) -> None:
    """It ends by itself, on a day that its row says."""
    told = {"channel": "sales", "status": "denied", "valid_from": going.at()}
    ends = (going.day + timedelta(days=10)).strftime("%Y-%m-%d")
    going.world.add("permissions", account_id=going.client(), **told, valid_to=ends)


def a_denial_taken_back(going: Going) -> None:
    """The row of the denial says granted now, from today."""
    if row := going.any_of("permissions", status="denied"):
        row |= {"status": "granted", "valid_from": going.at(10)}


def a_grant_after_a_denial(going: Going) -> None:
    """The denial stays, and a new row grants."""
    if row := going.any_of("permissions", status="denied", contact_id="", channel="any"):
        told = {"channel": "any", "status": "granted", "valid_from": going.at(10)}
        going.world.add("permissions", account_id=row["account_id"], **told)


def an_objection(going: Going) -> None:
    if row := going.any_of("contacts", account_id=going.client(), objected_at=""):
        row["objected_at"] = going.at(12)


def an_ask(going: Going) -> None:
    account = going.client()
    told = {"contact_id": going.world.contact_of[account], "level": going.world.chance.choice("12345")}
    going.world.add("asks", account_id=account, asked_at=going.at(), **told)


def an_answer(going: Going) -> None:
    if row := going.any_of("asks", response=""):
        answer = going.world.chance.choice(("accepted", "declined", "not_now"))
        row |= {"response": answer, "responded_at": going.at(20), "recorded_at": going.at(21)}


def a_contract_due(going: Going) -> None:
    due = (going.day + timedelta(days=40)).strftime("%Y-%m-%d")
    told = {"occurred_at": going.at(), "kind": "pending", "amount": "700", "currency": "EUR", "due_at": due}
    going.world.add("renewals", account_id=going.client(), **told)


def a_contract_decided(going: Going) -> None:
    """The open row becomes what was decided."""
    if row := going.any_of("renewals", kind="pending"):
        kind = going.world.chance.choice(("renewal", "renewal", "non_renewal"))
        row |= {"kind": kind, "occurred_at": going.at(18), "due_at": ""}


def a_contract_archived(going: Going) -> None:
    """It was settled, and the export no longer has its row."""
    if row := going.any_of("renewals", kind="pending"):
        going.world.tables["renewals"].remove(row)


def a_merger(going: Going) -> None:
    """The row of the loser stays and leads to the survivor; it had said no."""
    loser, survivor = going.client(), going.client()
    if loser != survivor:
        told = {"channel": "any", "status": "denied", "valid_from": going.at(3)}
        going.world.add("permissions", account_id=loser, **told)
        plain.account_row(going.world, loser)["merged_into"] = survivor


def a_merger_in_the_crm(going: Going) -> None:
    """The loser is gone, and its rows, a denial among them, belong to the survivor."""
    loser, survivor = going.client(), going.client()
    if loser != survivor:
        for table, rows in going.world.tables.items():
            for row in rows:
                if row["account_id"] == loser and table != "accounts":
                    row["account_id"] = survivor
        going.world.tables["accounts"].remove(plain.account_row(going.world, loser))
        going.world.contented.remove(loser)


def an_erasure(going: Going) -> None:
    """A client who said no asks to be forgotten: the CRM has no row of it tomorrow."""
    account = going.client()
    told = {"channel": "any", "status": "denied", "valid_from": going.at(3)}
    going.world.add("permissions", account_id=account, **told)
    going.erased.append(account)


def forget(going: Going, account: str) -> None:
    """The CRM lets go of everything about it."""
    for rows in going.world.tables.values():
        rows[:] = [row for row in rows if row["account_id"] != account]
    going.world.contented.remove(account)


def a_client_deleted(going: Going) -> None:
    plain.account_row(going.world, going.client())["deleted"] = "true"


def a_client_lost_and_one_back(going: Going) -> None:
    if row := going.any_of("accounts", status="churned"):
        row["status"] = "active"
    plain.account_row(going.world, going.client())["status"] = "churned"


def new_clients(going: Going) -> None:
    going.world.contented_accounts(5)


def a_prospect_won(going: Going) -> None:
    if row := going.any_of("accounts", relation="prospect"):
        row["relation"] = "client"


def a_contact_moved(going: Going) -> None:
    """To another client, with an objection if there is one."""
    if row := going.any_of("contacts"):
        row["account_id"] = going.client()


def a_contact_deleted(going: Going) -> None:
    if row := going.any_of("contacts"):
        row["deleted"] = "true"


def another_order(going: Going) -> None:
    """The CRM promises none."""
    for rows in going.world.tables.values():
        going.world.chance.shuffle(rows)


DAILY: tuple[Happening, ...] = (meetings, a_case_opened, a_case_closed, an_ask, an_answer)
WEEKLY: tuple[Happening, ...] = (
    *(a_lead, a_denial, a_denial_taken_back, a_grant_after_a_denial, an_objection, a_contract_due, a_contract_decided),
    *(a_merger, a_merger_in_the_crm, an_erasure, a_client_deleted, a_client_lost_and_one_back, new_clients),
    *(a_prospect, a_prospect_won, a_contact_moved, a_contact_deleted, a_denial_for_a_while, a_case_archived),
    *(a_contract_archived, another_order),
)


def days(going: Going, number: int, step: int) -> Iterator[datetime]:
    """So many nights, `step` days apart; what happens once a week is spread over the week's nights."""
    nights_a_week = max(1, 7 // step)
    for night in range(number):
        going.day += timedelta(days=step)
        weekly = WEEKLY[night % nights_a_week :: nights_a_week]
        for happening in (*DAILY, *weekly):
            happening(going)
        yield going.day
