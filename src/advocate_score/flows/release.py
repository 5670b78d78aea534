"""`release`: somebody has looked into a "no" that cannot be read or has gone, and the account may be asked again."""

import getpass
import os
from datetime import date, datetime
from typing import Any

import pandas as pd

from advocate_score.config import Settings
from advocate_score.errors import AdvocateScoreError, Fault, InputError
from advocate_score.flows import clock
from advocate_score.flows.project import Project, open_data, resolve_as_of
from advocate_score.flows.safeguard import releases_file, safeguard
from advocate_score.protection.releases import RULE, Release, read_releases, releases_text
from advocate_score.publication.durable import replace_file
from advocate_score.publication.lock import locked_folder
from advocate_score.publication.publisher import FILE_MODES
from advocate_score.windows import iso


def release_account(project: Project, account: str, rule: str, reason: str, until: str | None) -> dict[str, Any]:
    """Ends the rest of an account by `unreadable_no`, for what rests it now, and says what that was.

    Raises
    ------
    InputError
        where the account does not rest so, the rule is another, the reason is empty, or `until` is no date to come.
    LockedError
        where another run records or releases.
    """
    _check(rule, reason, until)
    file = releases_file(project.settings)
    with locked_folder(file.parent):
        facts, as_of = _resting(project, account)
        if facts.empty:
            problem = f"does not rest by {RULE}, or was released already."
            raise InputError([Fault("ACCOUNT", problem, "'explain ACCOUNT' says by which rule it rests")])
        keys = sorted({(str(one.table), str(one.key), str(one.digest)) for one in facts.itertuples()})
        at, by = iso(clock.now()), getpass.getuser()
        given = Release(account, tuple(keys), iso(as_of), reason.strip(), until or "", at, by)
        _write(project.settings, [*read_releases(file), given])
    return {
        "account_id": account,
        "rule": rule,
        "until": until,
        "by": given.by,
        "released": list(facts["source"].drop_duplicates()),
        "file": str(file),
    }


def _check(rule: str, reason: str, until: str | None) -> None:
    faults = []
    if rule != RULE:
        fix = f"--rule {RULE}; an objection, a denial and an erasure end where they were said"
        faults.append(Fault("--rule", f"{rule} is never released by hand.", fix))
    if not reason.strip():
        faults.append(Fault("--reason", "is empty.", "say what you looked at and what you found"))
    if until is not None and not _is_to_come(until):
        faults.append(Fault("--until", "is no date to come.", "write a date such as 2027-01-31, or leave it out"))
    if faults:
        raise InputError(faults)


def _is_to_come(until: str) -> bool:
    try:
        return date.fromisoformat(until) > clock.now().date()
    except ValueError:
        return False


def _resting(project: Project, account: str) -> tuple[pd.DataFrame, datetime]:
    """What rests the account as unreadable, and as of when; what was released is not among it."""
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
        raise AdvocateScoreError(f"{message} What was kept before is whole; run again") from error
