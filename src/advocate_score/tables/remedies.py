"""What to do about words that no mapping knows and about rows that were set aside: the line of the configuration, ready
to paste, the cell to mend, or what to ask the source of the export for."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from advocate_score.config import Sources
from advocate_score.schema import Column, Table
from advocate_score.tables.findings import UNKNOWN_ACCOUNT, fix_of, rule_of
from advocate_score.tables.parsing import OTHER_MARKS
from advocate_score.tables.quality_report import TableReport
from advocate_score.tables.staging import StagedTable


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
    shown = ", ".join(map(_quoted, words_to_name(column, words)))
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
    lines = ", ".join(f'{word if _BARE_KEY.fullmatch(word) else _quoted(word)} = "{value}"' for word in shown)
    return f"Map {'it' if len(shown) == 1 else 'them'}: {section} {lines}"


def _quoted(word: str) -> str:
    return f'"{word}"'


def unread_rows(staged: StagedTable, column: Column, code: str) -> Remedy:
    """Rows that were set aside for a word that no mapping knows, with the word and the line that maps it."""
    report = staged.report
    words = {word: cells for (name, word), cells in report.unmapped.items() if name == column.name}
    rows = report.reasons[code, column.name]
    shown = ", ".join(map(_quoted, words_to_name(column, words)))
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
        return _with_rows(staged, f"{rows:,} rows have no account", f"{fix}; else fill them in")
    if code == "not_a_number" and (line := _line_of_marks(report, name)):
        return _with_rows(staged, rule_of(code, column), line)
    return _with_rows(staged, rule_of(code, column), fix_of(code, table.name, name))


_OF_WORDS = ("not_a_number", "not_a_choice", "not_a_flag")


def _with_rows(staged: StagedTable, problem: str, fix: str) -> Remedy:
    (code, column), _ = staged.report.reasons.most_common(1)[0]
    rows = staged.quarantine.rows_named(code, column)
    return Remedy(f"{quarantine_summary(staged.report)}; {rows}: {problem}", fix)


def quarantine_summary(report: TableReport) -> str:
    counts = report.counts
    share = f"{counts.quarantined:,} of {counts.rows_in:,} rows ({report.share_quarantined:.2%})"
    return f"{share} quarantined: {report.top_reasons()}"


def _line_of_marks(report: TableReport, column: str) -> str:
    """The setting that reads the numbers whose marks are others than the declared ones; '' where they hold words."""
    what = max(OTHER_MARKS, key=lambda seen: report.tallies[column, seen])
    return f"[sources.{report.table}] {OTHER_MARKS[what]}" if report.tallies[column, what] else ""
