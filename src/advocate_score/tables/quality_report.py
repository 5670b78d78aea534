"""Counts what happened to each table's rows: the figures behind `check`'s summary, the warnings and the manifest."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field

from advocate_score.tables.erasure import ERASED
from advocate_score.tables.findings import AFTER_DATA_CUT, ChunkIssues
from advocate_score.tables.identifiers import Difference


@dataclass(frozen=True)
class RowCounts:
    """Row counts of one table: rows_in = accepted + deduplicated + quarantined.

    `left_out` counts further rows of the source: rows that `where` leaves out, rows of accounts that it leaves out, and
    deleted rows.
    """

    rows_in: int
    accepted: int
    deduplicated: int
    quarantined: int
    left_out: int = 0

    def to_dict(self) -> dict[str, int]:
        """The counts for the manifest and the summary, which omit `left_out` if it is 0."""
        return {name: rows for name, rows in asdict(self).items() if rows or name != "left_out"}


@dataclass
class TableReport:
    """Counts of one table's rows and cells, and its warnings.

    reasons: quarantined rows by (code, column) · normalised: cells by (column, what was done) · tallies: cells by
    (column, what was seen) · unmapped: cells by (column, word that no mapping knows) · unknown: accepted cells without
    a value by column · remarks: those of the warnings that come every night and ask for nothing · warned_of: columns
    whose rows in quarantine have a warning of their own · difference: how the ids of unknown accounts differ from those
    of accounts · after_clock: rows that lie more than a day after the machine's clock.
    """

    table: str
    columns: tuple[str, ...]
    extra: tuple[str, ...]
    rows_in: int = 0
    left_out: int = 0
    deduplicated: int = 0
    accepted: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    normalised: Counter[tuple[str, str]] = field(default_factory=Counter)
    tallies: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    warned_of: set[str] = field(default_factory=set)
    difference: Callable[[], Difference | None] | None = None
    after_clock: int = 0

    @property
    def counts(self) -> RowCounts:
        return RowCounts(self.rows_in, self.accepted, self.deduplicated, self.reasons.total(), self.left_out)

    @property
    def share_quarantined(self) -> float:
        """Share of the rows in quarantine, without rows of erased accounts, which do not indicate a bad export."""
        return self._share_without(0)

    @property
    def share_faulty(self) -> float:
        """The same without rows that lie in the future: one wrong date, or what is planned, as long as that is not most
        of the table."""
        to_come = min(self.reasons[AFTER_DATA_CUT, ""], max(1, self.after_clock))
        return self._share_without(to_come if 2 * to_come < self.rows_in else 0)

    def _share_without(self, to_come: int) -> float:
        erased = self.reasons[ERASED, "account_id"]
        rows = self.rows_in - erased
        return (self.reasons.total() - erased - to_come) / rows if rows else 0.0

    def remark(self, texts: Iterable[str]) -> None:
        """Adds warnings that come every night and ask for nothing."""
        new = [*texts]
        self.warnings += new
        self.remarks += new

    def add(self, issues: ChunkIssues) -> None:
        self.normalised.update(issues.normalised)
        self.tallies.update(issues.tallies)
        self.unmapped.update(issues.unmapped)

    @property
    def main_reason(self) -> str:
        """The code of the most frequent reason; '' without any."""
        return next((code for (code, _), _ in self.reasons.most_common(1)), "")

    def top_reasons(self, count: int = 3) -> str:
        """The most frequent reasons, such as `recorded_before_occurred (recorded_at) 23, …`; never a value."""
        return ", ".join(_reason_count(code, column, rows) for (code, column), rows in self.reasons.most_common(count))


def _reason_count(code: str, column: str, rows: int) -> str:
    return f"{code} ({column}) {rows:,}" if column else f"{code} {rows:,}"


def summary(reports: Mapping[str, TableReport]) -> dict[str, dict[str, object]]:
    """The data-quality summary, ready for JSON: the counts of each table and what was done to its cells."""
    return {name: _summary(report) for name, report in reports.items()}


def _summary(report: TableReport) -> dict[str, object]:
    return {
        **report.counts.to_dict(),
        "reasons": _by_name(report.reasons),
        "normalised": _by_name(report.normalised),
        "unknown": {name: report.unknown[name] for name in report.columns if report.unknown[name]},
        "extra_columns": list(report.extra),
        "warnings": list(report.warnings),
    }


def _by_name(counter: Counter[tuple[str, str]]) -> dict[str, int]:
    return {" ".join(filter(None, key)): count for key, count in sorted(counter.items())}
