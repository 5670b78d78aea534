"""Faults that show only in shares of a whole table: another scale, another vocabulary, too many bad rows."""

from collections.abc import Iterator

from advocate_score.config import Sources
from advocate_score.errors import Fault
from advocate_score.tables.parse import E_MAIL
from advocate_score.tables.report import TableReport
from advocate_score.tables.staging import Staged
from advocate_score.tables.times import REPEATED_TIME
from advocate_score.tables.values import GIVEN, OTHER


def faults_of_content(staged: Staged, limits: Sources) -> list[Fault]:
    """What refuses a table once it is read to its end; what need not refuse it becomes a warning of its report."""
    faults = [*_ragged(staged), *_vocabulary(staged, limits), *_survey_scale(staged, limits)]
    staged.report.warnings.extend(_remarks(staged.report))
    return faults


def _ragged(staged: Staged) -> Iterator[Fault]:
    report = staged.report
    if report.rows_in and report.reasons["long_row", ""] == report.rows_in:
        fix = "remove the delimiter at the end of the rows, or give every column a header"
        yield Fault(staged.place, "every row has more cells than the header.", fix)


def _vocabulary(staged: Staged, limits: Sources) -> Iterator[Fault]:
    """A few unknown values are `other`; many mean that the export uses another vocabulary."""
    for column in staged.table.columns:
        others = staged.report.tallies[column.name, OTHER]
        given = staged.report.tallies[column.name, GIVEN]
        if not column.choices or not others:
            continue
        problem = f"{others:,} of {given:,} values are none of {', '.join(column.choices)}."
        fix = f"map them in [sources.{staged.table.name}.values.{column.name}]"
        if others > limits.refuse_quarantined * given:
            yield Fault(f"{staged.place} {column.name}", problem, fix)
        else:
            staged.report.warnings.append(f"{staged.table.name} {column.name}: {problem} They count as 'other'; {fix}.")


def _survey_scale(staged: Staged, limits: Sources) -> Iterator[Fault]:
    given = staged.report.tallies["nps", GIVEN]
    outside = staged.report.reasons["out_of_range", "nps"]
    if given and outside > limits.refuse_quarantined * given:
        problem = f"{outside:,} of {given:,} answers are outside 0 to 10: the scale is another one."
        yield Fault(f"{staged.place} nps", problem, "bring the answers to 0 to 10 before the export")


def _remarks(report: TableReport) -> Iterator[str]:
    if report.extra:
        yield f"{report.table}: columns that no table has are kept for signals: {', '.join(report.extra)}."
    for (column, what), cells in sorted(report.tallies.items()):
        if what == E_MAIL:
            yield f"{report.table} {column}: {cells:,} cells hold an e-mail address."
    for (column, what), cells in sorted(report.normalised.items()):
        if what == REPEATED_TIME:
            yield f"{report.table} {column}: {cells:,} times occur twice, when clocks go back; the earlier is taken."


def faults_of_share(staged: Staged, limits: Sources) -> list[Fault]:
    """A table refuses the run when too many of its rows are in quarantine."""
    if staged.report.share_quarantined <= limits.refuse_quarantined:
        return []
    limit = f"over {limits.refuse_quarantined:.0%}, [sources] refuse_quarantined."
    return [Fault(staged.table.name, f"{_said(staged.report)}; {limit}", f"see {staged.quarantine.path}")]


def warn_of_share(staged: Staged, limits: Sources) -> None:
    if staged.report.share_quarantined > limits.warn_quarantined:
        staged.report.warnings.append(f"{staged.table.name}: {_said(staged.report)}; see {staged.quarantine.path}.")


def _said(report: TableReport) -> str:
    counts = report.counts
    share = f"{counts.quarantined:,} of {counts.rows_in:,} rows ({report.share_quarantined:.2%})"
    return f"{share} quarantined: {report.top_reasons()}"
