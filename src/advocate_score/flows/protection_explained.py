"""What the protecting rules do on these tables: who rests, what is refused or held, and which settings settle each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from advocate_score.config import Settings
from advocate_score.flows.project import Data, Project
from advocate_score.flows.safeguard import Safeguard
from advocate_score.policy.eligibility import verdicts

Row = dict[str, Any]
_RELEASE = "mend the rows, or 'advocate-score release ACCOUNT --rule unreadable_no --reason TEXT'"


def explained_protection(project: Project, data: Data, guard: Safeguard, as_of: datetime) -> list[Row]:
    """One row a finding: what (rests, held), table or rule, how many accounts or rows, and what settles it."""
    settings = project.settings
    return [*_unknown_words(data), *_unreadable(guard), *_rules(settings, guard, as_of), *_held(guard)]


def warn_of_first_protection(project: Project, data: Data, guard: Safeguard, as_of: datetime) -> None:
    """The first run after an upgrade says all at once what the protecting rules do here, and what settles each."""
    if guard.is_first:
        for row in explained_protection(project, data, guard, as_of):
            project.progress.warn(
                "first run of the protecting rules: {what}, {where}: {number}; {settles}".format(**row)
            )


def _unknown_words(data: Data) -> Iterator[Row]:
    for table, words in data.tables.unmapped.items():
        for (column, word), rows in sorted(words.items()):
            settles = f'[sources.{table}.values.{column}] "{word}" = "…"'
            yield _row("reads strictly", f"{table}.{column}", rows, settles)


def _unreadable(guard: Safeguard) -> Iterator[Row]:
    for table, rows in guard.facts.unreadable.groupby("table"):
        yield _row("rests by unreadable_no", str(table), rows["account_id"].nunique(), _RELEASE)


def _rules(settings: Settings, guard: Safeguard, as_of: datetime) -> Iterator[Row]:
    """Rests by rules that a firm may set."""
    resting = verdicts(guard.facts, as_of, settings.policy, effort=settings.ladder.effort_minutes)
    by_setting = {"lost_renewal": "lost_renewal_rest_days", "pending_renewal": "pending_rest_days"}
    for rule, setting in by_setting.items():
        accounts = int(resting.loc[resting["rule"] == rule, "account_id"].nunique())
        if accounts:
            settles = f"[policy] {setting} = {getattr(settings.policy, setting)}"
            yield _row(f"rests by {rule}", "renewals", accounts, settles)


def _held(guard: Safeguard) -> Iterator[Row]:
    for table, rows in guard.unmatched.groupby("table"):
        settles = f"mend the ids, or [sources.{table}] ignore_unmatched = true"
        yield _row("holds the publication", str(table), len(rows), settles)
    for gone in guard.vanished.gone:
        yield _row("holds the publication", gone, 1, "export it again, or score --force --reason TEXT")
    if guard.vanished.are_too_many:
        settles = "export the rows again, or score --force --reason TEXT"
        yield _row("holds the publication", "facts that have gone", len(guard.vanished.facts), settles)


def _row(what: str, where: str, number: int, settles: str) -> Row:
    return {"what": what, "where": where, "number": number, "settles": settles}
