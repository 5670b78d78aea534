"""`report.html`: one self-contained page in both languages. Its tables are packed with every text once, because rows of
many accounts repeat the same texts.

Packed tables can be unpacked, so that accounts can be removed from an existing page. Figures over many past accounts
(performance of the model, results of earlier lists, drift) name no account and stay unchanged.
"""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import takewhile
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from advocate_score.dates import iso
from advocate_score.ladder import LANGUAGES
from advocate_score.publication.columns import Column, Edition, Kind, report_columns
from advocate_score.publication.report_words import all_words, report_key, words
from advocate_score.publication.sentences import NONE, REASONS
from advocate_score.publication.spreadsheet_csv import DIGITS
from advocate_score.spreadsheet_text import printable

Row = Mapping[str, Any]
Rows = Mapping[str, Iterable[Row]]


@dataclass(frozen=True)
class Form:
    """The columns of a table. `texts`: texts that repeat across rows, missing as ''. `plain`: numbers (None where
    missing) and texts that rarely repeat, stored as they are."""

    texts: tuple[str, ...]
    plain: tuple[str, ...]


_REASON_KEYS = tuple(f"{reason}_{language}" for reason in REASONS for language in LANGUAGES)

_FORMS: Mapping[str, Form] = {
    "accounts": Form(
        (
            *("account_id", "industry", "segment", "region", "owner", "last_asked"),
            *("fact_en", "fact_es", "moment_en", "moment_es"),
        ),
        ("account_name", "fact", "asks"),
    ),
    "candidates": Form(
        (
            *("account_id", "permission", "contact_name", "contact_title"),
            *_REASON_KEYS,
        ),
        ("level", "rank", "readiness", "low", "high", "planned", "contact"),
    ),
    "moves": Form(("account_id", "account_name", "kind", "why", "rule"), ("level", "before", "now")),
    "pools": Form(
        ("pool", "account_id", "account_name", "industry", "segment", "region", "service_line", "owner"),
        ("rank", "readiness", "below_threshold"),
    ),
    "plan": Form(
        (
            *("account_id", "account_name", "industry", "segment", "region", "owner", "contact_name", "contact_title"),
            *("permission", "fact_en", "fact_es", "why_en", "why_es"),
            *_REASON_KEYS,
        ),
        ("priority", "level", "readiness", "contact", "exploration"),
    ),
    "resting": Form(("account_id", "account_name", "owner", "levels", "rule", "since", "until"), ()),
    "gaps": Form(
        ("pool", "attribute", "value"),
        ("open_opportunities", "clients", "ready", "ready_and_free", "in_pool", "expected"),
    ),
}

SHARES = frozenset({"readiness", "low", "high", "before", "now"})
"""Plain columns that hold thousandths."""


def current_forms() -> dict[str, Form]:
    """`_FORMS`, with the columns that the candidates' table shows besides its composed cells."""
    texts, plain = _FORMS["candidates"].texts, _FORMS["candidates"].plain
    for column in report_columns():
        texts += tuple(_text_keys(column))
        plain += () if _text_keys(column) else (report_key(column.name),)
    return {**_FORMS, "candidates": Form(texts, plain)}


def _text_keys(column: Column) -> list[str]:
    """The names that a column of its own has among the texts of a row; none for a column of numbers."""
    if column.kind == "text":
        return [f"{report_key(column.name)}_{language}" for language in LANGUAGES]
    return [report_key(column.name)] if column.kind in ("date", "instant", "flag") else []


def pack_tables(tables: Rows, forms: Mapping[str, Form]) -> dict[str, Any]:
    """The tables of `forms`, packed: `texts`, in the order of their first use; for each table `places`, columns of
    positions in `texts`, and `plain`, the other columns."""
    text_indices: dict[str, int] = {}
    columns = {name: _columns(list(tables[name]), form, text_indices) for name, form in forms.items()}
    return {"texts": list(text_indices), **columns}


def unpack_tables(pack: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, as they were before packing."""
    return {name: _rows(pack[name], form, pack["texts"]) for name, form in forms_of(pack).items()}


def forms_of(pack: Mapping[str, Any]) -> dict[str, Form]:
    """The forms in which the tables were packed; a page keeps its tables and columns whatever is registered later."""
    packed, current = {name: pack[name] for name in pack if name != "texts"}, current_forms()
    known = {name: current.get(name, Form((), ())) for name in _in_order(packed, tuple(current))}
    return {
        name: Form(_in_order(packed[name]["places"], form.texts), _in_order(packed[name]["plain"], form.plain))
        for name, form in known.items()
    }


def _in_order(names: Collection[str], order: tuple[str, ...]) -> tuple[str, ...]:
    known = [name for name in order if name in names]
    return (*known, *(name for name in names if name not in known))


def script_json(content: Any) -> str:
    """JSON that is safe inside an element of the page: it starts and ends none. Equal content gives equal text."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _columns(rows: list[Row], form: Form, text_indices: dict[str, int]) -> dict[str, dict[str, list[Any]]]:
    return {
        "places": {
            name: [text_indices.setdefault(row[name], len(text_indices)) for row in rows] for name in form.texts
        },
        "plain": {name: [row[name] for row in rows] for name in form.plain},
    }


def _rows(columns: Mapping[str, Mapping[str, list[Any]]], form: Form, texts: list[str]) -> list[dict[str, Any]]:
    by_name = {name: [texts[index] for index in columns["places"][name]] for name in form.texts}
    by_name |= {name: columns["plain"][name] for name in form.plain}
    return [dict(zip(by_name, values, strict=True)) for values in zip(*by_name.values(), strict=True)]


_ACCOUNT = ("account_id", "account_name", "industry", "segment", "region", "owner")


def page_tables(
    candidates: Mapping[str, pd.DataFrame],
    plan: Mapping[str, pd.DataFrame],
    pools: Mapping[str, pd.DataFrame],
    gaps: pd.DataFrame,
    moves: pd.DataFrame,
    resting: pd.DataFrame,
) -> Rows:
    """Every table of `current_forms`.

    Parameters
    ----------
    candidates : language → frame of `publication.lists.candidates`.
    plan : language → frame of `publication.lists.plan_list`, with reason_1 … reason_3.
    pools : pool → its members, with `below_threshold`.
    gaps : frame of the gaps of all pools; rows without an attribute are left out.
    moves : frame of `publication.ranking.movement`.
    resting : frame of `publication.lists.resting`.
    """
    members = [frame.assign(pool=name) for name, frame in pools.items() if not frame.empty]
    planned = plan[LANGUAGES[0]]
    return {
        "accounts": _accounts(candidates),
        "candidates": _candidates(candidates, set(zip(planned["account_id"], planned["level"], strict=True))),
        "plan": _plan(plan),
        "moves": _form_rows("moves", moves),
        "pools": _form_rows("pools", pd.concat(members)) if members else [],
        "gaps": _form_rows("gaps", gaps[gaps["attribute"].notna()]),
        "resting": _resting_rows(resting),
    }


def _plan(plan: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """One row per planned ask, by priority."""
    rows = []
    for row in _records(_side_by_side(plan, ("why_now", "outcome_fact", *REASONS))):
        facts: dict[str, Any] = {name: _text(row[name]) for name in (*_ACCOUNT, "permission")}
        for language in LANGUAGES:
            facts |= {f"why_{language}": _text(row[f"why_now_{language}"])}
            fact = _text(row[f"outcome_fact_{language}"])
            facts |= {f"fact_{language}": "" if fact == NONE.in_language(language) else fact}
        facts |= {key: _text(row[key]) for key in _REASON_KEYS}
        facts |= {name: int(row[name]) for name in ("priority", "level", "exploration")}
        facts |= {"readiness": _thousandths(row["readiness"])} | _contact(row)
        rows.append(facts)
    return rows


def _contact(row: Mapping[Hashable, Any]) -> dict[str, str]:
    """The suggested contact; name and title are '' where the list does not have them."""
    names = {"contact": "suggested_contact_id", "contact_name": "suggested_contact", "contact_title": "contact_title"}
    return {name: _text(row.get(column)) for name, column in names.items()}


MOST_RESTING = 20_000
"""The most rows of resting accounts on the page, which bounds its size; all of them are in `resting.csv`."""


def _resting_rows(resting: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per account and rest, whatever its levels, those first who are free first; `levels` is '' for every
    level."""
    if resting.empty:
        return []
    rest = ["until", "account_id", "rule", "since"]
    levels_at_most = int(resting.groupby(rest, dropna=False, sort=False).size().max())
    rows = resting.sort_values([*rest, "level"], na_position="last").head(MOST_RESTING * levels_at_most)
    days = {name: rows[name].map(_day).astype("str") for name in ("since", "until")}
    rows = rows.assign(**days, levels=rows["level"].map(lambda level: "" if pd.isna(level) else str(level)))
    levels = rows.groupby(rest, sort=False)["levels"].agg(" ".join).reset_index()
    merged = levels.merge(rows.drop(columns="levels").drop_duplicates(rest), on=rest)
    return _form_rows("resting", merged.head(MOST_RESTING))


def _day(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:%Y-%m-%d}"


def _accounts(candidates: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """One row per account on any list, sorted by id."""
    accounts = {}
    for row in _records(_side_by_side(candidates, ("outcome_fact", "moment"))):
        facts = {name: _text(row[name]) for name in _ACCOUNT}
        facts |= _fact(*(_text(row[f"outcome_fact_{language}"]) for language in LANGUAGES))
        facts |= {f"moment_{language}": _text(row[f"moment_{language}"]) for language in LANGUAGES}
        asked = {"asks": int(row["asks_last_365d"]), "last_asked": _day(row["last_asked_at"])}
        accounts[row["account_id"]] = facts | asked
    return [accounts[account] for account in sorted(accounts)]


def _candidates(candidates: Mapping[str, pd.DataFrame], planned: set[tuple[str, int]]) -> list[dict[str, Any]]:
    rows = []
    own = report_columns()
    texts = (*REASONS, *(column.name for column in own if column.kind == "text"))
    for row in _records(_side_by_side(candidates, texts)):
        facts: dict[str, Any] = {key: _text(row[key]) for key in _REASON_KEYS}
        facts |= {"account_id": _text(row["account_id"])} | _contact(row)
        facts |= {"permission": _text(row["permission"]), "level": int(row["level"]), "rank": int(row["rank"])}
        facts |= {
            "planned": int((row["account_id"], row["level"]) in planned),
            "readiness": _thousandths(row["readiness"]),
        }
        facts |= {"low": _thousandths(row["readiness_low"]), "high": _thousandths(row["readiness_high"])}
        rows.append(facts | {key: cell for column in own for key, cell in _own_cells(column, row)})
    return rows


def _own_cells(column: Column, row: Mapping[Hashable, Any]) -> Iterator[tuple[str, Any]]:
    """What a column of its own adds to a row of the candidates' table."""
    key, value = report_key(column.name), row[column.name]
    if column.kind == "text":
        yield from ((f"{key}_{language}", _text(row[f"{column.name}_{language}"])) for language in LANGUAGES)
    elif column.kind == "flag":
        yield key, "" if pd.isna(value) else "yes" if value else "no"
    elif column.kind in ("date", "instant"):
        yield key, _day(value)
    elif column.kind == "count":
        yield key, _integer(value)
    else:
        yield key, None if pd.isna(value) else round(float(value), DIGITS)


def _side_by_side(frames: Mapping[str, pd.DataFrame], names: tuple[str, ...]) -> pd.DataFrame:
    """One frame, with a column per language for each of the text columns `names`."""
    texts = {f"{name}_{language}": frames[language][name] for name in names for language in LANGUAGES}
    return frames[LANGUAGES[0]].assign(**texts)


def _form_rows(table: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    form = _FORMS[table]
    return [
        {name: _text(row[name]) for name in form.texts}
        | {name: _thousandths(row[name]) if name in SHARES else _integer(row[name]) for name in form.plain}
        for row in _records(frame)
    ]


def _records(frame: pd.DataFrame) -> Iterator[dict[Hashable, Any]]:
    yield from frame.to_dict("records")


def _fact(english: str, spanish: str) -> dict[str, str]:
    """The shared beginning of both texts, which is the client's own wording, and the rest of each."""
    shared_length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(english, spanish, strict=False)))
    return {"fact": english[:shared_length], "fact_en": english[shared_length:], "fact_es": spanish[shared_length:]}


def _text(value: Any) -> str:
    return printable(value) if isinstance(value, str) else ""


def _integer(value: Any) -> int | None:
    if pd.isna(value):
        return None
    return int(value)


def _thousandths(value: float) -> int | None:
    """The value in thousandths, which are shorter to write."""
    return None if pd.isna(value) else round(1000 * value)


REPORT = "report.html"
DATA = '<script type="application/json" id="night">{}</script>'
_DATA = re.compile(re.escape(DATA).replace(r"\{\}", r"(\{[^<]*\})"))


def accounts_in_report(page: bytes, account_ids: Collection[str]) -> frozenset[str] | None:
    """Those of `account_ids` that the page shows; None if the page has another form, such as an earlier release's, and
    cannot be edited."""
    shown = named_in_report(page)
    return (
        None if shown is None else frozenset(account_id for account_id in account_ids if printable(account_id) in shown)
    )


def named_in_report(page: bytes) -> frozenset[str] | None:
    """Ids of the accounts on the page, as it shows them; None if the page cannot be edited."""
    data = _data_of_page(page)
    if data is None:
        return None
    rows = (row for table in unpack_tables(data["tables"]).values() for row in table)
    return frozenset(str(row["account_id"]) for row in rows if row.get("account_id"))


def report_without(page: bytes, account_ids: Collection[str], counts: Mapping[str, Any]) -> bytes:
    """The page without the accounts; ValueError if the page cannot be edited. `counts`: the manifest's, already
    reduced."""
    data = _data_of_page(page)
    if data is None:
        raise ValueError("the page carries no tables")
    removed = set(map(printable, account_ids))
    rows = unpack_tables(data["tables"])
    remaining = {name: [row for row in table if row.get("account_id") not in removed] for name, table in rows.items()}
    tables = pack_tables(remaining, forms_of(data["tables"]))
    content = script_json({**data, "tables": tables, "counts": counts})
    return _DATA.sub(lambda _: DATA.format(content), page.decode(), count=1).encode()


def _data_of_page(page: bytes) -> dict[str, Any] | None:
    match = _DATA.search(page.decode())
    if match is None:
        return None
    data: dict[str, Any] = json.loads(match[1])
    return data


SCRIPTS = (
    "report_start.js",
    "report_figures.js",
    "report_table.js",
    "report_lists.js",
    "report_sections.js",
    "report_became.js",
    "report.js",
)
_MANIFEST = ("run_id", "engine", "software", "model", "signal_schema", "configuration", "inputs", "rows", "warnings")


@dataclass(frozen=True)
class ReportInput:
    """What the report shows besides its tables.

    manifest: as `publication.manifest`, with its counts and its entry `hold` · evidence: level → grade · trained_as_of:
    the end of the model's training data, '' without training · validation_curves: the model's performance on later
    asks, as `flows.evaluation` makes it, empty if unknown · list_outcomes: the results of earlier lists, as
    `flows.report` makes them · quarantine: table → 'code column' → rows · pool_sizes: pool → minimum and maximum of
    members · banner: the text at the top of the page, by language, '' for none.
    """

    manifest: Mapping[str, Any]
    evidence: Mapping[int, str]
    trained_as_of: str = ""
    validation_curves: Mapping[str, Any] = field(default_factory=dict)
    list_outcomes: Mapping[str, Any] = field(default_factory=dict)
    quarantine: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    pool_sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    banner: Mapping[str, str] = field(default_factory=dict)


def report_html(tables: Rows, report_input: ReportInput, edition: Edition) -> bytes:
    """The page in UTF-8, opened in the language of the edition; equal content gives equal bytes.

    Values are embedded as data, never as markup. The page's content policy allows only its own script and no external
    requests. `tables`: as returned by `publication.report.page_tables`.
    """
    script = page_script()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    page = environment.from_string(_resource_text("report.html.j2")).render(
        language=edition.language,
        words=words(edition.language),
        as_of=iso(edition.as_of),
        data=Markup(DATA.format(script_json(_page_data(tables, report_input, edition)))),  # noqa: S704
        all_words=Markup(script_json(all_words())),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style=Markup(_resource_text("report.css")),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return page.encode()


_FURTHER_COLUMNS = "  /* further columns */\n"
_NUMBER_CELLS: Mapping[Kind, str] = {
    "share": "percent(row.{key})",
    "figure": "figure(row.{key})",
    "count": "figure(row.{key}, 0)",
}
_TEXT_VALUES: Mapping[Kind, str] = {
    "text": 'told(row, "{key}")',
    "flag": 'known("", row.{key})',
    **dict.fromkeys(("date", "instant"), "row.{key}"),
}


def page_script() -> str:
    """The script of the page, with the columns that the candidates' table shows besides its composed cells."""
    script = "".join(map(_resource_text, SCRIPTS))
    return script.replace(_FURTHER_COLUMNS, "".join(map(_column_script, report_columns())))


def _column_script(column: Column) -> str:
    key, is_number = report_key(column.name), column.kind in _NUMBER_CELLS
    value = f"row.{key}" if is_number else _TEXT_VALUES[column.kind].format(key=key)
    cell = _NUMBER_CELLS[column.kind].format(key=key) if is_number else f"name({value})"
    facts = f'key: "{key}", label: say("{key}"), number: {str(is_number).lower()}'
    return f"  {{ {facts}, value: (row) => {value}, cell: (row) => {cell} }},\n"


def _resource_text(name: str) -> str:
    return (files("advocate_score.publication") / name).read_text(encoding="utf-8")


def _page_data(tables: Rows, report_input: ReportInput, edition: Edition) -> dict[str, Any]:
    """The data that the page's script reads."""
    manifest = report_input.manifest
    return {
        "language": edition.language,
        "as_of": iso(edition.as_of),
        "levels": [_level(level, report_input, edition) for level in edition.ladder.in_use],
        "counts": manifest["counts"],
        "manifest": {name: manifest[name] for name in _MANIFEST if name in manifest},
        "hold": manifest.get("hold", {}),
        "trained_as_of": report_input.trained_as_of,
        "proof": report_input.validation_curves,
        "became": report_input.list_outcomes,
        "quarantine": report_input.quarantine,
        "wanted": report_input.pool_sizes,
        "banner": report_input.banner,
        "tables": pack_tables(tables, current_forms()),
        "most_resting": MOST_RESTING,
    }


def _level(level: int, report_input: ReportInput, edition: Edition) -> dict[str, Any]:
    return {
        "level": level,
        "name": {language: edition.ladder.name(level, language) for language in LANGUAGES},
        "threshold": edition.ladder.thresholds.of(level),
        "evidence": report_input.evidence[level],
    }
