"""The protection of clients in a run: the facts for the rules, the facts recorded by earlier publications, and the
reasons to hold a publication because a "no" has disappeared or matches no account. Also the explanation for `check`,
and `release`, which ends such a rest for one account."""

import getpass
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score import dates
from advocate_score.config import Settings
from advocate_score.dates import iso, local_day_text, parse_as_of
from advocate_score.errors import AdvocateScoreError, Fault, InputError
from advocate_score.files import FILE_MODES, replace_file
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.frames import among
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.inputs import Facts
from advocate_score.protection.protecting_facts import Protection, protective_facts
from advocate_score.protection.record import (
    IDENTITY,
    RELEASABLE_RULE,
    RELEASES_FILE,
    UNMATCHED,
    UNREADABLE,
    Release,
    are_released,
    protecting_facts,
    read_releases,
    record_frame,
    releases_text,
)
from advocate_score.protection.vanished import Vanished, find_vanished
from advocate_score.publication import folder, history, store
from advocate_score.tables.quarantine import row_label
from advocate_score.text import counted

RECORD = "protection.parquet"
"""The file of a publication that records which facts protected which accounts."""


@dataclass(frozen=True)
class EarlierProtection:
    """record: what protected, `record.COLUMNS`, None where there is none to compare with · damaged: dates whose record
    cannot be read · counts: facts by kind of the newest publication · counts_before: of the newest of an earlier date ·
    is_older: the newest publication was made before there was such a record."""

    record: pd.DataFrame | None = None
    damaged: tuple[str, ...] = ()
    counts: dict[str, int] | None = None
    counts_before: dict[str, int] | None = None
    is_older: bool = False


@dataclass
class _EarlierRecords:
    records: list[pd.DataFrame] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    counts_before: dict[str, int] | None = None


def earlier_protection(target: Path, as_of: datetime) -> EarlierProtection:
    """The protection recorded by the publications in `target` up to the date of `as_of`."""
    today, collected = store.folder_of(target, as_of).name, _EarlierRecords()
    days = [day for day in reversed(store.published_dates(target)) if day <= today]
    is_older = False
    for day in days:
        manifest = store.read_manifest(target / day)
        if manifest and not _is_live(manifest):
            continue
        is_older = "as_of" in manifest and RECORD not in manifest.get("files", {})
        if not is_older:
            _add(collected, history.Publication(target / day, manifest))
        if day < today and day not in collected.damaged:
            collected.counts_before = None if is_older else _counts_by_kind(collected.records[-1])
            break
    record = _merge_records(collected.records)
    counts = _counts_by_kind(collected.records[0]) if collected.records else None
    is_first = is_older and record is None
    return EarlierProtection(record, tuple(collected.damaged), counts, collected.counts_before, is_first)


def _counts_by_kind(record: pd.DataFrame) -> dict[str, int]:
    """The number of facts of each kind, without the vanished ones."""
    kinds = record.loc[~record["vanished"], "kind"]
    return {str(kind): int(number) for kind, number in kinds.value_counts().sort_index().items()}


def _is_live(manifest: dict[str, object]) -> bool:
    protecting = manifest.get("protecting")
    return not isinstance(protecting, dict) or protecting.get("live") != "false"


def _add(collected: _EarlierRecords, publication: history.Publication) -> None:
    path = publication.file(RECORD) if "as_of" in publication.manifest else None
    if path is None:
        collected.damaged.append(publication.folder.name)
        return
    rows = record_frame(pd.read_parquet(path))
    collected.records.append(rows.assign(last_seen=rows["last_seen"].where(rows["vanished"], publication.as_of)))


def _merge_records(records: list[pd.DataFrame]) -> pd.DataFrame | None:
    """One record of several: every fact that protected in any of them, with the latest time it did."""
    if not records:
        return None
    rows = pd.concat(records, ignore_index=True)
    newest = rows.groupby(IDENTITY)["last_seen"].transform("max")
    first = rows.assign(last_seen=newest).sort_values("vanished", kind="stable")
    return first.drop_duplicates(IDENTITY, ignore_index=True)


_MAX_ROWS_NAMED = 10
_VANISHED_NOTE = "gone from the export"
_DAMAGED = "what protected in that publication cannot be read (manifest.json or protection.parquet was changed)."
_FORCE = "'score --force --reason TEXT' publishes all the same, and the manifest records why"


@dataclass(frozen=True)
class Safeguard:
    """The protection in one run.

    facts: the tables that the rules read · record: every protecting fact, for the publication · vanished: facts that
    protected before and have disappeared · unmatched: rows that say "no" under an id without an account and are new
    since the last publication · released: number of facts released · releases: those in force · lenient, not_clients:
    as `Readings` · before: number of facts of each kind in the last publication, None without one to compare with;
    before_this_date: in the last one of an earlier date · damaged: dates whose record cannot be read · is_first: the
    last publication was made before such records existed.
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
    before_this_date: dict[str, int] | None
    damaged: tuple[str, ...] = ()
    is_first: bool = False

    def figures(self) -> dict[str, Any]:
        """The figures for the manifest and for `check`."""
        return {
            "facts": _counts_by_kind(self.record),
            "before": self.before,
            "vanished": len(self.vanished.facts),
            "gone": list(self.vanished.lost_sources),
            "unmatched_new": len(self.unmatched),
            "released": self.released,
            "releases": [{"at": release.at, "by": release.by, "until": release.until} for release in self.releases],
            "other_spelling": self.lenient,
            "not_clients": self.not_clients,
        }

    def warnings(self) -> Iterator[str]:
        unreadable = self.record[self.record["kind"] == UNREADABLE]
        for table, rows in unreadable[~unreadable["vanished"]].groupby("table"):
            yield (
                f"{table}: {_rows(rows)} may say no and cannot be read; the accounts rest by unreadable_no until the "
                "rows are corrected, or 'advocate-score release' frees them."
            )
        unmatched = self.record[self.record["kind"] == UNMATCHED]
        for table, rows in unmatched.groupby("table"):
            yield f"{table}: {_rows(rows)} with a no under an id that no account has: nobody rests because of it."
        if self.lenient:
            spelt = counted(self.lenient, "row says", "rows say")
            yield f"{spelt} no under another spelling of an account's id: the account rests."
        for table, rows in self.vanished.facts.groupby("table"):
            gone = counted(len(rows), "row", "rows")
            yield (
                f"{table}: {gone} that protected a client left the export, and nothing in it says why; the accounts "
                "rest by unreadable_no until the rows are back, or 'advocate-score release' frees them."
            )

    def refusals(self) -> list[str]:
        """The reasons why the publication is held; empty if it is not."""
        lost = "this table protected clients in the last publication, and the export no longer has it."
        reasons = [f"{day}: {_DAMAGED}" for day in self.damaged]
        reasons += [f"{table}: {lost}" for table in self.vanished.lost_sources]
        if self.vanished.are_too_many:
            fresh = self.vanished.facts[~self.vanished.facts["vanished"]]
            counts = ", ".join(f"{table} {number:,}" for table, number in Counter(fresh["table"]).items())
            reasons.append(f"rows that protected clients left the export, and nothing in it says why: {counts}.")
        for table, rows in self.unmatched.groupby("table"):
            fix = f"correct the ids, or set [sources.{table}] ignore_unmatched = true"
            reasons.append(f"{table}: {_rows(rows)} with a no under an id that no account has; {fix}.")
        return reasons


def safeguard(project: Project, data: Data, as_of: datetime, *, live: bool = True) -> Safeguard:
    """The protection at `as_of`.

    Parameters
    ----------
    project, data : the project and its open tables. as_of : the instant to judge at.
    live : the rules see every row and the facts are compared with earlier publications; a backfill cuts by time and
        compares nothing.
    """
    settings = project.settings
    severity, levels = settings.policy.resting_case_severity, settings.ladder.in_use
    protection = protective_facts(data.engine, data.tables, severity, as_of, live=live, levels=levels)
    record = protecting_facts(protection, as_of, settings.policy)
    earlier = earlier_protection(settings.path(settings.outputs.folder), as_of) if live else EarlierProtection()
    vanished = _find_vanished(data, earlier.record, record, protection, as_of)
    releases = read_releases(releases_file(settings))
    facts, full_record, released = _with_vanished(
        protection.facts, record, vanished, releases, as_of, settings.sources.zone
    )
    return Safeguard(
        facts=facts,
        record=full_record,
        vanished=vanished,
        unmatched=_new_unmatched(settings, record, earlier.record) if live else record.head(0),
        released=released,
        releases=tuple(release for release in releases if release.holds(as_of)),
        lenient=protection.readings.lenient,
        not_clients=protection.readings.not_clients,
        before=earlier.counts,
        before_this_date=earlier.counts_before,
        damaged=earlier.damaged,
        is_first=earlier.is_older,
    )


def lost_noes_message(guard: Safeguard) -> str:
    """Why the publication is held because a "no" of the last one has gone, or is nobody's; empty where it is not."""
    reasons = guard.refusals()
    head = "nothing was published: a client who said no might be asked."
    fix = f"Fix: look at the export; if it is complete, {_FORCE}."
    return "\n".join([head, *reasons, fix]) if reasons else ""


def releases_file(settings: Settings) -> Path:
    return settings.path(settings.programme.recorded) / RELEASES_FILE


def _find_vanished(
    data: Data, before: pd.DataFrame | None, record: pd.DataFrame, protection: Protection, as_of: datetime
) -> Vanished:
    if before is None:
        return Vanished(record.head(0), (), 0, record.head(0))
    counts = data.tables.counts
    filled = {name for name, rows in counts.items() if rows.rows_in}
    present = {name: columns for name, columns in data.tables.present.items() if name in filled}
    return find_vanished(before, record, protection.facts, protection.accounts, present, as_of)


def _with_vanished(
    facts: Facts,
    record: pd.DataFrame,
    vanished: Vanished,
    releases: Sequence[Release],
    as_of: datetime,
    zone: tzinfo,
) -> tuple[Facts, pd.DataFrame, int]:
    """The facts, with the vanished ones added as unreadable noes unless released; the full record, including vanished
    facts and those kept for accounts that are no longer clients; and the number of facts released."""
    vanished_rows = vanished.facts
    digests = vanished_rows["scope"].where(
        vanished_rows["kind"] == UNREADABLE, vanished_rows["kind"] + " " + vanished_rows["scope"]
    )
    vanished_rows = vanished_rows.assign(source=vanished_rows["table"] + ": " + _VANISHED_NOTE, digest=digests)
    unreadable = pd.concat([facts.unreadable, vanished_rows], ignore_index=True)
    released = are_released(unreadable, releases, as_of)
    unreadable = unreadable.assign(source=_with_former_releases(unreadable, releases, zone))
    people = vanished_rows["contact_id"][~released.tail(len(vanished_rows)).to_numpy()]
    objected = facts.contacts["objected"] | among(facts.contacts["contact_id"], people[people != ""])
    full_record = pd.concat(
        [record, *(rows.assign(vanished=True) for rows in (vanished_rows, vanished.absent))], ignore_index=True
    )
    facts = replace(
        facts,
        unreadable=unreadable.loc[~released, facts.unreadable.columns],
        contacts=facts.contacts.assign(objected=objected),
    )
    return facts, record_frame(full_record), int(released.sum())


def _with_former_releases(unreadable: pd.DataFrame, releases: Iterable[Release], zone: tzinfo) -> "pd.Series[str]":
    """The sources, with a note on who released the row before, and on which day of `zone`, if that release no longer
    applies."""
    by_fact = {(release.account_id, table, key): release for release in releases for table, key, _ in release.facts}
    keys = zip(unreadable["account_id"], unreadable["table"], unreadable["key"], strict=True)
    notes = (_former_release_note(old, zone) if old else "" for old in map(by_fact.get, keys))
    sources = [source + note for source, note in zip(unreadable["source"], notes, strict=True)]
    return pd.Series(sources, unreadable.index, dtype="str")


def _former_release_note(release: Release, zone: tzinfo) -> str:
    return f" (released {local_day_text(parse_as_of(release.at), zone)} by {release.by}, and no longer)"


def _new_unmatched(settings: Settings, record: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    unmatched = record[record["kind"] == UNMATCHED]
    ignored = [name for name in unmatched["table"].unique() if settings.sources.table(name).ignore_unmatched]
    unmatched = unmatched[~unmatched["table"].isin(ignored)]
    if before is None:
        return unmatched
    which = ["table", "key", "scope"]
    known = pd.MultiIndex.from_frame(before.loc[before["kind"] == UNMATCHED, which])
    return unmatched[~pd.MultiIndex.from_frame(unmatched[which]).isin(known)]


def _rows(rows: pd.DataFrame) -> str:
    """`2 rows (row 5, row 9)`."""
    numbers = [row_label(int(row)) for row in sorted(rows["row"].dropna())]
    shown = ", ".join(numbers[:_MAX_ROWS_NAMED]) + (", …" if len(numbers) > _MAX_ROWS_NAMED else "")
    return f"{counted(len(rows), 'row', 'rows')} ({shown})"


Row = dict[str, Any]
_RELEASE = "correct the rows, or 'advocate-score release ACCOUNT --rule unreadable_no --reason TEXT'"


def explained_protection(project: Project, data: Data, guard: Safeguard, as_of: datetime) -> list[Row]:
    """One row per finding: what (rests, held), table or rule, number of accounts or rows, and what resolves it.

    Parameters
    ----------
    project, data : the project and its open tables. guard : the protection. as_of : the instant to judge at.
    """
    settings = project.settings
    return [*_unknown_words(data), *_unreadable(guard), *_rules(settings, guard, as_of), *_holds(guard)]


def warn_of_first_protection(project: Project, data: Data, guard: Safeguard, as_of: datetime) -> None:
    """On the first run after an upgrade, warn of every effect of the protecting rules and what resolves it.

    Parameters
    ----------
    project, data : the project and its open tables. guard : the protection. as_of : the instant to judge at.
    """
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
    """One row for each rule with a configurable duration that rests accounts."""
    resting = verdicts(guard.facts, as_of, settings.policy, effort=settings.ladder.effort_minutes)
    by_setting = {"lost_renewal": "lost_renewal_rest_days", "pending_renewal": "pending_rest_days"}
    for rule, setting in by_setting.items():
        accounts = int(resting.loc[resting["rule"] == rule, "account_id"].nunique())
        if accounts:
            settles = f"[policy] {setting} = {getattr(settings.policy, setting)}"
            yield _row(f"rests by {rule}", "renewals", accounts, settles)


def _holds(guard: Safeguard) -> Iterator[Row]:
    for table, rows in guard.unmatched.groupby("table"):
        settles = f"correct the ids, or [sources.{table}] ignore_unmatched = true"
        yield _row("holds the publication", str(table), len(rows), settles)
    for missing in guard.vanished.lost_sources:
        yield _row("holds the publication", missing, 1, "export it again, or score --force --reason TEXT")
    if guard.vanished.are_too_many:
        settles = "export the rows again, or score --force --reason TEXT"
        yield _row("holds the publication", "facts that have gone", len(guard.vanished.facts), settles)


def _row(what: str, where: str, number: int, settles: str) -> Row:
    return {"what": what, "where": where, "number": number, "settles": settles}


def release_account(project: Project, account: str, rule: str, reason: str, until: str | None) -> dict[str, Any]:
    """End an account's rest by `unreadable_no` for the rows that cause it now; return what they were.

    Parameters
    ----------
    project : the project. account : an account_id. rule : the rule to release; only `unreadable_no` is allowed.
    reason : what was checked and found. until : the date from which the account rests again, if any.

    Raises
    ------
    InputError
        if the account does not rest by this rule, the rule is another, the reason is empty, or `until` is not a future
        date.
    LockedError
        if another run records or releases.
    """
    _check(rule, reason, until)
    file = releases_file(project.settings)
    with folder.locked_folder(file.parent):
        facts, as_of = _resting_rows(project, account)
        if facts.empty:
            problem = f"does not rest by {RELEASABLE_RULE}, or was released already."
            raise InputError([Fault("ACCOUNT", problem, "'explain ACCOUNT' says by which rule it rests")])
        keys = sorted({(str(fact.table), str(fact.key), str(fact.digest)) for fact in facts.itertuples()})
        at, by = iso(dates.now()), getpass.getuser()
        release = Release(account, tuple(keys), iso(as_of), reason.strip(), until or "", at, by)
        _write(project.settings, [*read_releases(file), release])
    return {
        "account_id": account,
        "rule": rule,
        "until": until,
        "by": release.by,
        "released": list(facts["source"].drop_duplicates()),
        "file": str(file),
    }


def _check(rule: str, reason: str, until: str | None) -> None:
    faults = []
    if rule != RELEASABLE_RULE:
        fix = f"--rule {RELEASABLE_RULE}; an objection, a denial and an erasure end where they were said"
        faults.append(Fault("--rule", f"{rule} is never released by hand.", fix))
    if not reason.strip():
        faults.append(Fault("--reason", "is empty.", "say what you looked at and what you found"))
    if until is not None and not _is_future_date(until):
        faults.append(
            Fault("--until", "is not a date in the future.", "write a date such as 2027-01-31, or leave it out")
        )
    if faults:
        raise InputError(faults)


def _is_future_date(until: str) -> bool:
    try:
        return date.fromisoformat(until) > dates.now().date()
    except ValueError:
        return False


def _resting_rows(project: Project, account: str) -> tuple[pd.DataFrame, datetime]:
    """The unreadable rows that rest the account, without those released, and the as-of instant."""
    with open_data(project) as data:
        as_of = resolve_as_of(project.settings, None, data.tables.data_cut)
        unreadable = safeguard(project, data, as_of).facts.unreadable
    return unreadable[unreadable["account_id"] == account], as_of


def _write(settings: Settings, releases: list[Release]) -> None:
    content = releases_text(releases).encode()
    try:
        replace_file(releases_file(settings), content, FILE_MODES[settings.outputs.mode])
    except OSError as error:
        message = f"the release could not be kept: {os.strerror(error.errno or 0)}."
        raise AdvocateScoreError(f"{message} What was kept before is unchanged; run again") from error
