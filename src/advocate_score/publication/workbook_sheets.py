"""The sheets of `candidates.xlsx`: one per level, the plan, the resting accounts, the pools and a guide, with the words
around the values in English and Spanish."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from advocate_score.ladder import LANGUAGES
from advocate_score.publication.lists import Edition
from advocate_score.publication.report_words import words
from advocate_score.publication.workbook import Column, Sheet, cell_text, cell_value, read_workbook, workbook_bytes

HEADINGS: Mapping[str, tuple[str, str]] = {
    "rank": ("Rank", "Puesto"),
    "priority": ("Priority", "Prioridad"),
    "account_id": ("Account id", "Id de cuenta"),
    "account_name": ("Account", "Cuenta"),
    "industry": ("Industry", "Sector"),
    "segment": ("Segment", "Segmento"),
    "region": ("Region", "Región"),
    "service_line": ("Service line", "Línea de servicio"),
    "owner": ("Owner", "Responsable"),
    "level": ("Level", "Nivel"),
    "ask": ("Ask", "Petición"),
    "readiness": ("Readiness", "Preparación"),
    "readiness_low": ("At least", "Al menos"),
    "readiness_high": ("At most", "Como mucho"),
    "completion": ("Delivers, once agreed", "Cumple, si acepta"),
    "expected_value": ("Expected value", "Valor esperado"),
    "reason_1": ("Why", "Por qué"),
    "reason_2": ("Why (2)", "Por qué (2)"),
    "reason_3": ("Why (3)", "Por qué (3)"),
    "outcome_fact": ("To cite", "Para citar"),
    "moment": ("Moment", "Momento"),
    "asks_last_365d": ("Asks in a year", "Peticiones en un año"),
    "last_asked_at": ("Last asked", "Última petición"),
    "suggested_contact_id": ("Contact", "Contacto"),
    "permission": ("Permission", "Permiso"),
    "why": ("Why in the circle", "Por qué en el círculo"),
    "why_now": ("Why now", "Por qué ahora"),
    "exploration": ("Drawn to learn", "Elegida para aprender"),
    "propensity": ("Chance of being drawn", "Probabilidad de elección"),
    "ask_id": ("Id of the ask", "Id de la petición"),
    "rule": ("Rule", "Regla"),
    "since": ("Since", "Desde"),
    "until": ("Until", "Hasta"),
    "detail": ("Detail", "Detalle"),
    "term": ("Term", "Término"),
    "meaning": ("How to read it", "Cómo leerlo"),
}
TITLES: Mapping[str, tuple[str, str]] = {
    "guide": ("How to read this", "Cómo leer esto"),
    "plan": ("Plan", "Plan"),
    "resting": ("Resting", "En descanso"),
    "reference_pool": ("Reference pool", "Grupo de referencias"),
    "advisory_board": ("Advisory board", "Consejo asesor"),
}
GUIDE: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (
    (
        ("A sheet a level", "Una hoja por nivel"),
        (
            "The clients who are readiest for that ask and whom no rule keeps from being asked, the readiest first.",
            "Los clientes más preparados para esa petición y a los que ninguna regla impide pedírsela, primero los más "
            "preparados.",
        ),
    ),
    (
        ("Readiness", "Preparación"),
        (
            "The estimated chance that the client says yes to this ask. At least and at most: its 90 % interval.",
            "La probabilidad estimada de que el cliente diga que sí a esta petición. Al menos y como mucho: su "
            "intervalo del 90 %.",
        ),
    ),
    (
        ("Why", "Por qué"),
        (
            "What moved this estimate, the strongest first; what speaks against it says so.",
            "Lo que ha movido esta estimación, primero lo más fuerte; lo que habla en contra, lo dice.",
        ),
    ),
    (
        ("To cite", "Para citar"),
        (
            "The client's own result that an ask may mention, and whether it may be told.",
            "El resultado propio del cliente que la petición puede mencionar, y si se puede contar.",
        ),
    ),
    (
        ("Moment", "Momento"),
        (
            "A dated reason to ask now. Empty: there is none; ask for what is critical only.",
            "Un motivo con fecha para pedirlo ahora. Vacío: no lo hay; pida solo lo imprescindible.",
        ),
    ),
    (
        ("Permission", "Permiso"),
        (
            "Permission to use what the client gives is never assumed: where it is unknown, asking is how it is "
            "obtained.",
            "El permiso para usar lo que el cliente da nunca se presupone: si no se conoce, se obtiene preguntando.",
        ),
    ),
    (
        ("Plan", "Plan"),
        (
            "Whom to ask for what in this period: within capacity, the limits of asks a client, and diversity. Drawn "
            "to learn: chosen partly by chance, so that the model learns of clients whom nobody asks.",
            "A quién pedir qué en este periodo: según la capacidad, los límites por cliente y la diversidad. Elegida "
            "para aprender: en parte al azar, para que el modelo aprenda de clientes a quienes nadie pide nada.",
        ),
    ),
    (
        ("Resting", "En descanso"),
        (
            "Who must not be asked, by which rule, and until when. An empty level: every level. An empty date: nobody "
            "knows yet.",
            "A quién no se debe pedir nada, por qué regla y hasta cuándo. Nivel vacío: todos. Fecha vacía: aún no se "
            "sabe.",
        ),
    ),
    (
        ("Misuse", "Mal uso"),
        (
            "Advocacy is voluntary. Readiness is an estimate about accounts, not about people; a no is accepted, and "
            "remembered.",
            "Ser prescriptor es voluntario. La preparación es una estimación sobre cuentas, no sobre personas; un no "
            "se acepta y se recuerda.",
        ),
    ),
)


_WIDTHS = {"account_name": 28, "reason_1": 30, "reason_2": 30, "reason_3": 30, "outcome_fact": 30, "moment": 28}
_WIDTHS |= {"why": 50, "why_now": 40, "detail": 60, "permission": 22, "ask": 18, "owner": 18, "account_id": 20}
_WIDTHS |= {"rule": 22, "ask_id": 30, "meaning": 110}
_OF_KIND = {"share": 12, "count": 10, "figure": 10, "date": 12, "text": 15}
_KINDS = {"readiness": "share", "readiness_low": "share", "readiness_high": "share", "completion": "share"}
_KINDS |= {"propensity": "share", "expected_value": "figure", "diversity": "figure"}
_KINDS |= dict.fromkeys(("rank", "level", "priority", "asks_last_365d"), "count")
_KINDS |= dict.fromkeys(("last_asked_at", "since", "until"), "date")
_ACCOUNT = ("account_id", "account_name", "industry", "segment", "region", "owner")
_ENDS = ("outcome_fact", "moment", "asks_last_365d", "last_asked_at", "suggested_contact_id", "permission")
_LEVEL = (
    *("rank", *_ACCOUNT, "readiness", "readiness_low", "readiness_high", "completion"),
    *("reason_1", "reason_2", "reason_3", *_ENDS),
)
_PLAN = (
    *("priority", *_ACCOUNT, "level", "ask", "readiness", "expected_value", "why_now", "outcome_fact"),
    *("suggested_contact_id", "permission", "exploration", "propensity", "ask_id"),
)
_RESTING = ("account_id", "account_name", "owner", "level", "rule", "since", "until", "detail")
_POOL = (
    *("rank", *_ACCOUNT, "service_line", "readiness", "readiness_low", "readiness_high", "why"),
    *("outcome_fact", "asks_last_365d", "last_asked_at", "suggested_contact_id", "permission"),
)
_POOLS = ("reference_pool", "advisory_board")


def candidates_workbook(
    candidates: pd.DataFrame, resting: pd.DataFrame, other_lists: Mapping[str, pd.DataFrame], edition: Edition
) -> bytes:
    """The workbook of the lists; MissingExtraError without the extra `excel`. Parameters as in
    `publication.list_files.list_files`."""
    sheets = _sheets(candidates, resting, other_lists, edition)
    return workbook_bytes(sheets, words(edition.language)["title"], edition.as_of)


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
    which = next(index for index in (0, 1) if set(rows[0]) <= {headings[index] for headings in HEADINGS.values()})
    name_of = {headings[which]: name for name, headings in HEADINGS.items()}
    names = [name_of[heading] for heading in rows[0]]
    column = names.index("account_id") if "account_id" in names else None
    padded = ((*row, *[None] * (len(names) - len(row))) for row in rows[1:])
    remaining = [row for row in padded if column is None or row[column] not in removed]
    return sheet_of(title, names, remaining, LANGUAGES[which])


def columns_of(names: Sequence[str], language: str) -> list[Column]:
    """The columns of a sheet, for the given columns of the lists."""
    which = int(language == "es")
    kinds = {name: _KINDS.get(name, "text") for name in names}
    return [Column(HEADINGS[name][which], kind, _WIDTHS.get(name, _OF_KIND[kind])) for name, kind in kinds.items()]


def _sheets(
    candidates: pd.DataFrame, resting: pd.DataFrame, other_lists: Mapping[str, pd.DataFrame], edition: Edition
) -> Iterator[Sheet]:
    titles = {name: texts[edition.language == "es"] for name, texts in TITLES.items()}
    yield _guide(titles["guide"], edition)
    for level in edition.ladder.in_use:
        rows = candidates[candidates["level"] == level]
        yield _sheet(sheet_title(level, edition), rows, _LEVEL, edition)
    lists = {"plan": ("ask_plan.csv", _PLAN), **{name: (f"{name}.csv", _POOL) for name in _POOLS}}
    for name, (file, columns) in lists.items():
        if file in other_lists:
            yield _sheet(titles[name], other_lists[file], columns, edition)
    yield _sheet(titles["resting"], resting, _RESTING, edition)


def sheet_title(level: int, edition: Edition) -> str:
    """The level's name without the signs that a sheet's name may not contain, cut to the longest possible name."""
    name = edition.ladder.name(level, edition.language)
    plain_name = "".join(" " if sign in "[]:*?/\\'" or not sign.isprintable() else sign for sign in name)
    return f"{level} · {plain_name}"[:31].strip()


def _sheet(title: str, frame: pd.DataFrame, names: Sequence[str], edition: Edition) -> Sheet:
    labels = _codes(edition.language)
    rows = ([_value(row[name], name, labels) for name in names] for row in frame.to_dict("records"))
    return sheet_of(title, names, rows, edition.language)


def sheet_of(title: str, names: Sequence[str], rows: Iterable[Sequence[Any]], language: str) -> Sheet:
    """A sheet with the columns of a list.

    Parameters
    ----------
    title : of the sheet. names : the columns, as the lists call them.
    rows : a value for each column, None where missing. language : of the headings, en or es.
    """
    coloured = names.index("readiness") if "readiness" in names else None
    frozen_columns = names.index("account_name") + 1 if "account_name" in names else 0
    return Sheet(title, columns_of(names, language), rows, coloured, frozen_columns)


def _value(value: Any, name: str, labels: Mapping[tuple[str, Any], str]) -> Any:
    """The words for a code; any other value unchanged."""
    return labels.get((name, value), cell_value(value)) if isinstance(value, str | bool) else cell_value(value)


def _codes(language: str) -> dict[tuple[str, Any], str]:
    texts = words(language)
    rules = {("rule", name.removeprefix("rule_")): text for name, text in texts.items() if name.startswith("rule_")}
    permissions = {("permission", code): texts[code] for code in ("granted", "needs_approval", "unknown", "denied")}
    flags = {("exploration", True): texts["yes"], ("exploration", False): texts["no"]}
    return {**rules, **permissions, **flags}


def _guide(title: str, edition: Edition) -> Sheet:
    which = int(edition.language == "es")
    lines = [(heading[which], text[which]) for heading, text in GUIDE]
    return sheet_of(title, ("term", "meaning"), lines, edition.language)
