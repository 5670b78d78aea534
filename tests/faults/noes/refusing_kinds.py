"""The few kinds that a night may be refused or held for: a whole table, column or id is lost, and each is run alone."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from faults.noes import plain, spoiling as to
from faults.noes.layouts import write
from faults.noes.world import Planted, Struck, World, ago

Change = Callable[[World, list[Planted]], None]
AfterWriting = Callable[[Path], None]
FEW = 3


def no_change(world: World, planted: list[Planted]) -> None:
    """The damage is done to the file."""


def as_written(firm: Path) -> None:
    """The damage was done to the rows."""


@dataclass(frozen=True)
class RefusingKind:
    """plant: the noes, `number` of them · change, file: the damage to rows or to the file that was written.

    told: a word that a refusal must hold, so that somebody can mend it · second: a sound night comes first.
    """

    plant: plain.Plant
    told: str
    second: bool
    number: int = FEW
    change: Change = no_change
    file: AfterWriting = as_written
    form: str = ""

    def world(self, name: str, world: World) -> list[Planted]:
        """The sound noes, beside contented clients."""
        planted = [self.plant(world, self.form) for _ in range(self.number)]
        world.struck.extend(Struck(name, one.account, one.levels, one.contact) for one in planted)
        return planted

    def write_damaged(self, world: World, planted: list[Planted], firm: Path) -> None:
        self.change(world, planted)
        shutil.rmtree(firm / "tables", ignore_errors=True)
        write(world, firm)
        self.file(firm)


def without(table: str) -> AfterWriting:
    return lambda firm: (firm / "tables" / f"{table}.csv").unlink()


def renamed(table: str, column: str, name: str) -> AfterWriting:
    """The header alone says it differently."""

    def rename(firm: Path) -> None:
        path = firm / "tables" / f"{table}.csv"
        header, rest = path.read_text(encoding="utf-8").split("\n", 1)
        names = [name if one == column else one for one in header.split(",")]
        path.write_text("\n".join([",".join(names), rest]), encoding="utf-8")

    return rename


def each(spoil: to.Spoil) -> Change:
    def change(world: World, planted: list[Planted]) -> None:
        for one in planted:
            spoil(world, one)

    return change


def rows_gone(world: World, planted: list[Planted]) -> None:
    for one in planted:
        world.tables[one.table].remove(one.row)


def not_heard_yet(world: World, form: str = "") -> Planted:
    """A client who will say no on the second day."""
    account = world.account(form)
    row = world.add("permissions", account_id=account, channel="any", status="granted", valid_from=ago(600))
    return Planted("permissions", row, account)


def one_more_denial(world: World, planted: list[Planted]) -> None:
    """Under an id of which nobody can tell whose it is."""
    for one in planted:
        told = {"account_id": f"crm-{one.row['permission_id']}", "channel": "any", "status": "denied"}
        world.add("permissions", **told, valid_from=ago(1))


def a_default_date(world: World, planted: list[Planted]) -> None:
    """The CRM fills an empty date with its own first day."""
    for row in world.tables["contacts"]:
        row["objected_at"] = "1900-01-01"


REFUSING: Mapping[str, RefusingKind] = {
    "the table of consents is gone": RefusingKind(plain.denial, "permissions", True, file=without("permissions")),
    "the column of objections has another name": RefusingKind(
        plain.objection, "contacts", False, file=renamed("contacts", "objected_at", "opted_out_at")
    ),
    "a denial under an id that matches nothing": RefusingKind(
        not_heard_yet, "permissions", True, number=1, change=one_more_denial
    ),
    "more than 5 % of a column under words nobody mapped": RefusingKind(
        plain.denial, "permissions", False, number=12, change=each(to.cell("status", "Withdrawn", "revoked"))
    ),
    "ids in powers of ten": RefusingKind(
        plain.denial, "permissions", False, number=1, form="number", change=each(to.spelt("account_id", to.exponent))
    ),
    "the column of consents is gone": RefusingKind(
        plain.denial, "permissions", True, file=renamed("permissions", "status", "note")
    ),
    "a default date for an objection": RefusingKind(plain.objection, "contacts", False, change=a_default_date),
    "many denials gone at once": RefusingKind(plain.denial, "permissions", True, number=12, change=rows_gone),
}
