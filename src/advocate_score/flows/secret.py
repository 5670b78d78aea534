"""The secret by which erased accounts, and those that models learned from, are known again: made on first use."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from advocate_score.config import Settings
from advocate_score.publication.durable import disk_faults_told, replace_file
from advocate_score.tables.tombstones import FILE, KEY, KEY_BYTES, Tombstones, read_tombstones
from advocate_score.tracking.record import Registered
from advocate_score.tracking.trained_accounts import note_taught
from advocate_score.tracking.whole_file import one_at_a_time

_PRIVATE = 0o600


def kept_tombstones(folder: Path) -> Tombstones:
    """Those beside the configuration, with their key. The empty list is written before the key, so that a list
    without a key, where somebody is on it, means that the key was lost. Two runs that both need a first key
    make one."""
    with one_at_a_time(folder), disk_faults_told(KEY):
        found = read_tombstones(folder)
        if found.key is None:
            key = secrets.token_bytes(KEY_BYTES)
            found = Tombstones(key)
            write_tombstones(folder, found)
            replace_file(folder / KEY, f"{key.hex()}\n".encode(), _PRIVATE)
        return found


def write_tombstones(folder: Path, tombstones: Tombstones) -> None:
    replace_file(folder / FILE, tombstones.as_text().encode(), _PRIVATE)


def note_taught_accounts(
    settings: Settings, registered: Registered, as_of: datetime, account_ids: Iterable[str]
) -> None:
    """Whom a version learned from, so that `erase` can name the models that learned from an account, also where the
    export spells its id otherwise by then."""
    tombstones = kept_tombstones(settings.folder)
    digests = {digest(one) for one in account_ids for digest in (tombstones.digest, tombstones.form_digest)}
    note_taught(settings.folder, registered, as_of, tombstones.fingerprint, digests)
