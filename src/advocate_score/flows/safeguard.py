"""What protects clients in this run: facts for the rules, and what is held because a "no" has gone or is nobody's."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.account_rows import among
from advocate_score.config import Settings
from advocate_score.errors import HeldError
from advocate_score.flows.earlier_protection import Earlier, earlier_protection
from advocate_score.flows.project import Data, Project
from advocate_score.policy.facts import Facts
from advocate_score.protection.facts import Protection, protective_facts
from advocate_score.protection.readings import numbered
from advocate_score.protection.record import UNMATCHED, UNREADABLE, protecting_facts, typed
from advocate_score.protection.releases import FILE, Release, are_released, read_releases
from advocate_score.protection.vanished import Vanished, find_vanished
from advocate_score.tables.recorded import recorded_file

_SHOWN = 10
_GONE = "gone from the export"
_DAMAGED = "what protected in that publication cannot be read (manifest.json or protection.parquet was changed)."
_FORCE = "'score --force --reason TEXT' publishes all the same, and the manifest records why"


@dataclass(frozen=True)
class Safeguard:
    """What protects in one run.

    facts: what the rules read · record: every fact that protects, for the publication · vanished: what protected before
    and is gone · unmatched: noes of nobody that the last publication did not know · released: facts that somebody has
    released, by which releases that still hold · lenient, not_clients: as `Readings` · before: how many facts of each
    kind the last publication had, None where there is none to compare with · damaged: dates whose record cannot be read
    · is_first: the last publication was made before there was such a record.
    """

    facts: Facts
    record: pd.DataFrame
    vanished: Vanished
    unmatched: pd.DataFrame
    released: int
    releases: tuple[Release, ...]
    lenient: int
    not_clients: int
    before: dict[str, int] | None
    damaged: tuple[str, ...] = ()
    is_first: bool = False

    def figures(self) -> dict[str, Any]:
        """For the manifest and for `check`."""
        return {
            "facts": _by_kind(self.record[~self.record["vanished"]]),
            "before": self.before,
            "vanished": len(self.vanished.facts),
            "gone": list(self.vanished.gone),
            "unmatched_new": len(self.unmatched),
            "released": self.released,
            "releases": [{"at": one.at, "by": one.by, "until": one.until} for one in self.releases],
            "other_spelling": self.lenient,
            "not_clients": self.not_clients,
        }

    def warnings(self) -> Iterator[str]:
        unreadable = self.record[self.record["kind"] == "unreadable"]
        for table, rows in unreadable[~unreadable["vanished"]].groupby("table"):
            yield (
                f"{table}: {_rows(rows)} may be a no and cannot be read; the accounts rest by unreadable_no until the "
                "rows are mended, or 'advocate-score release' frees them."
            )
        unmatched = self.record[self.record["kind"] == UNMATCHED]
        for table, rows in unmatched.groupby("table"):
            yield f"{table}: {_rows(rows)} say no under an id that no account has; nobody rests because of them."
        if self.lenient:
            yield f"{self.lenient:,} rows say no under another spelling of an account's id; they protect it."
        for table, rows in self.vanished.facts.groupby("table"):
            yield (
                f"{table}: {len(rows):,} facts that protected a client have gone from the export without a word; the "
                "accounts rest by unreadable_no until the rows are back, or 'advocate-score release' frees them."
            )

    def refusals(self) -> list[str]:
        """Why the publication is held; empty where it is not."""
        lost = "protected clients in the last publication and is not in the export any more."
        gone = [f"{one}: {_DAMAGED}" for one in self.damaged]
        gone += [f"{one}: {lost}" for one in self.vanished.gone]
        if self.vanished.are_too_many:
            fresh = self.vanished.facts[~self.vanished.facts["vanished"]]
            counts = ", ".join(f"{table} {number:,}" for table, number in Counter(fresh["table"]).items())
            gone.append(f"facts that protected clients have gone from the export without a word: {counts}.")
        for table, rows in self.unmatched.groupby("table"):
            fix = f"mend the ids, or set [sources.{table}] ignore_unmatched = true"
            gone.append(f"{table}: {_rows(rows)} say no under an id that no account has; {fix}.")
        return gone


def safeguard(project: Project, data: Data, as_of: datetime, *, live: bool = True) -> Safeguard:
    """`live`: what the tables say now protects now, and is compared with earlier publications; a backfill cuts by
    time and compares nothing."""
    settings = project.settings
    found = protective_facts(data.engine, data.tables, settings.policy.resting_case_severity, as_of, live=live)
    record = protecting_facts(found, as_of, settings.policy)
    earlier = earlier_protection(settings.path(settings.outputs.folder), as_of) if live else Earlier()
    vanished = _vanished(data, earlier.record, record, found, as_of)
    facts, whole, released = _with_vanished(settings, found.facts, record, vanished, as_of)
    return Safeguard(
        facts=facts,
        record=whole,
        vanished=vanished,
        unmatched=_new_unmatched(settings, record, earlier.record) if live else record.head(0),
        released=released,
        releases=tuple(one for one in read_releases(releases_file(settings)) if one.holds(as_of)),
        lenient=found.readings.lenient,
        not_clients=found.readings.not_clients,
        before=None if earlier.record is None else _by_kind(earlier.record[~earlier.record["vanished"]]),
        damaged=earlier.damaged,
        is_first=earlier.is_older,
    )


def hold_lost_noes(guard: Safeguard, reason: str | None) -> None:
    """HeldError where a "no" of the last publication has gone, or one is nobody's, and nobody gave a `reason`."""
    why = guard.refusals()
    if why and reason is None:
        head = "the publication is held: somebody who said no might be asked, and nothing was published."
        raise HeldError("\n".join([head, *why, f"Fix: look at the export; if it is right, {_FORCE}."]))


def releases_file(settings: Settings) -> Path:
    return recorded_file(settings).with_name(FILE)


def _vanished(
    data: Data, before: pd.DataFrame | None, record: pd.DataFrame, found: Protection, as_of: datetime
) -> Vanished:
    if before is None:
        return Vanished(record.head(0), (), 0, record.head(0))
    counts = data.tables.counts
    filled = {name for name, rows in counts.items() if rows.rows_in}
    present = {name: columns for name, columns in data.tables.present.items() if name in filled}
    return find_vanished(before, record, found.facts, found.accounts, present, as_of)


def _with_vanished(
    settings: Settings, facts: Facts, record: pd.DataFrame, vanished: Vanished, as_of: datetime
) -> tuple[Facts, pd.DataFrame, int]:
    """The facts with what has vanished as unreadable noes, but for what was released; and the record with both what
    has vanished and what is kept of accounts that are no clients now."""
    gone = vanished.facts
    digests = gone["scope"].where(gone["kind"] == UNREADABLE, gone["kind"] + " " + gone["scope"])
    gone = gone.assign(source=gone["table"] + ": " + _GONE, digest=digests)
    unreadable = pd.concat([facts.unreadable, gone], ignore_index=True)
    releases = read_releases(releases_file(settings))
    released = are_released(unreadable, releases, as_of)
    unreadable = unreadable.assign(source=_with_former_releases(unreadable, releases))
    people = gone["contact_id"][~released.tail(len(gone)).to_numpy()]
    objected = facts.contacts["objected"] | among(facts.contacts["contact_id"], people[people != ""])
    whole = pd.concat([record, *(rows.assign(vanished=True) for rows in (gone, vanished.absent))], ignore_index=True)
    facts = replace(
        facts,
        unreadable=unreadable.loc[~released, facts.unreadable.columns],
        contacts=facts.contacts.assign(objected=objected),
    )
    return facts, typed(whole), int(released.sum())


def _with_former_releases(unreadable: pd.DataFrame, releases: Iterable[Release]) -> "pd.Series[str]":
    """The sources, and who released such a row before, said where it rests its account all the same."""
    given = {(one.account_id, table, key): one for one in releases for table, key, _ in one.facts}
    keys = zip(unreadable["account_id"], unreadable["table"], unreadable["key"], strict=True)
    former = (f" (released {one.at[:10]} by {one.by}, and no longer)" if one else "" for one in map(given.get, keys))
    told = [source + text for source, text in zip(unreadable["source"], former, strict=True)]
    return pd.Series(told, unreadable.index, dtype="str")


def _new_unmatched(settings: Settings, record: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    unmatched = record[record["kind"] == UNMATCHED]
    ignored = [name for name in unmatched["table"].unique() if settings.sources.table(name).ignore_unmatched]
    unmatched = unmatched[~unmatched["table"].isin(ignored)]
    if before is None:
        return unmatched
    which = ["table", "key", "scope"]
    known = pd.MultiIndex.from_frame(before.loc[before["kind"] == UNMATCHED, which])
    return unmatched[~pd.MultiIndex.from_frame(unmatched[which]).isin(known)]


def _by_kind(record: pd.DataFrame) -> dict[str, int]:
    return {str(kind): int(number) for kind, number in record["kind"].value_counts().sort_index().items()}


def _rows(rows: pd.DataFrame) -> str:
    """`2 rows (row 5, row 9)`."""
    numbers = [numbered(int(row)) for row in sorted(rows["row"].dropna())]
    shown = ", ".join(numbers[:_SHOWN]) + (", …" if len(numbers) > _SHOWN else "")
    return f"{len(rows):,} row{'s' if len(rows) > 1 else ''} ({shown})"
