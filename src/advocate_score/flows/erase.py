"""`erase`: remove an account from everything that this program keeps, and keep later exports from bringing it back. The
secret key that identifies erased accounts is made on first use.

The tombstone is written first, then the kept rows, the publications and last the places of delivery. A run killed in
between has erased too little but keeps the tombstone; running it again completes the erasure.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from advocate_score import dates
from advocate_score.config import Settings
from advocate_score.dates import iso
from advocate_score.errors import Fault, InputError
from advocate_score.files import FILE_MODES, PRIVATE, replace_file, translate_os_errors, work_dir
from advocate_score.flows import nightly, protection
from advocate_score.flows.project import Project, local_tables
from advocate_score.locks import folder_lock
from advocate_score.protection.record import read_releases, releases_text
from advocate_score.publication import publisher, redaction, store
from advocate_score.publication.folder import Lock, lock_folder, locked_folder, remove_leftovers
from advocate_score.recorded.store import erase_accounts, holds_account
from advocate_score.schema import TABLES
from advocate_score.tables import erasure
from advocate_score.tables.quarantine import RedactedQuarantine, quarantine_files, quarantine_without
from advocate_score.tracking import ledger


def ensure_tombstones(folder: Path) -> erasure.Tombstones:
    """The tombstones in the folder of the configuration, with their key, which is made if missing.

    The empty list is written before the key, so that a list with entries but no key means that the key was lost. A lock
    ensures that two simultaneous runs make only one key.
    """
    with folder_lock(folder), translate_os_errors(erasure.KEY):
        tombstones = erasure.read_tombstones(folder)
        if tombstones.key is None:
            key = secrets.token_bytes(erasure.KEY_BYTES)
            tombstones = erasure.Tombstones(key)
            write_tombstones(folder, tombstones)
            replace_file(folder / erasure.KEY, f"{key.hex()}\n".encode(), PRIVATE)
        return tombstones


def write_tombstones(folder: Path, tombstones: erasure.Tombstones) -> None:
    replace_file(folder / erasure.FILE, tombstones.as_text().encode(), PRIVATE)


def record_training_accounts(
    settings: Settings, registered: ledger.Registered, as_of: datetime, account_ids: Iterable[str]
) -> None:
    """Record which accounts a model version learned from, so that `erase` can name the models that learned from an
    account.

    Digests of the normalized ids are also kept, so that an account is found even if a later export spells its id
    differently.

    Parameters
    ----------
    settings : of the project. registered : the model version. as_of : the instant up to which it learned.
    account_ids : the accounts it learned from.
    """
    tombstones = ensure_tombstones(settings.folder)
    digests = {
        digest(account_id) for account_id in account_ids for digest in (tombstones.digest, tombstones.form_digest)
    }
    ledger.record_membership(settings.folder, registered, as_of, tombstones.fingerprint, digests)


@dataclass(frozen=True)
class _Erased:
    """What was erased: the number of rows from the kept asks, the number of quarantined rows by table, the publications
    rewritten, each with the files dropped from it, and the ids as the publications spelled them."""

    recorded: int
    quarantine: dict[str, int]
    publications: dict[str, tuple[str, ...]]
    spellings: frozenset[str]


def erase_account(project: Project, account: str) -> dict[str, Any]:
    """Erase the account; return what was erased and where the account remains: in the exports and in trained models.

    Raises
    ------
    InputError
        if the account is unknown, or the key that identifies erased accounts is lost.
    LockedError
        if another run publishes or records.
    """
    settings = project.settings
    with _exclusive_access(settings) as lock:
        _clear_leftovers(settings, lock)
        project.progress.step("Looking for the account")
        export = _find_in_exports(project, erasure.normalise_id(account) or account)
        to_erase = erasure.unsaved_tombstones(export.family, export.alike, export.contacts)
        known = export.rows or _models(settings, export) or _is_erased(settings, export.family)
        if not (known or _is_recorded(settings, to_erase) or _is_published(settings, lock, export.family, to_erase)):
            problem = "there is no account of that id here, and nothing was erased."
            raise InputError([Fault("ACCOUNT", problem, "give the id as it stands in accounts")])
        _write_tombstone(settings, export)
        erased = _erase(project, lock, export.family, to_erase)
        message = "the account is erased from what is kept here"
        delivered = nightly.deliver_if_configured(project, lock, message, export.family | erased.spellings)
    return _result(settings, export, erased) | delivered


def _find_in_exports(project: Project, account: str) -> erasure.ExportedFamily:
    """The account in the exports. An object store that cannot be read counts as possibly holding it, like an unreadable
    file."""
    erased = erasure.read_tombstones(project.settings.folder)
    try:
        with local_tables(project) as local:
            return erasure.find_exported_family(local.settings, account, erased)
    except InputError:
        return erasure.unread_export(account, str(project.settings.sources.folder))


@contextmanager
def _exclusive_access(settings: Settings) -> Iterator[Lock]:
    """Lock the publications and the kept asks while the context is open; remove the folders that killed runs left."""
    with ExitStack() as stack, work_dir(settings.folder):
        lock = stack.enter_context(lock_folder(settings.path(settings.outputs.folder)))
        if (folder := settings.path(settings.programme.recorded)).is_dir():
            stack.enter_context(locked_folder(folder))
        yield lock


def _clear_leftovers(settings: Settings, lock: Lock) -> None:
    with translate_os_errors("what killed runs left"):
        own = (settings.programme.recorded, settings.outputs.quarantine)
        for folder in (lock.target, *map(settings.path, own)):
            remove_leftovers(folder)


def _is_erased(settings: Settings, family: Collection[str]) -> bool:
    tombstones = erasure.read_tombstones(settings.folder)
    return any(account_id in tombstones for account_id in family)


def _is_recorded(settings: Settings, to_erase: erasure.Tombstones) -> bool:
    asked = holds_account(settings, to_erase.__contains__)
    return asked or any(_rest_of(file, to_erase).rows for file in quarantine_files(settings))


def _is_published(settings: Settings, lock: Lock, family: Collection[str], to_erase: erasure.Tombstones) -> bool:
    folders = (lock.target / day for day in store.published_dates(lock.target))
    thresholds = settings.ladder.thresholds
    return any(redaction.without_accounts(folder, family, thresholds, to_erase.__contains__) for folder in folders)


def _write_tombstone(settings: Settings, export: erasure.ExportedFamily) -> None:
    before = ensure_tombstones(settings.folder)
    tombstones = before.with_accounts(export.family, export.alike, export.contacts)
    if tombstones != before:
        with translate_os_errors("the tombstone"):
            write_tombstones(settings.folder, tombstones)


def _erase(project: Project, lock: Lock, family: Collection[str], to_erase: erasure.Tombstones) -> _Erased:
    settings = project.settings
    with translate_os_errors("what is kept"):
        recorded = erase_accounts(settings, to_erase.__contains__, dates.now())
        _erase_releases(settings, to_erase)
        quarantine = {file.stem: _erase_quarantined(file, to_erase) for file in quarantine_files(settings)}
    publications = {}
    spellings: set[str] = set()
    days = store.published_dates(lock.target)
    for index, day in enumerate(days):
        project.progress.step("Publications", index, len(days))
        rest = redaction.without_accounts(lock.target / day, family, settings.ladder.thresholds, to_erase.__contains__)
        if rest is not None:
            publisher.rewrite(lock, lock.target / day, rest.files, rest.manifest, settings.outputs.mode)
            publications[day] = rest.left_out
            spellings |= rest.removed
    removed = {name: rows for name, rows in quarantine.items() if rows}
    return _Erased(recorded, removed, publications, frozenset(spellings))


def _erase_releases(settings: Settings, to_erase: erasure.Tombstones) -> None:
    file = protection.releases_file(settings)
    releases = read_releases(file)
    staying = [release for release in releases if release.account_id not in to_erase]
    if len(staying) < len(releases):
        replace_file(file, releases_text(staying).encode(), FILE_MODES[settings.outputs.mode])


def _rest_of(file: Path, to_erase: erasure.Tombstones) -> RedactedQuarantine:
    return quarantine_without(file.read_bytes(), TABLES[file.stem], to_erase)


def _erase_quarantined(file: Path, to_erase: erasure.Tombstones) -> int:
    rest = _rest_of(file, to_erase)
    if rest.content:
        replace_file(file, rest.content, PRIVATE)
    else:
        file.unlink()
    return rest.rows


def _models(settings: Settings, export: erasure.ExportedFamily) -> list[ledger.TrainingMembership]:
    tombstones = erasure.read_tombstones(settings.folder)
    if tombstones.key is None:
        return []
    account_tombstones = erasure.Tombstones(tombstones.key).with_accounts(export.family, export.alike)
    return ledger.models_trained_on(
        settings.folder, tombstones.fingerprint, account_tombstones.accounts | account_tombstones.forms
    )


def _result(settings: Settings, export: erasure.ExportedFamily, erased: _Erased) -> dict[str, Any]:
    """The result, without account ids; the models listed in `models` must be retrained to forget the account."""
    name = settings.tracking.model_name
    served = [promotion.version for promotion in ledger.promotions(settings.folder, name)]
    return {
        "accounts": len(export.family),
        "alike": len(export.alike),
        "recorded": erased.recorded,
        "quarantine": erased.quarantine,
        "publications": list(erased.publications),
        "left_out": {day: list(files) for day, files in erased.publications.items() if files},
        "exported": dict(export.rows),
        "exports": _path_text(settings, settings.sources.folder),
        "unread": list(export.unread),
        "models": [_model(model, served[-1:]) for model in _models(settings, export)],
        "models_not_known": ledger.versions_without_membership(
            settings.folder, name, erasure.read_tombstones(settings.folder).fingerprint
        ),
    }


def _path_text(settings: Settings, location: Path | str) -> str:
    return location if isinstance(location, str) else str(settings.path(location))


def _model(membership: ledger.TrainingMembership, champion: Collection[str]) -> dict[str, Any]:
    return {
        "model_name": membership.model_name,
        "version": membership.version,
        "run_id": membership.run_id,
        "trained_as_of": iso(membership.as_of),
        "champion": membership.version in champion,
    }
