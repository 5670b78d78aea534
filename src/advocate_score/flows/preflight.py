"""Checks before a publication: disk space, before any table is read, then the clock and the age of the tables and of
the model."""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from advocate_score import dates
from advocate_score.config import Settings
from advocate_score.dates import iso
from advocate_score.errors import Fault, InputError
from advocate_score.files import remove_abandoned
from advocate_score.flows.serving import Serving
from advocate_score.publication.folder import Lock, remove_leftovers
from advocate_score.publication.store import published_dates
from advocate_score.sources.discover import Source, discover

_MAX_AHEAD = timedelta(days=1)
"""The first midnight after the data cut, or today's midnight in an eastern time zone, may be this far ahead of the
clock."""
_FORCE = "'score --force --reason TEXT' publishes all the same"


def reject_ahead_of_clock(
    as_of: datetime,
    reason: str | None,
    requested: str | None = None,
    late_rows: Sequence[str] = (),
    rule: str = "data_cut",
) -> None:
    """Raise InputError if the as-of instant lies in the future and no `reason` is given.

    A publication of a future date would stay the newest until that date, and every regular one before it would be
    refused.

    Parameters
    ----------
    as_of : of the run. reason : why it is to be run all the same, if it is.
    requested : the as-of that was asked for; None if `rule`, [sources] as_of, gave it.
    late_rows : rows that lie after the clock.
    """
    now = dates.now()
    if as_of - now <= _MAX_AHEAD or reason:
        return
    problem = f"{iso(as_of)} lies more than a day ahead of this machine's clock, {now:%Y-%m-%d %H:%M} UTC."
    rows = f" Rows after it: {'; '.join(late_rows)}." if late_rows else ""
    if requested or rule != "data_cut":
        setting, fix = "--as-of" if requested else "[sources] as_of", "give an earlier date, or set the clock right"
        raise InputError([Fault(setting, problem, f"{fix}; {_FORCE}")])
    planned = "if those rows are planned" if late_rows else "to take the day of the clock"
    fix = f'{planned}, set [sources] as_of = "today"; else correct the dates in the tables, or the clock; {_FORCE}'
    raise InputError([Fault("the newest rows of the tables", problem + rows, fix)])


def warn_of_old_tables(
    settings: Settings, as_of: datetime, data_cut: datetime | None, requested: str | None
) -> tuple[str, ...]:
    """A warning if the tables are old; InputError if the data cut is older than [sources] refuse_age_hours.

    The age is measured against a requested as-of. An as-of derived from the data cut is always close to it, so the age
    is then measured against the clock.

    Parameters
    ----------
    settings : of the project. as_of : the instant of prediction. data_cut : None if no table has a dated row.
    requested : the as-of that the user gave, if any.
    """
    sources = settings.sources
    if data_cut is None:
        return ()
    against = as_of if requested or sources.as_of not in ("data_cut", "today") else max(as_of, dates.now())
    hours = (against - data_cut) / timedelta(hours=1)
    problem = f"the newest row of any table was recorded at {iso(data_cut)}, {hours:,.0f} hours before {iso(against)}"
    if sources.refuse_age_hours is not None and hours > sources.refuse_age_hours:
        limit = f"[sources] refuse_age_hours is {sources.refuse_age_hours:g}."
        raise InputError([Fault("tables", f"{problem}; {limit}", "export the tables again")])
    if sources.warn_age_hours is not None and hours > sources.warn_age_hours:
        return (f"{problem}; see whether the export still runs.",)
    return ()


def warn_of_old_model(settings: Settings, serving: Serving, as_of: datetime) -> tuple[str, ...]:
    """A warning if the champion is old; InputError if its training data end more than [model] refuse_age_days before
    `as_of`."""
    if serving.trained_as_of is None:
        return ()
    days = (as_of - serving.trained_as_of) / timedelta(days=1)
    problem = f"the champion learned up to {iso(serving.trained_as_of)}, {days:,.0f} days before {iso(as_of)}"
    if days > settings.model.refuse_age_days:
        limit = f"[model] refuse_age_days is {settings.model.refuse_age_days}."
        raise InputError([Fault("champion", f"{problem}; {limit}", "train and promote a newer one")])
    if days > settings.model.warn_age_days:
        return (f"{problem}: train and promote a newer one.",)
    return ()


_TEXT_SIZE_FACTOR, _PACKED_SIZE_FACTOR = 0.5, 3.0
"""Bytes needed in a run's own folder for each byte of a source: each table is kept there twice, in packed columns."""
_BLOCK_BYTES = 512
_MEGABYTE = 1_000_000


def require_disk_space(settings: Settings, lock: Lock) -> None:
    """Raise InputError if a disk has less than `[operations] keep_free` times the space that the run needs there.

    Leftovers of killed runs are removed first, so that a rerun needs no manual cleaning.
    """
    remove_leftovers(lock.target)
    remove_abandoned(settings.folder)
    # Before the first publication, its size is estimated by that of the tables.
    tables = sum(_working_size(source) for parts in discover(settings).sources.values() for source in parts)
    publication_size = _last_publication_size(lock.target) or tables
    faults = [*_full_disks(settings, {settings.folder: tables, lock.target: publication_size})]
    if faults:
        raise InputError(faults)


def _full_disks(settings: Settings, needs: Mapping[Path, float]) -> Iterator[Fault]:
    """One fault per disk; the needs of folders on the same disk are added."""
    disks: dict[int, list[Path]] = defaultdict(list)
    for folder in needs:
        disks[folder.stat().st_dev].append(folder)
    for folders in disks.values():
        need = sum(needs[folder] for folder in folders)
        free = shutil.disk_usage(folders[0]).free
        required = settings.operations.keep_free * need
        if free < required:
            yield Fault(
                " and ".join(map(str, folders)), _space_problem(free, need, settings.operations.keep_free), _FIX
            )


_FIX = "make room on that disk, put [outputs] folder on a larger one, or lower [operations] keep_free"


def _space_problem(free: int, need: float, times: float) -> str:
    return (
        f"{free / _MEGABYTE:.1f} MB are free; a run needs about {need / _MEGABYTE:.1f} MB, "
        f"and [operations] keep_free wants {times:g} times as much."
    )


def _working_size(source: Source) -> float:
    size = _size(source.files)
    is_text = not source.kind.compressed and not source.path.name.casefold().endswith(".gz")
    return size * (_TEXT_SIZE_FACTOR if is_text else _PACKED_SIZE_FACTOR)


def _last_publication_size(target: Path) -> int:
    """Bytes of the newest publication; 0 without one."""
    return sum(_size((target / day).rglob("*")) for day in published_dates(target)[-1:])


def _size(paths: Iterable[Path]) -> int:
    """Bytes on the disk, counted in whole blocks."""
    stats = [path.stat() for path in paths if path.is_file()]
    return sum(max(stat.st_size, stat.st_blocks * _BLOCK_BYTES) for stat in stats)
