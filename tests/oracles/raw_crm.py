"""What the objects of Salesforce and HubSpot say, in the words of the canonical tables: read without a mapping.

Only what a no may hide in: who is a client, who opted out, what is open, what was lost, what was answered.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from oracles.raw_exports import TABLES, Raw, RawRow, raw_rows
from oracles.spelling import key

Said = Callable[[RawRow], dict[str, str]]
_NO = ("", "false", "0", "no")


def raw_salesforce(exports: Path) -> Raw:
    """A member of a campaign belongs to the account of its contact."""
    found = _tables(
        exports,
        accounts=("Account.csv", _salesforce_account),
        contacts=("Contact.csv", _salesforce_contact),
        cases=("Case.csv", _salesforce_case),
        renewals=("Opportunity.csv", _salesforce_deal),
        asks=("CampaignMember.csv", _salesforce_ask),
    )
    accounts = {key(row["contact_id"]): row["account_id"] for row in found["contacts"] if not row.broken}
    for row in found["asks"]:
        row.cells["account_id"] = accounts.get(key(row["contact_id"]), "")
    return found


def raw_hubspot(exports: Path) -> Raw:
    return _tables(
        exports,
        accounts=("companies.csv", _hubspot_company),
        contacts=("contacts.csv", _hubspot_contact),
        renewals=("deals.csv", _hubspot_deal),
    )


def _tables(exports: Path, **read: tuple[str, Said]) -> Raw:
    found: Raw = {name: [] for name in TABLES}
    for table, (file, said) in read.items():
        rows = raw_rows(exports / file)
        found[table] = [row if row.broken else RawRow(row.number, said(row), text=row.text) for row in rows]
    return {table: [row for row in rows if row.broken or row["kind"] != "other"] for table, rows in found.items()}


def _salesforce_account(row: RawRow) -> dict[str, str]:
    status = {"Customer": "active", "Former Customer": "churned"}.get(row["Type"], row["Type"])
    told = {"account_id": row["Id"], "status": status, "created_at": row["CreatedDate"]}
    return told | {"merged_into": row["MasterRecordId"], "deleted": row["IsDeleted"]}


def _salesforce_contact(row: RawRow) -> dict[str, str]:
    told = {"contact_id": row["Id"], "account_id": row["AccountId"], "created_at": row["CreatedDate"]}
    return told | {"objected_at": _checked(row["HasOptedOutOfEmail"]), "deleted": row["IsDeleted"]}


def _salesforce_case(row: RawRow) -> dict[str, str]:
    severity = {"High": "1", "Medium": "3", "Low": "4"}.get(row["Priority"], row["Priority"])
    told = {"case_id": row["Id"], "account_id": row["AccountId"], "severity": severity}
    return told | {"opened_at": row["CreatedDate"], "closed_at": row["ClosedDate"], "deleted": row["IsDeleted"]}


def _salesforce_deal(row: RawRow) -> dict[str, str]:
    won, closed = row["IsWon"].lower() in ("true", "1"), row["IsClosed"].lower() in ("true", "1")
    return _deal(row["Id"], row["AccountId"], row["Type"], won, closed) | {
        "occurred_at": row["CloseDate"],
        "due_at": "" if closed else row["CloseDate"],
        "deleted": row["IsDeleted"],
    }


def _salesforce_ask(row: RawRow) -> dict[str, str]:
    campaigns = ("Testimonial", "Case study", "Reference call", "Speaker", "Advisory board")
    level = str(campaigns.index(row["Campaign.Name"]) + 1) if row["Campaign.Name"] in campaigns else "?"
    words: Mapping[str, str] = {"Accepted": "accepted", "No reply": "no_reply", "Not now": "not_now", "Sent": ""}
    told = {"ask_id": row["Id"], "contact_id": row["ContactId"], "level": level}
    told |= {"asked_at": row["CreatedDate"], "responded_at": row["FirstRespondedDate"]}
    kind = "ask" if row["Campaign.Type"] == "Advocacy" else "other"
    return told | {"response": words.get(row["Status"], row["Status"]), "kind": kind, "deleted": row["IsDeleted"]}


def _hubspot_company(row: RawRow) -> dict[str, str]:
    return {"account_id": row["Record ID"], "status": "active", "created_at": row["Create Date"]}


def _hubspot_contact(row: RawRow) -> dict[str, str]:
    told = {"contact_id": row["Record ID"], "account_id": row["Primary Associated Company ID"]}
    return told | {"objected_at": _checked(row["Unsubscribed from all email"]), "created_at": row["Create Date"]}


def _hubspot_deal(row: RawRow) -> dict[str, str]:
    won, closed = row["Deal Stage"] == "Closed Won", row["Deal Stage"].startswith("Closed")
    told = _deal(row["Record ID"], row["Primary Associated Company ID"], row["Deal Type"], won, closed)
    return told | {"occurred_at": row["Close Date"], "due_at": "" if closed else row["Close Date"]}


def _checked(box: str) -> str:
    return "" if box.lower() in _NO else "yes"


def _deal(number: str, account: str, kind: str, won: bool, closed: bool) -> dict[str, str]:
    became = "other"
    if kind == "Renewal":
        became = ("renewal" if won else "non_renewal") if closed else "pending"
    elif kind == "Existing Business" and won:
        became = "expansion"
    return {"renewal_id": number, "account_id": account, "kind": became}
