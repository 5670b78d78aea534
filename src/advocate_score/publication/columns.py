"""Every column of the lists: one record each, which the CSV files, the workbook and the report are made from.

A new column is a new record: with `cells` if neither the list's own rows nor the accounts table has it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

import pandas as pd

from advocate_score import config
from advocate_score.dates import iso, local_days
from advocate_score.publication.sentences import cited_facts, note
from advocate_score.schema import planned_ask_id
from advocate_score.text import Text

Kind = Literal["text", "share", "figure", "count", "date", "instant", "flag"]
"""share: 0…1; figure: with decimals; count: a whole number; date: a day of the firm's zone; instant: in UTC, of which
the workbook and the report show the day."""


ListName = Literal[
    "candidates",
    "ask_plan",
    "nurture",
    "resting",
    "pools",
    "coverage_gaps",
    "by_owner",
    "month",
    "own_plan",
    "guide",
]
"""pools: `reference_pool.csv` and `advisory_board.csv`. Sheets of workbooks, and no CSV files: month: whom to ask and
whom to leave in peace, owner by owner; own_plan: the plan of one owner; guide."""


@dataclass(frozen=True)
class Described:
    """What the lists show of accounts besides their scores, one frame each; rows of other accounts are ignored.

    accounts, outcomes, asks: the canonical tables (asks: account_id, level, asked_at) · contacts: account_id, level,
    contact_id, contact_name, title, permission · moments: account_id, moment · reasons: account_id, level,
    reason_1 … reason_3.
    """

    accounts: pd.DataFrame
    outcomes: pd.DataFrame
    asks: pd.DataFrame
    contacts: pd.DataFrame
    moments: pd.DataFrame
    reasons: pd.DataFrame


@dataclass(frozen=True)
class Edition:
    """The values that are the same in every row of a publication, its language, and the zone of its days."""

    as_of: datetime
    model_version: str
    language: str
    ladder: config.Ladder
    zone: tzinfo = UTC


Cells = Callable[[pd.DataFrame, Described, Edition], Any]
"""The rows of a list so far, the facts, the edition → a series with the index of the rows, or one value for all."""


@dataclass(frozen=True)
class Column:
    """One column of the lists.

    Parameters
    ----------
    name : in the CSV files. kind : of its values; it decides how people and programs read them.
    heading : in the workbook and in the report; None if neither shows it.
    lists : the lists whose CSV files have it.
    sheets : the lists whose sheets of the workbooks have it.
    report : whether the candidates' table of the report has it as a column of its own. False also for what that table
        shows in a composed cell.
    cells : makes its values; None if the list's rows already have them.
    of_account : whether the accounts table has it.
    width : in the workbook, in characters; 0 for the default of its kind.
    choices : what may be written into a column that people fill in; None for a column that we fill in.
    """

    name: str
    kind: Kind = "text"
    heading: Text | None = None
    lists: tuple[ListName, ...] = ()
    sheets: tuple[ListName, ...] = ()
    report: bool = False
    cells: Cells | None = None
    of_account: bool = False
    width: int = 0
    choices: tuple[Text, ...] | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"column {self.name!r} needs a name that the page's script can use")
        if (self.sheets or self.report) and self.heading is None:
            raise ValueError(f"column {self.name} is shown to people and needs a heading")
        if self.report and "candidates" not in self.lists:
            raise ValueError(f"column {self.name} is in the report and has to be in the list of candidates")

    def heading_in(self, language: str) -> str:
        """The heading; '' for a column that is not shown to people."""
        return self.heading.in_language(language) if self.heading else ""


def _ask_names(rows: pd.DataFrame, _: Described, edition: Edition) -> pd.Series:
    return pd.Series([edition.ladder.name(level, edition.language) for level in rows["level"]], rows.index, "str")


def _outcome_facts(rows: pd.DataFrame, described: Described, edition: Edition) -> pd.Series:
    return cited_facts(rows["account_id"], described.outcomes, edition.as_of, edition.language)


def _ask_ids(rows: pd.DataFrame, _: Described, edition: Edition) -> pd.Series:
    keys = zip(rows["account_id"], rows["level"], strict=True)
    return pd.Series([planned_ask_id(edition.as_of, account, level) for account, level in keys], rows.index, "str")


def _note(_rows: pd.DataFrame, _: Described, edition: Edition) -> str:
    return note(edition.language)


def _days_of(name: str) -> Cells:
    """The days of a column of instants, in the zone of the edition."""
    return lambda rows, _, edition: local_days(rows[name], edition.zone)


def _as_of(_rows: pd.DataFrame, _: Described, edition: Edition) -> str:
    return iso(edition.as_of)


def _model_version(_rows: pd.DataFrame, _: Described, edition: Edition) -> str:
    return edition.model_version


_FOR_ACCOUNTS: tuple[ListName, ...] = ("candidates", "ask_plan", "nurture", "pools")
_ON_SHEETS: tuple[ListName, ...] = ("candidates", "ask_plan", "pools")
_EVERY_LIST: tuple[ListName, ...] = (*_FOR_ACCOUNTS, "resting", "by_owner")
_FOR_ASKS: tuple[ListName, ...] = (*_ON_SHEETS, "by_owner")
_RANKED: tuple[ListName, ...] = ("candidates", "pools")
_PLANS: tuple[ListName, ...] = ("ask_plan", "own_plan")
_OWN: tuple[ListName, ...] = ("month", "own_plan")
_RESTING: tuple[ListName, ...] = ("resting", "month")
_ANSWERS = (
    Text("Accepted", "Aceptada"),
    Text("Declined", "Rechazada"),
    Text("Not now", "Ahora no"),
    Text("No reply", "Sin respuesta"),
    Text("Asked", "Pedida"),
)
"""Words that `record` reads, in the order in which they are offered."""

COLUMNS: tuple[Column, ...] = (
    Column("state", "text", Text("What to do", "Qué hacer"), ("by_owner",), ("month",), width=18),
    Column("pool", heading=Text("Group", "Grupo"), lists=("coverage_gaps",)),
    Column("priority", "count", Text("Priority", "Prioridad"), ("ask_plan",), ("ask_plan",)),
    Column("rank", "count", Text("Rank", "Puesto"), (*_RANKED, "by_owner"), _RANKED),
    Column(
        "account_id", "text", Text("Account id", "Id de cuenta"), _EVERY_LIST, (*_ON_SHEETS, *_OWN, "resting"), width=20
    ),
    Column(
        "account_name",
        "text",
        Text("Account", "Cuenta"),
        lists=_EVERY_LIST,
        sheets=(*_ON_SHEETS, *_OWN, "resting"),
        of_account=True,
        width=28,
    ),
    Column("industry", "text", Text("Industry", "Sector"), _FOR_ACCOUNTS, _ON_SHEETS, of_account=True),
    Column("segment", "text", Text("Segment", "Segmento"), _FOR_ACCOUNTS, _ON_SHEETS, of_account=True),
    Column("region", "text", Text("Region", "Región"), _FOR_ACCOUNTS, _ON_SHEETS, of_account=True),
    Column(
        "owner",
        "text",
        Text("Owner", "Responsable"),
        lists=(*_FOR_ACCOUNTS, "resting"),
        sheets=(*_ON_SHEETS, *_RESTING),
        of_account=True,
        width=18,
    ),
    Column("service_line", "text", Text("Service line", "Línea de servicio"), ("pools",), ("pools",), of_account=True),
    Column("level", "count", Text("Level", "Nivel"), (*_EVERY_LIST, "coverage_gaps"), ("ask_plan", "resting")),
    Column(
        "ask",
        "text",
        Text("Ask", "Petición"),
        lists=(*_FOR_ACCOUNTS, "by_owner"),
        sheets=("ask_plan", *_OWN),
        cells=_ask_names,
        width=22,
    ),
    Column("attribute", lists=("coverage_gaps",)),
    Column("value", lists=("coverage_gaps",)),
    Column("gap", lists=("coverage_gaps",)),
    Column("need", "share", lists=("coverage_gaps",)),
    Column("open_opportunities", "count", Text("Open opportunities", "Oportunidades abiertas"), ("coverage_gaps",)),
    Column("clients", "count", Text("Clients", "Clientes"), ("coverage_gaps",)),
    Column("ready", "count", lists=("coverage_gaps",)),
    Column("ready_and_free", "count", Text("Ready, may be asked", "Preparados y disponibles"), ("coverage_gaps",)),
    Column("in_pool", "count", Text("In the group", "En el grupo"), ("coverage_gaps",)),
    Column("expected", "count", Text("Wanted", "Se quieren"), ("coverage_gaps",)),
    Column(
        "readiness", "share", Text("Readiness", "Preparación"), (*_FOR_ACCOUNTS, "by_owner"), (*_ON_SHEETS, "own_plan")
    ),
    Column("readiness_low", "share", Text("At least", "Al menos"), (*_RANKED, "nurture"), _RANKED),
    Column("readiness_high", "share", Text("At most", "Como mucho"), (*_RANKED, "nurture"), _RANKED),
    Column("completion", "share", Text("Delivers, once agreed", "Cumple, si acepta"), ("candidates",), ("candidates",)),
    Column("evidence", heading=Text("Evidence", "Base"), lists=_RANKED),
    Column("threshold", "share", lists=("nurture",)),
    Column("missing", lists=("nurture",)),
    Column("change_1", lists=("nurture",)),
    Column("change_2", lists=("nurture",)),
    Column("change_3", lists=("nurture",)),
    Column("note", lists=("nurture",), cells=_note),
    Column("expected_value", "figure", Text("Expected value", "Valor esperado"), ("ask_plan",), ("ask_plan",)),
    Column("diversity", "figure", Text("Diversity", "Diversidad"), ("pools",)),
    Column("why", "text", Text("Why proposed", "Por qué se propone"), ("pools",), ("pools",), width=50),
    Column("why_now", "text", Text("Why now", "Por qué ahora"), ("ask_plan",), ("ask_plan", *_OWN), width=40),
    Column("reason_1", "text", Text("Why", "Por qué"), ("candidates", "by_owner"), ("candidates",), width=30),
    Column("reason_2", "text", Text("Why (2)", "Por qué (2)"), ("candidates", "by_owner"), ("candidates",), width=30),
    Column("reason_3", "text", Text("Why (3)", "Por qué (3)"), ("candidates", "by_owner"), ("candidates",), width=30),
    Column(
        "outcome_fact",
        "text",
        Text("To cite", "Para citar"),
        lists=_FOR_ASKS,
        sheets=(*_ON_SHEETS, *_OWN),
        cells=_outcome_facts,
        width=30,
    ),
    Column("moment", "text", Text("Moment", "Momento"), ("candidates", "by_owner"), ("candidates",), width=28),
    Column("asks_last_365d", "count", Text("Asks in a year", "Peticiones en un año"), _RANKED, _RANKED),
    Column(
        "last_asked_at",
        "date",
        Text("Last asked", "Última petición"),
        lists=_RANKED,
        sheets=_RANKED,
        cells=_days_of("last_asked_at"),
    ),
    Column(
        "suggested_contact_id",
        "text",
        Text("Id of the contact", "Id del contacto"),
        lists=_FOR_ASKS,
        sheets=(*_ON_SHEETS, "own_plan"),
    ),
    Column("suggested_contact", "text", Text("Contact", "Contacto"), _FOR_ASKS, (*_ON_SHEETS, *_OWN), width=22),
    Column("contact_title", "text", Text("Position", "Cargo"), _FOR_ASKS, (*_ON_SHEETS, *_OWN), width=26),
    Column("permission", "text", Text("Permission", "Permiso"), _FOR_ASKS, (*_ON_SHEETS, *_OWN), width=28),
    Column("public_permission", lists=("pools",)),
    Column("response", "text", Text("Answer", "Respuesta"), sheets=_PLANS, width=16, choices=_ANSWERS),
    Column("asked_at", "date", Text("Asked on", "Pedido el"), sheets=_PLANS, choices=()),
    Column("responded_at", "date", Text("Answered on", "Respondido el"), sheets=_PLANS, choices=()),
    Column("completed_at", "date", Text("Delivered on", "Entregado el"), sheets=_PLANS, choices=()),
    Column("exploration", "flag", Text("Drawn by lot", "Elegido por sorteo"), ("ask_plan",), _PLANS),
    Column(
        "propensity",
        "share",
        Text("Chance of being chosen", "Probabilidad de ser elegido"),
        ("ask_plan",),
        ("ask_plan",),
    ),
    Column("policy_id", lists=("ask_plan",)),
    Column(
        "ask_id",
        "text",
        Text("Id of the ask", "Id de la petición"),
        ("ask_plan",),
        _PLANS,
        cells=_ask_ids,
        width=30,
    ),
    Column("rule", "text", Text("Rule", "Regla"), ("resting", "by_owner"), _RESTING, width=28),
    Column(
        "since",
        "date",
        Text("Since", "Desde"),
        lists=("resting", "by_owner"),
        sheets=("resting",),
        cells=_days_of("since"),
    ),
    Column("until", "date", Text("Until", "Hasta"), ("resting", "by_owner"), _RESTING),
    Column("detail", "text", Text("Detail", "Detalle"), ("resting", "by_owner"), ("resting",), width=60),
    Column("as_of", "instant", Text("As of", "A fecha de"), _FOR_ACCOUNTS, cells=_as_of),
    Column("model_version", lists=_FOR_ACCOUNTS, cells=_model_version),
    Column("term", "text", Text("Term", "Término"), sheets=("guide",)),
    Column("meaning", "text", Text("How to read it", "Cómo leerlo"), sheets=("guide",), width=110),
)
"""In the order of the sheets, and of the CSV files where `_FIRST` says nothing else."""

_FIRST: Mapping[ListName, tuple[str, ...]] = {
    "ask_plan": (
        *("priority", "account_id", "level", "readiness", "expected_value", "why_now", "exploration", "propensity"),
        *("policy_id", "ask_id"),
    ),
    "pools": ("rank", "account_id", "account_name", "industry", "segment", "region", "service_line"),
    "by_owner": ("state", "account_id", "account_name", "level", "ask", "rank"),
}
"""The columns with which the CSV file of a list begins."""

_FIRST_ON_SHEETS: Mapping[ListName, tuple[str, ...]] = {
    "month": (
        *("owner", "state", "account_name", "ask", "until", "suggested_contact", "contact_title", "why_now"),
        *("outcome_fact", "permission", "rule"),
    ),
    "own_plan": (
        *("account_name", "ask", "suggested_contact", "contact_title", "why_now", "outcome_fact", "permission"),
        *("response", "asked_at", "responded_at", "completed_at"),
    ),
}
"""The columns with which the sheet of a list begins."""


def columns_of(name: ListName) -> list[Column]:
    """The columns of a list's CSV file, in their order."""
    return _in_order((column for column in COLUMNS if name in column.lists), _FIRST.get(name, ()))


def _in_order(columns: Iterable[Column], first: Sequence[str]) -> list[Column]:
    positions = {name: position for position, name in enumerate(first)}
    return sorted(columns, key=lambda column: positions.get(column.name, len(first)))


def column_names(name: ListName) -> list[str]:
    """The names of the columns of a list's CSV file, in their order."""
    return [column.name for column in columns_of(name)]


def nullable_types(name: ListName) -> dict[str, str]:
    """Column → type, of those columns of a list that a missing value would otherwise turn into decimals or objects."""
    types = {"count": "Int64", "flag": "boolean"}
    return {column.name: types[column.kind] for column in columns_of(name) if column.kind in types}


def sheet_columns(name: ListName) -> list[Column]:
    """The columns of a list's sheet, in their order."""
    return _in_order((column for column in COLUMNS if name in column.sheets), _FIRST_ON_SHEETS.get(name, ()))


def columns_by_heading(language: str) -> dict[str, Column]:
    """The columns of all sheets, by their headings."""
    return {column.heading_in(language): column for column in COLUMNS if column.sheets}


def report_columns() -> list[Column]:
    """The columns that the candidates' table of the report shows besides its composed cells."""
    return [column for column in COLUMNS if column.report]


def headings() -> dict[str, Text]:
    """Column → heading, of every column that has one."""
    return {column.name: column.heading for column in COLUMNS if column.heading is not None}


def kinds() -> dict[str, Kind]:
    """Column → kind of its values."""
    return {column.name: column.kind for column in COLUMNS}
