"""Checks that need a whole table: another scale or vocabulary, too many bad rows, the data cut, and oddities that are
only warned of. Each comes with a remedy: the line of the configuration, ready to paste, the cell to correct, or what to
ask the source of the export for."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from advocate_score.config import Sources
from advocate_score.engine.base import Engine, quote_identifier
from advocate_score.errors import Fault
from advocate_score.schema import ACCOUNTS, ASKS, CONTACTS, PERMISSIONS, Column, Table
from advocate_score.tables.denial_columns import kind_of_refusal
from advocate_score.tables.findings import UNKNOWN_ACCOUNT, fix_of, problem_of
from advocate_score.tables.parsing import E_MAIL, FILLED, OTHER, OTHER_MARKS, THREE_DECIMALS
from advocate_score.tables.quality_report import TableReport
from advocate_score.tables.staging import StagedTable
from advocate_score.tables.timestamps import REPEATED_TIME, SENTINEL
from advocate_score.tables.validation import OPENED_LATE
from advocate_score.text import counted

_MOST_SENTINELS = 0.5
_FEWEST_ALIKE = 5


def faults_of_content(staged: StagedTable, limits: Sources) -> list[Fault]:
    """The faults that refuse a table after it was read; lesser problems are added to the warnings of its report."""
    faults = [
        *_find_ragged(staged),
        *_unmapped_refusal_names(staged),
        *_vocabulary(staged, limits),
        *_survey_scale(staged, limits),
        *_unknown_refusals(staged, limits),
    ]
    staged.report.warnings.extend(_warnings(staged.report))
    staged.report.remark(_remarks(staged.report))
    return faults


def _find_ragged(staged: StagedTable) -> Iterator[Fault]:
    report = staged.report
    if report.rows_in and report.reasons["long_row", ""] == report.rows_in:
        fix = "remove the delimiter at the end of the rows, or give every column a header"
        yield Fault(staged.label, "every row has more cells than the header.", fix)


def _unmapped_refusal_names(staged: StagedTable) -> Iterator[Fault]:
    """Faults for columns that may hold a "no" and are neither mapped nor ignored, so that none is lost by its name."""
    for name in sorted(staged.names_to_ask_about):
        problem = f"the column '{name}' is not mapped, and by its name some of its rows may say no."
        yield Fault(f"{staged.label}", problem, _lines_for(staged.table, name, staged.report.columns))


def _lines_for(table: Table, name: str, mapped: Collection[str]) -> str:
    """Lines to paste into the configuration. A column is not offered where another one is read as it already."""
    setting, kind = f"[sources.{table.name}]", kind_of_refusal(name)
    ignore = f'{setting} ignore = ["{name}"] if it means something else'
    column, values = _MEANINGS.get(kind or "", {}).get(table.name, ("", ""))
    column = "deleted" if kind == "deletion" else column
    if column in mapped and table is CONTACTS and kind != "deletion":
        says_no = "it is a no as well" if kind == "opt_out" else "its No is a no"
        return f"{ignore}; if {says_no}, read it as permissions, as salesforce_weekly.toml does with DoNotCall"
    offered = column and column not in mapped
    return f'{setting} columns.{column} = "{name}"{values}; or {ignore}' if offered else ignore


_MEANINGS = {
    "opt_out": {
        CONTACTS.name: ("objected_at", ""),
        PERMISSIONS.name: ("status", ' with values.status = { yes = "denied", no = "granted" }'),
        ACCOUNTS.name: ("status", ' with values.status = { yes = "churned", no = "active" }'),
    },
    "consent": {
        CONTACTS.name: ("objected_at", ' with values.objected_at = { yes = "no", no = "yes" }'),
        PERMISSIONS.name: ("status", ' with values.status = { yes = "granted", no = "denied" }'),
        ACCOUNTS.name: ("status", ' with values.status = { yes = "active", no = "churned" }'),
    },
}
"""The canonical column for a column of such a name, and the mapping of its values: kind → table → (column, values)."""


def _vocabulary(staged: StagedTable, limits: Sources) -> Iterator[Fault]:
    """Faults for columns with many unknown values, since the export then uses another vocabulary. A few unknown values
    count as `other`, or as the strictest value where they protect a client, and become a warning."""
    for column in staged.table.columns:
        report = staged.report
        words = {word: cells for (name, word), cells in report.unmapped.items() if name == column.name}
        other_count = sum(words.values()) if column.strictest is not None else report.tallies[column.name, OTHER]
        filled_count = report.tallies[column.name, FILLED]
        if not other_count or not (column.choices or column.strictest is not None):
            continue
        if column.choices:
            remedy = unknown_values(staged.table, column, words, filled_count)
        else:
            remedy = unread_rows(staged, column, "not_a_number")
        if other_count > limits.refuse_quarantined * filled_count:
            location = f"{staged.label} {column.name}" if column.choices else staged.table.name
            is_another = staged.table.name == ACCOUNTS.name and other_count == filled_count
            other = f'; if it is not about the client, [sources.{ACCOUNTS.name}] ignore = ["{column.name}"]'
            yield Fault(location, f"{remedy.problem}.", remedy.fix + other * is_another)
        else:
            location = f"{staged.table.name} {column.name}" if column.choices else staged.table.name
            counts, protects = ("It counts", "it protects") if other_count == 1 else ("They count", "they protect")
            value = "'other'" if column.strictest is None else f"'{column.strictest}' where {protects} a client"
            report.warnings.append(f"{location}: {remedy.problem}. {counts} as {value}. {remedy.fix}.")
            report.warned_of.add(column.name)


def unknown_words(staged: StagedTable) -> dict[tuple[str, str], int]:
    """(column, word) → number of cells, for words that no mapping knows and that count as the strictest value."""
    strict = {column.name for column in staged.table.columns if column.strictest is not None}
    words = staged.report.unmapped.items()
    return {(name, word): cells for (name, word), cells in words if name in strict and WORD.fullmatch(word)}


def _unknown_refusals(staged: StagedTable, limits: Sources) -> Iterator[Fault]:
    """Faults for refusal columns with too many sentinel dates or unknown words. On a few rows these count as refusals;
    on most rows they more likely mean that there was none."""
    for column in (column for column in staged.table.columns if column.refusal):
        dates = staged.report.normalised[column.name, SENTINEL]
        if dates > _MOST_SENTINELS * staged.report.rows_in:
            problem = (
                f"{dates:,} of {staged.report.rows_in:,} rows have a date such as 1900-01-01, which would be a refusal."
            )
            fix = f'[sources.{staged.table.name}.values.{column.name}] "1900-01-01" = "", as the export writes it'
            yield Fault(f"{staged.label} {column.name}", problem, fix)
        words = {word: cells for (name, word), cells in staged.report.unmapped.items() if name == column.name}
        if sum(words.values()) > limits.refuse_quarantined * staged.report.rows_in:
            problem = f"{sum(words.values()):,} of {staged.report.rows_in:,} rows hold a word that would be a refusal."
            fix = f'{mapping_of(staged.table, column, words)} ("" where it says that there was none)'
            yield Fault(f"{staged.label} {column.name}", problem, fix)


def _survey_scale(staged: StagedTable, limits: Sources) -> Iterator[Fault]:
    answers = staged.report.tallies["nps", FILLED]
    outside = staged.report.reasons["out_of_range", "nps"]
    if answers and outside > limits.refuse_quarantined * answers:
        problem = f"{outside:,} of {answers:,} answers are outside 0 to 10: the scale is another one."
        yield Fault(f"{staged.label} nps", problem, "bring the answers to 0 to 10 before the export")


def _warnings(report: TableReport) -> Iterator[str]:
    for (column, what), cells in sorted(report.tallies.items()):
        if what == E_MAIL:
            yield f"{report.table} {column}: {counted(cells, 'cell holds', 'cells hold')} an e-mail address."
        if what == THREE_DECIMALS and cells == report.tallies[column, FILLED] >= _FEWEST_ALIKE:
            problem = f"all {cells:,} values have three decimals, such as 25.000 for twenty-five thousand."
            fix = f"if they are whole, set [sources.{report.table}] decimal and thousands as the export writes them"
            yield f"{report.table} {column}: {problem} They are read as small numbers; {fix}."


def _remarks(report: TableReport) -> Iterator[str]:
    if report.extra:
        yield f"{report.table}: columns that no table has are kept for signals: {_some_of(report.extra)}."
    for (column, what), cells in sorted(report.normalised.items()):
        if what == OPENED_LATE:
            ends = counted(cells, "row ends before it starts", "rows end before they start")
            yield f"{report.table} {column}: {ends}; the start counts as unknown."
        if what == REPEATED_TIME:
            times = counted(cells, "time occurs", "times occur")
            yield f"{report.table} {column}: {times} twice, when clocks go back; the earlier is taken."


_MOST_NAMED = 6


def _some_of(names: Sequence[str]) -> str:
    """`a, b, c`; of many names the first, and how many more there are, which the summary for programs names."""
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    shown = names[: _MOST_NAMED - 1]
    return f"{', '.join(shown)} and {len(names) - len(shown)} more, all of them in 'check --json'"


def faults_of_share(staged: StagedTable, limits: Sources) -> list[Fault]:
    """A fault if too many of a table's rows are in quarantine; it refuses the run."""
    if staged.report.share_faulty <= limits.refuse_quarantined:
        return []
    limit = f"At most {limits.refuse_quarantined:.0%} may be: [sources] refuse_quarantined."
    remedy = main_remedy(staged, limits)
    rows = f"the rows are in {staged.quarantine.path}"
    return [Fault(staged.table.name, f"{remedy.problem}. {limit}", f"{remedy.fix}; {rows}")]


def warn_of_share(staged: StagedTable, limits: Sources) -> None:
    if staged.report.share_quarantined > limits.warn_quarantined and not _is_warned_of(staged.report):
        remedy = main_remedy(staged, limits)
        fix = remedy.fix if remedy.fix[0].isupper() else f"Fix: {remedy.fix}"
        see = f"The rows are in {staged.quarantine.path}."
        staged.report.warnings.append(f"{staged.table.name}: {remedy.problem}. {fix}. {see}")


def _is_warned_of(report: TableReport) -> bool:
    """Whether there is a warning already for every row that was set aside."""
    return {column for _, column in report.reasons} <= report.warned_of


_ALONE_DAYS, _ALONE_SHARE, _FEWEST_KNOWN, _USUAL_DAYS = 30, 0.01, 20, 3


def find_data_cut(engine: Engine, tables: Iterable[Table], view: Callable[[Table], str]) -> datetime | None:
    """The latest `recorded_at` of all event tables; a table that rarely fills it counts with its latest event.

    A wrong `occurred_at` cannot move the data cut if the event says when it was recorded. Nor can a date that stands
    alone: the few latest, at most one in a hundred (or one row), are passed over if nothing happened in the 30 days
    before them; and a single latest row is, if the gap before it is longer than any of the year before.

    Parameters
    ----------
    engine : has the views. tables : of which those of events count. view : names each table's view.
    """
    days = [_days_known(engine, table, view(table)) for table in tables if table.happened]
    if not days:
        return None
    known = (
        pd.concat(days).groupby("day", as_index=False).agg(known_rows=("known_rows", "sum"), latest=("latest", "max"))
    )
    known = known.sort_values("day", ascending=False, ignore_index=True)
    return None if known.empty else known["latest"].iloc[_first_not_alone(known)].to_pydatetime()


def _first_not_alone(known: pd.DataFrame) -> int:
    """The position of the latest day that does not stand alone, among days from the latest to the earliest."""
    rows = known["known_rows"].sum()
    most = max(1, _ALONE_SHARE * rows) if rows >= _FEWEST_KNOWN else 0
    gaps = (known["day"] - known["day"].shift(-1)).dt.days
    alone = np.flatnonzero((known["known_rows"].cumsum() <= most) & (gaps > _ALONE_DAYS))
    if not len(alone) and most and known["known_rows"].iloc[0] == 1:
        year = known["day"] > known["day"].iloc[min(1, len(known) - 1)] - pd.Timedelta(days=365)
        return int(gaps.iloc[0] > max(_USUAL_DAYS, gaps[year].iloc[1:].max()))
    return int(alone[-1]) + 1 if len(alone) else 0


def _days_known(engine: Engine, table: Table, view: str) -> pd.DataFrame:
    """day, known_rows (known that day), latest (instant), by when each row was known."""
    happened = quote_identifier(str(table.happened))
    if table.name == ASKS.name:
        # An ask is known at once. `recorded_at` is about its answer, which many asks never get.
        answered = _known_at(engine, view, "recorded_at", "responded_at")
        return pd.concat([_days(engine, view, instant) for instant in (happened, answered)])
    known_at = _known_at(engine, view, table.recorded, str(table.happened)) if table.recorded else happened
    return _days(engine, view, known_at)


def _days(engine: Engine, view: str, instant: str) -> pd.DataFrame:
    counted = f"SELECT CAST({instant} AS DATE) AS day, COUNT(*) AS known_rows, MAX({instant}) AS latest FROM {view}"
    days = engine.frame(f"{counted} WHERE {instant} IS NOT NULL GROUP BY CAST({instant} AS DATE)")
    return days.astype({"day": "datetime64[us]", "known_rows": "int64", "latest": "datetime64[us]"})


def _known_at(engine: Engine, view: str, recorded: str, happened: str) -> str:
    """The recording time if at least half of the events have one, otherwise the event's own time where it has none."""
    recorded, happened = quote_identifier(recorded), quote_identifier(happened)
    row = engine.frame(f"SELECT COUNT({happened}) AS n, COUNT({recorded}) AS said FROM {view}").iloc[0]
    return recorded if 2 * row["said"] >= row["n"] else f"COALESCE({recorded}, {happened})"


_BACKDATED_DAYS = 30


def warn_of_times(engine: Engine, table: Table) -> list[str]:
    """Warnings about rows from before their account was created, and rows recorded long after they happened."""
    if table.happened is None or not table.of_account:
        return []
    happened, recorded = f"t.{quote_identifier(table.happened)}", table.recorded
    late = f"days_between({happened}, t.{quote_identifier(recorded)}) > {_BACKDATED_DAYS}" if recorded else "FALSE"
    counts = f"COUNT(*) FILTER (WHERE {happened} < a.created_at) AS early, COUNT(*) FILTER (WHERE {late}) AS late"
    joined = f"{table.name} t JOIN accounts a ON t.account_id = a.account_id"
    row = engine.frame(f"SELECT {counts} FROM {joined}").iloc[0]
    warnings = [
        (row["early"], "happened before the account was created."),
        (row["late"], f"recorded more than {_BACKDATED_DAYS} days after the event; what counts is {recorded}."),
    ]
    return [f"{table.name}: {counted(int(rows), 'row', 'rows')} {warning}" for rows, warning in warnings if rows]


class Remedy(NamedTuple):
    """`problem`: what is so, as the end of a sentence · `fix`: what to do about it."""

    problem: str
    fix: str


WORD = re.compile(r"[^\W_][\w /.+-]{0,29}")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_MOST_WORDS = 12
_DASHES = ("-", "--", "–", "—", ".", "?")
_MOST_ENUMERATED = 6
_MOST_ROWS = 3


def words_to_name(column: Column, words: Mapping[str, int]) -> list[str]:
    """The words of a closed vocabulary, sorted; none of them if any may be free text, since that may be personal.

    Two words in one cell that stands alone may be a name, and are taken for one unless the column protects.
    """
    is_strict = column.strictest is not None or column.refusal
    shown = sorted(
        word
        for word, cells in words.items()
        if word in _DASHES or (WORD.fullmatch(word) and (is_strict or cells > 1 or " " not in word))
    )
    return shown if len(words) == len(shown) <= _MOST_WORDS else []


def known_values(column: Column) -> str:
    """The values that a column of a closed vocabulary may have."""
    if column.choices:
        return ", ".join(column.choices)
    if column.type == "flag":
        return "true, false, yes, no, sí, 1, 0"
    low, high = int(column.minimum or 0), int(column.maximum or 0)
    if high - low < _MOST_ENUMERATED:
        return ", ".join(map(str, range(low, high + 1)))
    return f"the whole numbers from {low} to {high}"


def unknown_values(table: Table, column: Column, words: Mapping[str, int], filled: int) -> Remedy:
    """Cells of accepted rows with a word that no mapping knows, out of all `filled` ones."""
    shown = ", ".join(map(_quote, words_to_name(column, words)))
    problem = f"{sum(words.values()):,} of {filled:,} values are none of {known_values(column)}"
    problem += f": {shown}" if shown else ""
    return Remedy(problem, mapping_of(table, column, words))


def mapping_of(table: Table, column: Column, words: Mapping[str, int]) -> str:
    """The lines that map the words, with the value that they count as already; `…` where there is none."""
    section = f"[sources.{table.name}.values.{column.name}]"
    shown = words_to_name(column, words)
    if not shown:
        return f"Map them in {section}"
    value = "yes" if column.refusal else column.strictest or "…"
    lines = ", ".join(f'{word if _BARE_KEY.fullmatch(word) else _quote(word)} = "{value}"' for word in shown)
    return f"Map {'it' if len(shown) == 1 else 'them'}: {section} {lines}"


def _quote(word: str) -> str:
    return f'"{word}"'


def unread_rows(staged: StagedTable, column: Column, code: str) -> Remedy:
    """Rows that were set aside for a word that no mapping knows, with the word and the line that maps it."""
    report = staged.report
    words = {word: cells for (name, word), cells in report.unmapped.items() if name == column.name}
    rows = report.reasons[code, column.name]
    shown = ", ".join(map(_quote, words_to_name(column, words)))
    verb = "are" if len(words) > 1 else "is"
    problem = (
        f"{rows:,} of {report.rows_in:,} rows cannot be read: {staged.quarantine.rows_named(code, column.name)}, "
        f"{' '.join(filter(None, (column.name, shown)))} {verb} none of {known_values(column)}"
    )
    return Remedy(problem, mapping_of(staged.table, column, words))


def main_remedy(staged: StagedTable, limits: Sources) -> Remedy:
    """What most of the rows that were set aside have in common, and what to do about it."""
    report, table = staged.report, staged.table
    (code, name), rows = report.reasons.most_common(1)[0]
    column = next((declared for declared in table.columns if declared.name == name), None)
    if column and column.is_closed and any(known == name for known, _ in report.unmapped) and code in _OF_WORDS:
        return unread_rows(staged, column, code)
    if code == UNKNOWN_ACCOUNT and (lookup := limits.table(report.table).lookup.get(name)):
        problem = f"no row of {lookup.within} has as {lookup.match} what these rows have as {lookup.by}"
        fix = f"name the columns with the same ids in [sources.{report.table}] lookup.{name}"
        return _with_rows(staged, problem, f"{fix}, or ask the source to export {lookup.within} whole")
    if code == UNKNOWN_ACCOUNT and report.difference and (difference := report.difference()):
        return _with_rows(staged, difference.problem, difference.fix)
    if (code, name) == ("missing_required", "account_id") and rows < report.rows_in:
        exported = limits.table(report.table).columns.get(name, name)
        fix = f'if these rows are of leads, set [sources.{report.table}] where."{exported}" = {{ not_empty = true }}'
        return _with_rows(staged, f"{counted(rows, 'row has', 'rows have')} no account", f"{fix}; else fill them in")
    if code == "not_a_number" and (line := _line_of_marks(report, name)):
        return _with_rows(staged, problem_of(code, column), line)
    return _with_rows(staged, problem_of(code, column), fix_of(code, table.name, name))


_OF_WORDS = ("not_a_number", "not_a_choice", "not_a_flag")


def _with_rows(staged: StagedTable, problem: str, fix: str) -> Remedy:
    (code, column), _ = staged.report.reasons.most_common(1)[0]
    report, counts = staged.report, staged.report.counts
    share = f"{counts.quarantined:,} of {counts.rows_in:,} rows ({report.share_quarantined:.2%}) set aside"
    rows = staged.quarantine.rows_named(code, column) + (f", column {column}" if column else "")
    others = f"; all reasons: {report.top_reasons()}" if len(report.reasons) > 1 else ""
    return Remedy(f"{share}: {problem} ({rows}){others}", fix)


def _line_of_marks(report: TableReport, column: str) -> str:
    """The setting that reads the numbers whose marks are others than the declared ones; '' where they hold words."""
    what = max(OTHER_MARKS, key=lambda seen: report.tallies[column, seen])
    return f"[sources.{report.table}] {OTHER_MARKS[what]}" if report.tallies[column, what] else ""
