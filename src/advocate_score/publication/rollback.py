"""Goes back to an earlier publication, which takes the later ones out of use until they are written anew.

What is withdrawn is written first, and then `current` is swapped: a run killed between the two has withdrawn the
nights, and the next run of any kind swaps the link.
"""

from dataclasses import dataclass
from pathlib import Path

from advocate_score.errors import Fault, InputError
from advocate_score.publication.durable import disk_faults_told
from advocate_score.publication.lock import Lock, held
from advocate_score.publication.own_folder import remove_leftovers
from advocate_score.publication.publisher import FILE_MODES, Mode
from advocate_score.publication.shelf import is_whole, nearest_dates, published_dates
from advocate_score.publication.standing import (
    current_date,
    point_current,
    read_withdrawn,
    run_of,
    standing,
    write_withdrawn,
)


@dataclass(frozen=True)
class RolledBack:
    """before: the date that was in use, empty where there was none · withdrawn: every date that is out of use now."""

    folder: Path
    run_id: str
    before: str
    withdrawn: tuple[str, ...]


def roll_back(target: Path | Lock, day: str | None = None, *, mode: Mode = "private") -> RolledBack:
    """Points `current` to `day`, by default the newest whole publication in use before the current one.

    Later dates are withdrawn; `day` itself is in use again where it was withdrawn.

    Raises
    ------
    LockedError
        where another run holds the target.
    InputError
        where there is no earlier one, `day` was never published, or is not whole.
    AdvocateScoreError
        where the disk refuses; every publication is as it was.
    """
    with disk_faults_told("`current`"), held(target) as lock:
        folder = lock.target
        before = current_date(folder)
        chosen = _earlier(folder, before) if day is None else _named(folder, day)
        remove_leftovers(folder)
        was = read_withdrawn(folder)
        later = {run_of(folder / one) for one in published_dates(folder) if one > chosen}
        withdrawn = (was | later) - {run_of(folder / chosen)}
        if withdrawn != was:
            write_withdrawn(folder, withdrawn, FILE_MODES[mode])
        point_current(folder)
        days = tuple(sorted(one for one, _ in withdrawn))
        return RolledBack(folder / chosen, run_of(folder / chosen)[1], before, days)


def _earlier(target: Path, before: str) -> str:
    dates = standing(target)
    start = before or max(dates, default="")
    earlier = next((day for day in reversed(dates) if day < start and is_whole(target / day)), None)
    if earlier is None:
        fix = "--to DATE" if published_dates(target) else "publish with 'score' first"
        raise InputError([Fault(str(target), f"holds no whole publication before {start or 'now'}.", fix)])
    return earlier


def _named(target: Path, day: str) -> str:
    dates = published_dates(target)
    if day not in dates:
        fix = f"one of {', '.join(nearest_dates(day, dates))}" if dates else "publish with 'score' first"
        raise InputError([Fault("--to", f"{day} is no date that stands in {target}.", fix)])
    if not is_whole(target / day):
        fix = f"another date, or write it anew: score --as-of {day} --replace --backfill"
        raise InputError([Fault(str(target / day), "is not whole: files of it were changed or lost.", fix)])
    return day
