"""Every kind of damage to a no that one night of an export shows, by name. Those of several nights: `later_kinds`."""

from collections.abc import Mapping
from dataclasses import dataclass

from faults.noes import people, plain, spoiling as to
from faults.noes.world import Struck, World, ago

FILES = ("csv", "jsonl", "parquet", "xlsx", "sql")
CSV = ("csv", "salesforce", "hubspot")
LAYOUTS = (*FILES, "salesforce", "hubspot")
WITH_SALESFORCE = (*FILES, "salesforce")
CRMS = ("salesforce", "hubspot")

UNREADABLE = ("2025-13-45", "2025-00-00", "01.10.2025x", "ayer", "2025-02-30")
SENTINELS = ("1900-01-01", "9999-12-31", "00/00/0000", "0000-00-00")
HUMAN_NOES = ("Withdrawn", "revoked", "opted out", "Opt-Out", "REFUSED", "do not use")


@dataclass(frozen=True)
class Kind:
    """plant: says no in a sound row · spoil: what is done to that row · form: of the ids, where it matters.

    damages: the row is not in order; otherwise it is a no in order that goes unheard easily.
    """

    plant: plain.Plant
    spoil: to.Spoil
    layouts: tuple[str, ...] = FILES
    form: str = ""
    damages: bool = True

    def strike(self, world: World, name: str, damage: bool = True) -> None:
        """One more client who said no, damaged or as it was said."""
        form = "" if world.layout in CRMS else self.form
        planted = self.plant(world, form) if form else self.plant(world)
        if damage:
            self.spoil(world, planted)
            world.damaged[planted.table] += 1
        world.struck.append(Struck(name, planted.account, planted.levels, planted.contact))


_WORDS: Mapping[str, Kind] = {
    "consent under a word nobody mapped": Kind(plain.denial, to.cell("status", *HUMAN_NOES)),
    "consent refused in Spanish": Kind(plain.denial, to.cell("status", "Denegado", "no autoriza", "retirado", "baja")),
    "personal consent under a word nobody mapped": Kind(plain.personal_denial, to.cell("status", *HUMAN_NOES)),
    "denial of a channel nobody mapped": Kind(plain.denial, to.cell("channel", "carrier pigeon", "todo", "*")),
    "answer under a word nobody mapped": Kind(
        plain.old_decline,
        to.cell("response", "Rejected", "Refused", "No, thanks", "rechazado", "Closed - No"),
        WITH_SALESFORCE,
    ),
    "account status under a word nobody mapped": Kind(
        plain.churned, to.cell("status", "Inactive", "Lost", "do not contact", "Baja", "Suspended")
    ),
    "severity in words": Kind(plain.open_case, to.cell("severity", "Critical", "P1", "Urgente", "Blocker"), FILES),
    "priority that the CRM has and the mapping not": Kind(
        plain.open_case, to.cell("severity", "Critical", "P1", "Urgent"), ("salesforce",)
    ),
    "severity out of range": Kind(plain.open_case, to.cell("severity", "0", "7", "-1", "1.5"), WITH_SALESFORCE),
    "loss of a contract under a word nobody mapped": Kind(
        plain.lost, to.cell("kind", "Lost", "cancelled", "Churn", "no renueva")
    ),
}
_OBJECTIONS: Mapping[str, Kind] = {
    "objected: yes": Kind(plain.objection, to.cell("objected_at", "yes", "true", "1", "X", "Sí", "TRUE")),
    "objected on a sentinel": Kind(plain.objection, to.cell("objected_at", *SENTINELS)),
    "objected later than the as-of": Kind(
        plain.objection, to.cell("objected_at", ago(-0.2), ago(-0.4), ago(-0.6)), LAYOUTS
    ),
    "objected on a date that cannot be read": Kind(plain.objection, to.cell("objected_at", *UNREADABLE), LAYOUTS),
    "objected on a day of a spreadsheet": Kind(plain.objection, to.cell("objected_at", "45306", "45306.5"), FILES),
    "opted out in other words": Kind(plain.objection, to.cell("opted_out", "Y", "x", "X", "Sí", "t"), CRMS),
    "opted out, true for yes and yes for true": Kind(plain.objection, people.other_flag, CRMS),
    "opted out and never changed": Kind(plain.objection, to.cell("changed_at", "", "null"), CRMS),
    "objection beside a date that cannot be read": Kind(
        plain.objection, to.cell("created_at", *UNREADABLE, "45306"), LAYOUTS
    ),
    "objection of somebody without a known rank": Kind(
        plain.objection, to.all_of(to.cell("seniority", "Jefaza"), to.cell("sponsor", "perhaps"))
    ),
    "objection in a row that was cut off": Kind(plain.objection, to.all_of(people.cut_off)),
}
_OTHER_CELLS: Mapping[str, Kind] = {
    "denial since a date that cannot be read": Kind(plain.denial, to.cell("valid_from", *UNREADABLE, "45306")),
    "denial until a date that cannot be read": Kind(
        plain.denial, to.cell("valid_to", *UNREADABLE, "1900-01-01", "9999-12-31")
    ),
    "denial dated after the as-of": Kind(plain.denial, to.cell("valid_from", ago(-0.3), ago(-20))),
    "decline of an ask at a date that cannot be read": Kind(
        plain.decline, to.cell("asked_at", *UNREADABLE), WITH_SALESFORCE
    ),
    "decline answered at a date that cannot be read": Kind(
        plain.decline, to.cell("responded_at", *UNREADABLE), WITH_SALESFORCE
    ),
    "decline without a date that can be read": Kind(
        plain.decline,
        to.all_of(
            to.cell("asked_at", *UNREADABLE), to.cell("responded_at", "??", "ayer"), to.cell("recorded_at", "", "x")
        ),
        WITH_SALESFORCE,
    ),
    "decline with a quality that cannot be read": Kind(plain.decline, to.cell("quality", "good", "inf", "1,2,3")),
    "decline of an ask nobody knows": Kind(plain.decline, to.cell("level", "two", "9", "Webinar"), WITH_SALESFORCE),
    "decline before the ask": Kind(plain.decline, to.cell("responded_at", ago(90)), WITH_SALESFORCE),
    "ask made after the as-of": Kind(
        plain.decline,
        to.all_of(
            to.cell("asked_at", ago(-0.2)), to.cell("responded_at", ago(-0.5)), to.cell("recorded_at", ago(-0.5))
        ),
        WITH_SALESFORCE,
    ),
    "decline heard of after the as-of": Kind(
        plain.old_decline,
        to.all_of(to.cell("responded_at", ago(-0.5)), to.cell("recorded_at", ago(-0.6))),
        WITH_SALESFORCE,
    ),
    "case opened at a date that cannot be read": Kind(
        plain.open_case, to.cell("opened_at", *UNREADABLE, "45306"), WITH_SALESFORCE
    ),
    "case closed at a date that cannot be read": Kind(
        plain.open_case, to.cell("closed_at", *UNREADABLE, "yes"), WITH_SALESFORCE
    ),
    "case closed before it was opened": Kind(plain.open_case, to.cell("closed_at", ago(300)), WITH_SALESFORCE),
    "case opened after the as-of": Kind(plain.open_case, to.cell("opened_at", ago(-0.1), ago(-0.7)), WITH_SALESFORCE),
    "former client since a date that cannot be read": Kind(
        plain.churned, to.cell("created_at", *UNREADABLE), WITH_SALESFORCE
    ),
}
_CONTRACTS: Mapping[str, Kind] = {
    "renewal open in the CRM": Kind(plain.pending, to.nothing, CRMS, damages=False),
    "pending renewal of a date that cannot be read": Kind(plain.pending, to.cell("occurred_at", *UNREADABLE)),
    "pending renewal due at a date that cannot be read": Kind(
        plain.pending, to.cell("due_at", *UNREADABLE, ""), LAYOUTS
    ),
    "pending renewal in a currency nobody knows": Kind(
        plain.pending, to.cell("currency", "Euros", "€", "XXQ"), LAYOUTS
    ),
    "pending renewal of an amount that is no number": Kind(
        plain.pending, to.cell("amount", "1.234,56", "tbd", "inf", "-900"), LAYOUTS
    ),
    "pending renewal recorded after the as-of": Kind(plain.pending, to.cell("recorded_at", ago(-0.4))),
    "loss of a contract, in order": Kind(plain.lost, to.nothing, LAYOUTS, damages=False),
    "loss of a contract at a date that cannot be read": Kind(plain.lost, to.cell("occurred_at", *UNREADABLE), LAYOUTS),
    "loss of a contract in a currency nobody knows": Kind(plain.lost, to.cell("currency", "Euros", "XXQ"), LAYOUTS),
    "loss of a contract of an amount that is no number": Kind(
        plain.lost, to.cell("amount", "1.234,56", "n/d", "-5"), LAYOUTS
    ),
}
SAID_ANYHOW = (plain.denial, plain.open_case, plain.decline, plain.pending, plain.lost, plain.personal_denial)
IN_SALESFORCE = (plain.open_case, plain.decline, plain.lost, plain.pending, plain.objection)
IN_HUBSPOT = (plain.lost, plain.pending, plain.objection)


def anyhow(world: World, form: str = "") -> plain.Planted:
    """A no of any table."""
    ways = {"salesforce": IN_SALESFORCE, "hubspot": IN_HUBSPOT}.get(world.layout, SAID_ANYHOW)
    return world.chance.choice(ways)(world, form)


_IDS: Mapping[str, Kind] = {
    "account in another case": Kind(anyhow, to.spelt("account_id", to.other_case, to.lower), WITH_SALESFORCE),
    "account among blanks": Kind(anyhow, to.spelt("account_id", to.blanks_around, to.fixed_blank), LAYOUTS),
    "account with .0": Kind(anyhow, to.spelt("account_id", to.point_zero), (*FILES, "hubspot"), form="number"),
    "account with accents apart": Kind(anyhow, to.spelt("account_id", to.decomposed), FILES, form="accent"),
    "account with characters without width": Kind(
        anyhow, to.spelt("account_id", to.zero_width, to.byte_order_mark), LAYOUTS
    ),
    "account in 15 characters of 18": Kind(
        anyhow, to.spelt("account_id", to.short_form), WITH_SALESFORCE, form="salesforce"
    ),
    "accounts alone has accents apart": Kind(anyhow, to.spelt_in_accounts(to.decomposed), form="accent"),
    "accounts alone has another case": Kind(anyhow, to.spelt_in_accounts(to.other_case)),
    "contact in another case": Kind(plain.personal_denial, to.spelt("contact_id", to.other_case, to.lower)),
    "contact among blanks": Kind(plain.personal_denial, to.spelt("contact_id", to.blanks_around)),
    "contact with .0": Kind(plain.personal_denial, to.spelt("contact_id", to.point_zero), FILES, form="number"),
    "contact with accents apart": Kind(plain.personal_denial, to.spelt("contact_id", to.decomposed), form="accent"),
    "contact with characters without width": Kind(plain.personal_denial, to.spelt("contact_id", to.zero_width)),
    "contact in 15 characters of 18": Kind(
        plain.personal_denial, to.spelt("contact_id", to.short_form), form="salesforce"
    ),
}
_CONFLICTS: Mapping[str, Kind] = {
    "denied and granted under one id": Kind(plain.denial, to.twin(status="granted")),
    "denied and to be approved under one id": Kind(plain.denial, to.twin(status="needs_approval")),
    "denied and said nothing under one id": Kind(plain.personal_denial, to.twin(status="")),
    "a contact with and without objection": Kind(plain.objection, to.twin(objected_at=""), LAYOUTS),
    "a newer contact row without the objection": Kind(
        plain.objection, to.twin(objected_at="", created_at=ago(5)), LAYOUTS
    ),
    "declined, then no reply": Kind(
        plain.old_decline, to.twin(response="no_reply", responded_at="", recorded_at=ago(1)), FILES
    ),
    "declined and accepted under one id": Kind(plain.old_decline, to.twin(response="accepted"), WITH_SALESFORCE),
    "a case open and closed": Kind(plain.open_case, to.twin(closed_at=ago(1)), WITH_SALESFORCE),
    "a case severe and light": Kind(plain.open_case, to.twin(severity="4"), WITH_SALESFORCE),
    "an account left and active": Kind(plain.churned, to.twin(status="active"), WITH_SALESFORCE),
    "a contract lost and renewed under one id": Kind(plain.lost, to.twin(kind="renewal"), LAYOUTS),
}
_LINES: Mapping[str, Kind] = {
    "a row that ends early": Kind(anyhow, to.broken("short"), CSV),
    "a row with a cell too many": Kind(anyhow, to.broken("long"), CSV),
    "a stray quote": Kind(anyhow, to.broken("quote"), CSV),
    "a byte that is no UTF-8": Kind(anyhow, to.broken("byte"), CSV),
    "a NUL byte": Kind(anyhow, to.broken("nul"), CSV),
    "a line of JSON that is no object": Kind(anyhow, to.broken("array", "text"), ("jsonl",)),
    "a line of JSON that was cut off": Kind(anyhow, to.broken("cut"), ("jsonl",)),
    "an error in a cell of a workbook": Kind(anyhow, to.broken("error"), ("xlsx",)),
}
_PEOPLE: Mapping[str, Kind] = {
    "a denier who moved to another client": Kind(people.moved_denier, to.nothing, damages=False),
    "an objector who moved to another client": Kind(people.moved_objector, to.nothing, LAYOUTS, damages=False),
    "a denier who moved to where others are": Kind(people.moved_to_others, to.nothing, damages=False),
    "a deleted contact": Kind(people.deleted_contact, to.nothing, WITH_SALESFORCE, damages=False),
    "a deleted contact who objected": Kind(people.deleted_objector, to.nothing, WITH_SALESFORCE, damages=False),
    "a deleted denial": Kind(plain.denial, to.cell("deleted", "true", "1", "yes")),
    "a deleted client": Kind(plain.deleted, to.nothing, WITH_SALESFORCE, damages=False),
    "a deleted client, in other words": Kind(plain.deleted, to.cell("deleted", "Y", "x", "2025-11-03"), FILES),
    "a no of a client that was merged": Kind(plain.merged, to.nothing, WITH_SALESFORCE, damages=False),
    "a no through a chain of mergers": Kind(people.merged_twice, to.nothing, WITH_SALESFORCE, damages=False),
    "merged into an id in another case": Kind(plain.merged, to.spelt("merged_into", to.other_case), FILES),
    "merged into an id of 15 characters": Kind(plain.merged, to.spelt("merged_into", to.short_form), ("salesforce",)),
}
KINDS: Mapping[str, Kind] = {
    **_WORDS,
    **_OBJECTIONS,
    **_OTHER_CELLS,
    **_CONTRACTS,
    **_IDS,
    **_CONFLICTS,
    **_LINES,
    **_PEOPLE,
}


def kinds_of(layout: str) -> dict[str, Kind]:
    """Those that an export of this kind can show."""
    return {name: kind for name, kind in KINDS.items() if layout in kind.layouts}
