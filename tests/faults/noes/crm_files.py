"""The objects of Salesforce and HubSpot as their exports show them, filled from the rows of a made-up firm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from faults.noes.world import Row, ago

Cell = Callable[[Row], str]


@dataclass(frozen=True)
class CrmFile:
    """tables: those of the made-up firm whose rows it holds · cells: the column of the export → what stands there."""

    name: str
    tables: tuple[str, ...]
    cells: Mapping[str, Cell]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.cells)

    def written(self, row: Row) -> Row:
        return {column: cell(row) for column, cell in self.cells.items()}


def same(name: str) -> Cell:
    return lambda row: row[name]


def always(word: str) -> Cell:
    return lambda _: word


def word(name: str, words: Mapping[str, str]) -> Cell:
    """The CRM's word for ours; what is not known there stays as it is."""
    return lambda row: words.get(row[name], row[name])


def flag(name: str) -> Cell:
    return lambda row: row[name] or "false"


def opted_out(yes: str, no: str) -> Cell:
    """A check box: that somebody objected is all that a CRM knows."""
    return lambda row: row.get("opted_out") or (yes if row["objected_at"] else no)


def last_change(row: Row) -> str:
    return row.get("changed_at", row["objected_at"] or ago(30))


def closes(row: Row) -> str:
    """The day of a deal: when it is due, while it is open."""
    return row["due_at"] if row["kind"] == "pending" else row["occurred_at"]


def if_ask(name: str, campaign: str) -> Cell:
    return lambda row: row[name] or campaign


def madrid(cell: Cell) -> Cell:
    """An instant as a portal in Madrid shows it; what is no instant stays as it is."""

    def shown(row: Row) -> str:
        text = cell(row)
        try:
            at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            return text
        offset = at.replace(tzinfo=ZoneInfo("Europe/Madrid")).utcoffset() or timedelta()
        return (at + offset).strftime("%Y-%m-%d %H:%M")

    return shown


_PRIORITY = {"1": "High", "2": "High", "3": "Medium", "4": "Low"}
_CAMPAIGN = {"1": "Testimonial", "2": "Case study", "3": "Reference call", "4": "Speaker", "5": "Advisory board"}
_ANSWER = {"accepted": "Accepted", "declined": "Declined", "no_reply": "No reply", "not_now": "Not now", "": "Sent"}
_DEAL = {
    "renewal": ("Renewal", "Closed Won", "true", "true"),
    "expansion": ("Existing Business", "Closed Won", "true", "true"),
    "non_renewal": ("Renewal", "Closed Lost", "true", "false"),
    "pending": ("Renewal", "Negotiation", "false", "false"),
}


def deal(place: int) -> Cell:
    return lambda row: _DEAL[row["kind"]][place]


_ID = "Id"
_SALESFORCE = (
    CrmFile("User.csv", ("accounts",), {_ID: same("owner"), "Name": same("owner")}),
    CrmFile(
        "Account.csv",
        ("accounts",),
        {
            _ID: same("account_id"),
            "Name": same("account_name"),
            "Type": word("status", {"active": "Customer", "churned": "Former Customer"}),
            "Industry": same("industry"),
            "BillingCountry": same("region"),
            "OwnerId": same("owner"),
            "CreatedDate": same("created_at"),
            "IsDeleted": flag("deleted"),
            "MasterRecordId": same("merged_into"),
        },
    ),
    CrmFile(
        "Contact.csv",
        ("contacts",),
        {
            _ID: same("contact_id"),
            "AccountId": same("account_id"),
            "Name": same("contact_name"),
            "Title": same("title"),
            "Seniority__c": same("seniority"),
            "HasOptedOutOfEmail": opted_out("true", "false"),
            "CreatedDate": same("created_at"),
            "LastModifiedDate": last_change,
            "IsDeleted": flag("deleted"),
        },
    ),
    CrmFile(
        "Case.csv",
        ("cases",),
        {
            _ID: same("case_id"),
            "AccountId": same("account_id"),
            "Priority": word("severity", _PRIORITY),
            "Subject": always("Avería"),
            "CreatedDate": same("opened_at"),
            "ClosedDate": same("closed_at"),
            "IsDeleted": flag("deleted"),
        },
    ),
    CrmFile(
        "Opportunity.csv",
        ("renewals",),
        {
            _ID: same("renewal_id"),
            "AccountId": same("account_id"),
            "Account.Industry": always("retail"),
            "Account.BillingCountry": always("Norte"),
            "Name": always("Renovación"),
            "Type": deal(0),
            "StageName": deal(1),
            "Amount": same("amount"),
            "CurrencyIsoCode": same("currency"),
            "CreatedDate": always(ago(700)),
            "CloseDate": closes,
            "IsClosed": deal(2),
            "IsWon": deal(3),
            "IsDeleted": flag("deleted"),
        },
    ),
    CrmFile(
        "CampaignMember.csv",
        ("asks",),
        {
            _ID: same("ask_id"),
            "ContactId": same("contact_id"),
            "City": always("León"),
            "Campaign.Type": always("Advocacy"),
            "Campaign.Name": word("level", _CAMPAIGN),
            "Status": word("response", _ANSWER),
            "HasResponded": always("true"),
            "CreatedDate": same("asked_at"),
            "FirstRespondedDate": same("responded_at"),
            "IsDeleted": flag("deleted"),
        },
    ),
    CrmFile(
        "Event.csv",
        ("interactions",),
        {
            _ID: same("interaction_id"),
            "AccountId": same("account_id"),
            "WhoId": same("contact_id"),
            "StartDateTime": same("occurred_at"),
            "DurationInMinutes": always("60"),
            "IsDeleted": flag("deleted"),
        },
    ),
    CrmFile(
        "Task.csv",
        (),
        {
            _ID: same("interaction_id"),
            "AccountId": same("account_id"),
            "WhoId": same("contact_id"),
            "TaskSubtype": always("Call"),
            "Status": always("Completed"),
            "CompletedDateTime": same("occurred_at"),
            "IsDeleted": flag("deleted"),
        },
    ),
)
_HUBSPOT = (
    CrmFile(
        "companies.csv",
        ("accounts",),
        {
            "Record ID": same("account_id"),
            "Company name": same("account_name"),
            "Industry": same("industry"),
            "Country/Region": same("region"),
            "Company size": same("segment"),
            "Company owner": same("owner"),
            "Create Date": madrid(same("created_at")),
            "Lifecycle Stage": always("Customer"),
        },
    ),
    CrmFile(
        "contacts.csv",
        ("contacts",),
        {
            "Record ID": same("contact_id"),
            "First Name": same("contact_name"),
            "Last Name": always("X"),
            "Job Title": same("title"),
            "Employment Seniority": word("seniority", {"director": "Director"}),
            "Primary Associated Company ID": same("account_id"),
            "Unsubscribed from all email": opted_out("Yes", ""),
            "Create Date": madrid(same("created_at")),
            "Last Modified Date": madrid(last_change),
        },
    ),
    CrmFile(
        "deals.csv",
        ("renewals",),
        {
            "Record ID": same("renewal_id"),
            "Primary Associated Company ID": same("account_id"),
            "Deal Type": deal(0),
            "Deal Stage": lambda row: "Contract Sent" if row["kind"] == "pending" else _DEAL[row["kind"]][1],
            "Amount": same("amount"),
            "Currency": same("currency"),
            "Create Date": madrid(always(ago(700))),
            "Close Date": madrid(closes),
        },
    ),
    CrmFile(
        "engagements.csv",
        ("interactions",),
        {
            "Record ID": same("interaction_id"),
            "Activity type": always("Meeting"),
            "Activity date": madrid(same("occurred_at")),
            "Associated Company ID": same("account_id"),
            "Associated Contact ID": same("contact_id"),
        },
    ),
)
CRM_TABLES: Mapping[str, tuple[CrmFile, ...]] = {"salesforce": _SALESFORCE, "hubspot": _HUBSPOT}
