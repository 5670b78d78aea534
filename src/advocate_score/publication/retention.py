"""Publications that have stood for long enough."""

import os
import shutil
from datetime import date, timedelta

from advocate_score.publication.durable import TEMPORARY, disk_faults_told, sync_folder
from advocate_score.publication.lock import Lock
from advocate_score.publication.shelf import CURRENT, published_dates


def remove_expired(lock: Lock, retention_days: int, today: date = date.max) -> list[str]:
    """Removes the publications that lie more than `retention_days` before the newest, but never the current one; gives
    their dates. 0 days: they are kept for ever. One that was forced for a date after `today` makes no other old.

    Each is taken out of sight in one step and then removed, so that half a publication is never seen; what a killed
    run leaves of it, the next run removes.
    """
    dates = published_dates(lock.target)
    if not retention_days or not dates:
        return []
    earliest = min(date.fromisoformat(dates[-1]), today) - timedelta(days=retention_days)
    current = (lock.target / CURRENT).resolve().name
    expired = [day for day in dates if date.fromisoformat(day) < earliest and day != current]
    with disk_faults_told("the publications folder"):
        for day in expired:
            _remove(lock, day)
    return expired


def _remove(lock: Lock, day: str) -> None:
    out_of_sight = lock.target / f"{TEMPORARY}{day}"
    os.rename(lock.target / day, out_of_sight)  # noqa: PTH104
    sync_folder(lock.target)
    shutil.rmtree(out_of_sight)
