"""The canonical tables, with the name, type and bounds of every column, and the id of a planned ask.

Contracts, SQL identifiers, `data/dictionary.md` and `init`'s templates are generated from these declarations.
A table in use always has every column listed here; a column that the export lacks holds nulls.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal


def planned_ask_id(as_of: datetime, account_id: str, level: int) -> str:
    """The id that an ask keeps from the plan to its answer: day of the publication, account and level, such as
    `2026-01-01:A0042:3`."""
    return f"{as_of.date().isoformat()}:{account_id}:{level}"


ColumnType = Literal["id", "text", "time", "number", "integer", "flag", "choice"]


@dataclass(frozen=True)
class Column:
    """One column. `scheduled` times may lie in the future; `personal` values never enter a message or a log.

    `strictest`: the value that an unknown one counts as if it protects a client; None if the column does not protect.
    `refusal`: any value except a plain "no" means that the person refuses, even if it cannot be read as a time.
    `also`: other names that exports use for the column.
    """

    name: str
    type: ColumnType
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    scheduled: bool = False
    personal: bool = False
    strictest: str | int | None = None
    refusal: bool = False
    also: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether it has a closed vocabulary. Words in such a column are of a picklist, and messages may name them."""
        has_bounds = self.minimum is not None and self.maximum is not None
        return bool(self.choices) or self.type == "flag" or (self.type == "integer" and has_bounds)


@dataclass(frozen=True)
class Table:
    """One table. `happened` is the column that says when a row occurred, `recorded` when the firm knew it (None: at
    once).

    A table without `happened` describes things rather than events and has no history. `protects`: a row may say that a
    client must not be asked, so every row is taken into account, even if it is faulty.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    happened: str | None = None
    recorded: str | None = None
    required: bool = False
    protects: bool = False

    @property
    def key(self) -> str:
        return self.columns[0].name

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def of_account(self) -> bool:
        return "account_id" in self.column_names


def _id(name: str, meaning: str, required: bool = True) -> Column:
    return Column(name, "id", meaning, required)


def _text(name: str, meaning: str, personal: bool = False) -> Column:
    return Column(name, "text", meaning, personal=personal)


def _time(name: str, meaning: str, required: bool = False, scheduled: bool = False) -> Column:
    return Column(name, "time", meaning, required, scheduled=scheduled)


def _number(name: str, meaning: str, minimum: float | None = None, maximum: float | None = None) -> Column:
    return Column(name, "number", meaning, minimum=minimum, maximum=maximum)


def _integer(
    name: str,
    meaning: str,
    minimum: float | None = None,
    maximum: float | None = None,
    required: bool = False,
    strictest: int | None = None,
) -> Column:
    return Column(name, "integer", meaning, required, minimum=minimum, maximum=maximum, strictest=strictest)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "flag", meaning)


def _choice(
    name: str, meaning: str, choices: Iterable[str], required: bool = False, strictest: str | None = None
) -> Column:
    return Column(name, "choice", meaning, required, tuple(choices), strictest=strictest)


_ACCOUNT = _id("account_id", "the account it belongs to")
_CONTACT = _id("contact_id", "the contact it concerns", required=False)
_OCCURRED = _time("occurred_at", "when it happened", required=True)
_DELETED = Column(
    "deleted",
    "flag",
    "whether it was deleted where it comes from; `IsDeleted`, and HubSpot's `Archived`, are read as they are",
    also=("isdeleted", "is_deleted", "archived"),
)
_RECORDED = _time("recorded_at", "when the firm knew it; default: when it happened")
_FIRMOGRAPHICS = (
    _text("industry", "branch of business"),
    _text("segment", "size or kind of company"),
    _text("region", "where it is"),
    _text("service_line", "what it buys"),
)

ACCOUNTS = Table(
    "accounts",
    "the firm's clients, one row each",
    (
        _id("account_id", "the account"),
        _text("account_name", "its name", personal=True),
        *_FIRMOGRAPHICS,
        _text("owner", "the account manager", personal=True),
        _text("language", "the language it is written to in"),
        _choice("status", "its standing today", ("active", "at_risk", "churned", "deleted"), strictest="churned"),
        _time("created_at", "when it became a client"),
        _id("merged_into", "the account that survived a merge", required=False),
        _DELETED,
    ),
    required=True,
    protects=True,
)
CONTACTS = Table(
    "contacts",
    "people at an account",
    (
        _id("contact_id", "the contact"),
        _ACCOUNT,
        _text("contact_name", "the person's name", personal=True),
        _text("first_name", "the given name, where contact_name is the family name alone", personal=True),
        _text("title", "job title", personal=True),
        _choice("seniority", "rank in the client's house", ("c_level", "vp", "director", "manager", "staff")),
        _flag("sponsor", "whether the person sponsors the work"),
        _time("created_at", "when the firm met the person"),
        Column(
            "objected_at",
            "time",
            "when the person asked not to be approached; any other value but a plain no says that they did",
            refusal=True,
        ),
        _DELETED,
    ),
    happened="created_at",
    protects=True,
)
RENEWALS = Table(
    "renewals",
    "contract renewals and changes",
    (
        _id("renewal_id", "the event"),
        _ACCOUNT,
        _OCCURRED,
        _RECORDED,
        _choice(
            "kind",
            "what became of the contract",
            ("renewal", "expansion", "contraction", "non_renewal", "pending"),
            required=True,
            strictest="non_renewal",
        ),
        _number("amount", "yearly value concerned; negative only for a contraction"),
        _text("currency", "ISO 4217 code of the amount"),
        _time("due_at", "when the contract is due", scheduled=True),
        _DELETED,
    ),
    happened="occurred_at",
    recorded="recorded_at",
    protects=True,
)
OUTCOMES = Table(
    "outcomes",
    "measurable results that the client had",
    (
        _id("outcome_id", "the result"),
        _ACCOUNT,
        _OCCURRED,
        _RECORDED,
        _choice("kind", "what improved", ("revenue", "cost", "risk", "time", "quality", "strategic")),
        _number("value", "size of the improvement as a fraction (0.18 = 18 %)"),
        _flag("confirmed", "whether the client confirmed the figure"),
        _choice("shareable", "how far it may be told", ("public", "anonymised", "no")),
        _text("fact", "the result in one sentence, as an ask would cite it", personal=True),
        _DELETED,
    ),
    happened="occurred_at",
    recorded="recorded_at",
)
INTERACTIONS = Table(
    "interactions",
    "meetings, calls, messages, events, downloads",
    (
        _id("interaction_id", "the interaction"),
        _ACCOUNT,
        _CONTACT,
        _OCCURRED,
        _RECORDED,
        Column("kind", "text", "what it was; any text, selected on by signals", required=True),
        _flag("required", "whether the contract requires it"),
        _flag("executive", "whether an executive of the client took part"),
        _choice("initiated_by", "who started it", ("client", "us")),
        _number("sentiment", "tone, −1 to 1", -1, 1),
        _number("duration_minutes", "length in minutes", 0),
        _text("topic", "what it was about"),
        _text("counterpart", "the team or person on the other side"),
        _DELETED,
    ),
    happened="occurred_at",
    recorded="recorded_at",
)
REFERRALS = Table(
    "referrals",
    "introductions that the client made",
    (
        _id("referral_id", "the referral"),
        _ACCOUNT,
        _OCCURRED,
        _RECORDED,
        _choice("kind", "made in passing or on request", ("informal", "formal")),
        _flag("converted", "whether it became business"),
        _number("value", "value of that business", 0),
        _DELETED,
    ),
    happened="occurred_at",
    recorded="recorded_at",
)
ASKS = Table(
    "asks",
    "what the client was asked to do, and the answer",
    (
        _id("ask_id", "the ask"),
        _ACCOUNT,
        _CONTACT,
        _integer("level", "rung of the ladder; 0 = small favour", 0, 5, required=True),
        _time("asked_at", "when it was asked", required=True),
        _choice(
            "response",
            "the answer; empty = still open",
            ("accepted", "declined", "not_now", "no_reply"),
            strictest="declined",
        ),
        _time("responded_at", "when the client answered"),
        _time("completed_at", "when the client delivered"),
        _number("quality", "how good the result was"),
        _time("recorded_at", "when the firm knew the answer"),
        _text("channel", "how it was asked"),
        _id("opportunity_id", "the opportunity it was asked for", required=False),
        _number("propensity", "probability, on any positive scale, that the plan chose this ask", 0),
        _flag("exploration", "whether it was an exploration slot"),
        _text("policy_id", "the plan that chose it"),
        _DELETED,
    ),
    happened="asked_at",
    protects=True,
)
SURVEYS = Table(
    "surveys",
    "answers to satisfaction surveys",
    (
        _id("survey_id", "the answer"),
        _ACCOUNT,
        _CONTACT,
        _time("answered_at", "when it was answered", required=True),
        _RECORDED,
        _integer("nps", "would recommend, 0 to 10", 0, 10),
        _number("csat", "satisfaction"),
        _number("sentiment", "tone of the comments, −1 to 1", -1, 1),
        _DELETED,
    ),
    happened="answered_at",
    recorded="recorded_at",
)
MENTIONS = Table(
    "mentions",
    "what the client said of the firm in public",
    (
        _id("mention_id", "the mention"),
        _ACCOUNT,
        _OCCURRED,
        _RECORDED,
        _choice("channel", "where", ("review", "social", "podcast", "community", "press", "ai_answer")),
        _number("sentiment", "tone, −1 to 1", -1, 1),
        _number("reach", "people reached", 0),
        _DELETED,
    ),
    happened="occurred_at",
    recorded="recorded_at",
)
PERMISSIONS = Table(
    "permissions",
    "consent to use what the client gives, per channel",
    (
        _id("permission_id", "the consent"),
        _ACCOUNT,
        _CONTACT,
        _choice("channel", "where it may be used", ("website", "marketing", "social", "sales", "events", "any")),
        _choice("status", "the consent", ("granted", "denied", "needs_approval"), strictest="denied"),
        _time("valid_from", "from when", scheduled=True),
        _time("valid_to", "until when", scheduled=True),
        _DELETED,
    ),
    protects=True,
)
CASES = Table(
    "cases",
    "complaints and escalations",
    (
        _id("case_id", "the case"),
        _ACCOUNT,
        _time("opened_at", "when it was opened", required=True),
        _time("closed_at", "when it was closed; empty = still open"),
        _integer("severity", "1 is the worst", 1, 4, strictest=1),
        _DELETED,
    ),
    happened="opened_at",
    protects=True,
)
OPPORTUNITIES = Table(
    "opportunities",
    "deals with prospects, which references help to win",
    (
        _id("opportunity_id", "the opportunity"),
        *_FIRMOGRAPHICS,
        _text("stage", "where it stands"),
        _number("value", "value of the deal", 0),
        _time("opened_at", "when it was opened"),
        _time("closed_at", "when it was or will be closed", scheduled=True),
        _flag("won", "whether it was won"),
        _DELETED,
    ),
)
ASSETS = Table(
    "assets",
    "what clients gave and the firm published",
    (
        _id("asset_id", "the asset"),
        _ACCOUNT,
        _integer("level", "rung of the ladder it came from", 1, 5),
        _time("published_at", "when it was published"),
        _number("downloads", "downloads so far", 0),
        _number("views", "views so far", 0),
        _text("opportunity_ids", "opportunities it was used in, separated by blanks"),
        _DELETED,
    ),
    happened="published_at",
)

TABLES = {
    table.name: table
    for table in (
        ACCOUNTS,
        CONTACTS,
        RENEWALS,
        OUTCOMES,
        INTERACTIONS,
        REFERRALS,
        ASKS,
        SURVEYS,
        MENTIONS,
        PERMISSIONS,
        CASES,
        OPPORTUNITIES,
        ASSETS,
    )
}


def with_top_level(table: Table, top: int) -> Table:
    """The table for a ladder whose highest level is `top`; unchanged if it has no column of levels."""
    if "level" not in table.column_names:
        return table
    columns = (replace(column, maximum=top) if column.name == "level" else column for column in table.columns)
    return replace(table, columns=tuple(columns))
