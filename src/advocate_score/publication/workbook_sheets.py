"""The sheets of the workbooks, with the words around the values in English and Spanish.

`candidates.xlsx` has one per level, the plan, the month of every owner, the pools, the resting accounts and a guide; an
account manager's workbook has their own plan, their resting accounts and a guide.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from advocate_score.ladder import LANGUAGES
from advocate_score.publication.columns import Column, Edition, Kind, ListName, columns_by_heading, sheet_columns
from advocate_score.publication.report_words import words
from advocate_score.publication.spreadsheet_csv import FLAGS
from advocate_score.publication.workbook import Sheet, SheetColumn, cell_text, cell_value, read_workbook, workbook_bytes
from advocate_score.text import Text

TITLES: Mapping[ListName, Text] = {
    "guide": Text("How to read this", "Cómo leer esto"),
    "ask_plan": Text("Plan", "Plan"),
    "month": Text("My month", "Mi mes"),
    "resting": Text("Resting", "En descanso"),
}
POOL_TITLES = {
    "reference_pool": Text("Reference pool", "Grupo de referencias"),
    "advisory_board": Text("Advisory board", "Consejo asesor"),
}
_OF_LISTS: tuple[tuple[Text, Text], ...] = (
    (
        Text("A sheet a level", "Una hoja por nivel"),
        Text(
            "The readiest clients for that ask whom you may ask now, the readiest first.",
            "Los clientes más preparados para esa petición a los que se la puede pedir ahora, primero los más "
            "preparados.",
        ),
    ),
    (
        Text("Readiness", "Preparación"),
        Text(
            "The estimated chance that the client says yes to this ask. At least and at most: its 90 % interval.",
            "La probabilidad estimada de que el cliente diga que sí a esta petición. Al menos y como mucho: su "
            "intervalo del 90 %.",
        ),
    ),
    (
        Text("Why", "Por qué"),
        Text(
            "What raised this estimate most; a reason against it says so.",
            "Lo que más ha subido esta estimación; si un motivo habla en contra, se indica.",
        ),
    ),
)
_OF_ASKS: tuple[tuple[Text, Text], ...] = (
    (
        Text("Contact", "Contacto"),
        Text(
            "Whom to write to, with their position. Nobody who objected is suggested. Empty: nobody is known who may "
            "be asked.",
            "A quién escribir, con su cargo. Nunca se propone a quien se ha opuesto. Vacío: no se conoce a nadie a "
            "quien se le pueda pedir.",
        ),
    ),
    (
        Text("To cite", "Para citar"),
        Text(
            "The client's own result that an ask may mention, and whether it may be told.",
            "El resultado propio del cliente que la petición puede mencionar, y si se puede contar.",
        ),
    ),
    (
        Text("Moment", "Momento"),
        Text(
            "A dated reason to ask now. Empty: there is none.",
            "Un motivo reciente, con fecha, para pedirlo ahora. Vacío: no lo hay.",
        ),
    ),
    (
        Text("Permission", "Permiso"),
        Text(
            "Whether you may use what the client gives. Unknown: ask the client for it.",
            "Si puede usar lo que el cliente aporta. Desconocido: pídaselo al cliente.",
        ),
    ),
    (
        Text("Answer", "Respuesta"),
        Text(
            "The yellow columns of the sheet Plan are yours: what the client said, when you asked, when they answered "
            "and delivered. Leave the row empty while nobody has asked. Save the file and give it to whoever runs the "
            "programme, or run: advocate-score record FILE",
            "Las columnas amarillas de la hoja Plan son para usted: qué contestó el cliente y cuándo se le pidió, "
            "respondió y entregó. Deje la fila vacía mientras nadie haya pedido nada. Guarde el archivo y entréguelo a "
            "quien lleva el programa, o ejecute: advocate-score record ARCHIVO",
        ),
    ),
    (
        Text("Plan", "Plan"),
        Text(
            "Whom to ask for what in this period: within your capacity, the limits of each client, and diversity.",
            "A quién pedir qué en este periodo: según la capacidad del equipo, los límites de cada cliente y la "
            "diversidad.",
        ),
    ),
    (
        Text("Drawn by lot", "Elegido por sorteo"),
        Text(
            "Yes: chosen at random, so that the model also learns from clients you seldom ask. Ask them as well.",
            "Sí: elegido al azar, para que el modelo aprenda también de los clientes a los que casi no se pide nada. "
            "Pídaselo también.",
        ),
    ),
    (
        Text("Resting", "En descanso"),
        Text(
            "Whom you must not ask, by which rule, and until when. An empty level: every level. An empty date: "
            "somebody has to change the CRM first.",
            "A quién no debe pedir nada, por qué regla y hasta cuándo. Nivel vacío: todos. Fecha vacía: antes hay que "
            "cambiar algo en el CRM.",
        ),
    ),
    (
        Text("Please note", "Tenga en cuenta"),
        Text(
            "Advocacy is voluntary. Readiness is an estimate about accounts, not about people. When a client says no, "
            "accept it: the client then rests.",
            "Ser cliente referente es voluntario. La preparación es una estimación sobre cuentas, no sobre personas. "
            "Si un cliente dice que no, acéptelo y déjelo descansar.",
        ),
    ),
)
_MONTH = (
    Text("My month", "Mi mes"),
    Text(
        "Filter the first column by your name: whom to ask for what, and whom to leave in peace until when. Your own "
        "workbook in the folder by_owner has the same, with room for the answers.",
        "Filtre la primera columna por su nombre: a quién pedir qué, y a quién dejar en paz y hasta cuándo. Su propio "
        "libro, en la carpeta by_owner, trae lo mismo con sitio para las respuestas.",
    ),
)
GUIDE = (*_OF_LISTS, *_OF_ASKS[:-2], _MONTH, *_OF_ASKS[-2:])
OWN_GUIDE = _OF_ASKS
"""What the guide of `candidates.xlsx` says, and that of an account manager's workbook."""


_WIDTHS: Mapping[Kind, int] = {
    **dict.fromkeys(("text", "flag"), 15),
    **dict.fromkeys(("share", "date", "instant"), 12),
    **dict.fromkeys(("count", "figure"), 10),
}


def candidates_workbook(
    candidates: pd.DataFrame, resting: pd.DataFrame, other_lists: Mapping[str, pd.DataFrame], edition: Edition
) -> bytes:
    """The workbook of the lists; MissingExtraError without the extra `excel`. Parameters as in
    `publication.list_files.list_files`."""
    sheets = _sheets(candidates, resting, other_lists, edition)
    return workbook_bytes(sheets, words(edition.language)["title"], edition.as_of)


def own_workbook(plan: pd.DataFrame, resting: pd.DataFrame, edition: Edition) -> bytes:
    """The workbook of one account manager; MissingExtraError without the extra `excel`.

    `plan`, `resting`: their rows of `ask_plan.csv` and `resting.csv`.
    """
    titles = _titles(edition.language)
    sheets = (
        _sheet(titles["ask_plan"], plan, "own_plan", edition),
        _sheet(titles["resting"], resting, "resting", edition),
        _guide(titles["guide"], OWN_GUIDE, edition),
    )
    return workbook_bytes(sheets, words(edition.language)["title"], edition.as_of)


def _titles(language: str) -> dict[ListName, str]:
    return {name: title.in_language(language) for name, title in TITLES.items()}


def lists_accounts(content: bytes) -> bool:
    """Whether any sheet of the workbook has a row of an account."""
    sheets = read_workbook(content).sheets.values()
    return any(len(rows) > 1 and _column_index("account_id", _columns_of(rows[0])[1]) is not None for rows in sheets)


def accounts_in_workbook(content: bytes, account_ids: Collection[str]) -> frozenset[str]:
    ids_by_cell = {cell_text(account_id): account_id for account_id in account_ids}
    sheets = read_workbook(content).sheets.values()
    return frozenset(ids_by_cell[cell] for rows in sheets for row in rows[1:] for cell in row if cell in ids_by_cell)


def workbook_without(content: bytes, account_ids: Collection[str]) -> bytes:
    """The workbook as it would have been written without the accounts, except that the other ranks stay."""
    written, removed = read_workbook(content), {cell_text(account_id) for account_id in account_ids}
    sheets = [_sheet_without(title, rows, removed) for title, rows in written.sheets.items()]
    return workbook_bytes(sheets, written.title, written.as_of)


def _sheet_without(title: str, rows: Sequence[Sequence[Any]], removed: Collection[str]) -> Sheet:
    language, columns = _columns_of(rows[0])
    column = _column_index("account_id", columns)
    padded = ((*row, *[None] * (len(columns) - len(row))) for row in rows[1:])
    remaining = [row for row in padded if column is None or row[column] not in removed]
    return sheet_of(title, columns, remaining, language)


def _columns_of(headings: Sequence[str]) -> tuple[str, list[Column]]:
    """The language of a sheet, and its columns; one of an earlier release that has no such heading now is text."""
    by_language = {language: columns_by_heading(language) for language in LANGUAGES}
    language = max(LANGUAGES, key=lambda language: len(by_language[language].keys() & set(headings)))
    known = by_language[language]
    return language, [known.get(heading, Column("former", heading=Text(heading, heading))) for heading in headings]


def _sheets(
    candidates: pd.DataFrame, resting: pd.DataFrame, other_lists: Mapping[str, pd.DataFrame], edition: Edition
) -> Iterator[Sheet]:
    titles = _titles(edition.language)
    yield _guide(titles["guide"], GUIDE, edition)
    for level in edition.ladder.in_use:
        rows = candidates[candidates["level"] == level]
        yield _sheet(sheet_title(level, edition), rows, "candidates", edition)
    if "ask_plan.csv" in other_lists:
        plan = other_lists["ask_plan.csv"]
        yield _sheet(titles["ask_plan"], plan, "ask_plan", edition)
        yield _sheet(titles["month"], _month(plan, resting, edition), "month", edition)
    for name, title in POOL_TITLES.items():
        if f"{name}.csv" in other_lists:
            yield _sheet(title.in_language(edition.language), other_lists[f"{name}.csv"], "pools", edition)
    yield _sheet(titles["resting"], resting, "resting", edition)


_ASK, _REST = "ask", "rest"
_STATES = {_ASK: Text("Ask", "Pedir"), _REST: Text("Leave in peace", "Dejar en paz")}


def _month(plan: pd.DataFrame, resting: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """What each owner has to do this month: their planned asks by priority, then their resting accounts."""
    names = {level: edition.ladder.name(level, edition.language) for level in edition.ladder.in_use}
    rests = resting.assign(state=_REST, ask=resting["level"].map(names))
    rows = pd.concat([plan.assign(state=_ASK), rests], ignore_index=True)
    by_owner = rows["owner"].fillna("").astype("str").str.casefold()
    order = rows.assign(by_owner=by_owner, without=by_owner.str.strip() == "").sort_values(
        ["without", "by_owner", "state"], kind="stable"
    )
    return order.drop(columns=["by_owner", "without"])


def sheet_title(level: int, edition: Edition) -> str:
    """The level's name without the signs that a sheet's name may not contain, cut to the longest possible name."""
    name = edition.ladder.name(level, edition.language)
    plain_name = "".join(" " if sign in "[]:*?/\\'" or not sign.isprintable() else sign for sign in name)
    return f"{level} · {plain_name}"[:31].strip()


def _sheet(title: str, frame: pd.DataFrame, name: ListName, edition: Edition) -> Sheet:
    labels, columns = _codes(edition.language), sheet_columns(name)
    rows = ([_value(row.get(column.name), column, labels) for column in columns] for row in frame.to_dict("records"))
    return sheet_of(title, columns, rows, edition.language)


def sheet_of(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], language: str) -> Sheet:
    """A sheet with the columns of a list.

    Parameters
    ----------
    title : of the sheet. columns : of the list.
    rows : a value for each column, None where missing. language : of the headings, en or es.
    """
    sheet = [_sheet_column(column, language) for column in columns]
    name = _column_index("account_name", columns)
    return Sheet(title, sheet, rows, language, _column_index("readiness", columns), 0 if name is None else name + 1)


def _sheet_column(column: Column, language: str) -> SheetColumn:
    choices = None if column.choices is None else [choice.in_language(language) for choice in column.choices]
    return SheetColumn(column.heading_in(language), column.kind, column.width or _WIDTHS[column.kind], choices)


def _column_index(name: str, columns: Sequence[Column]) -> int | None:
    return next((position for position, column in enumerate(columns) if column.name == name), None)


def _value(value: Any, column: Column, labels: Mapping[tuple[str, Any], str]) -> Any:
    """The words for a code or a flag; any other value unchanged."""
    key = column.kind if column.kind == "flag" else column.name
    return labels.get((key, value), cell_value(value)) if isinstance(value, str | bool) else cell_value(value)


def _codes(language: str) -> dict[tuple[str, Any], str]:
    """Column and code, or flag and value → words."""
    texts = words(language)
    rules = {("rule", name.removeprefix("rule_")): text for name, text in texts.items() if name.startswith("rule_")}
    permissions = {("permission", code): texts[code] for code in ("granted", "needs_approval", "unknown", "denied")}
    flags = {("flag", value): word.in_language(language) for value, word in FLAGS.items()}
    states = {("state", code): word.in_language(language) for code, word in _STATES.items()}
    return {**rules, **permissions, **flags, **states}


def _guide(title: str, entries: Iterable[tuple[Text, Text]], edition: Edition) -> Sheet:
    lines = [(heading.in_language(edition.language), text.in_language(edition.language)) for heading, text in entries]
    return sheet_of(title, sheet_columns("guide"), lines, edition.language)
