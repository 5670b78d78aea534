"""Which publications are in use. One that was withdrawn stays in its folder, and `current` does not lead to it.

A withdrawal holds for a date and a run id: the same night run again stays withdrawn, the date written anew from other
inputs is in use.
"""

import json
from collections.abc import Collection
from pathlib import Path

from advocate_score.errors import Fault, InputError
from advocate_score.publication.durable import point, replace_file
from advocate_score.publication.shelf import CURRENT, published_dates, read_manifest

WITHDRAWN = "withdrawn.json"

Withdrawal = tuple[str, str]
"""Date and run id."""


def read_withdrawn(target: Path) -> frozenset[Withdrawal]:
    """InputError where the file is not as this program writes it: what was withdrawn must not come back by itself."""
    path = target / WITHDRAWN
    try:
        return frozenset((str(day), str(run_id)) for day, run_id in json.loads(path.read_bytes()))
    except FileNotFoundError:
        return frozenset()
    except (TypeError, ValueError, RecursionError) as error:
        fix = "remove it, and withdraw again with 'rollback'"
        raise InputError([Fault(str(path), "cannot be understood.", fix)]) from error


def write_withdrawn(target: Path, withdrawn: Collection[Withdrawal], mode: int) -> None:
    replace_file(target / WITHDRAWN, (json.dumps(sorted(withdrawn)) + "\n").encode(), mode)


def run_of(publication: Path) -> Withdrawal:
    """What a withdrawal of it would say."""
    return publication.name, str(read_manifest(publication).get("run_id"))


def standing(target: Path) -> list[str]:
    """The dates in use, oldest first."""
    withdrawn = read_withdrawn(target)
    days = {day for day, _ in withdrawn}
    return [day for day in published_dates(target) if day not in days or run_of(target / day) not in withdrawn]


def current_date(target: Path) -> str:
    """The date that `current` leads to; empty where there is no such link. InputError where it is something else."""
    link = target / CURRENT
    if link.is_symlink():
        return str(link.readlink())
    if link.exists():
        raise InputError([Fault(str(link), "is not a link made by this program.", "move it away")])
    return ""


def point_current(target: Path) -> str:
    """Makes `current` lead to the newest date in use, and gives that date; empty where there is none."""
    newest = max(standing(target), default="")
    if newest and current_date(target) != newest:
        point(target / CURRENT, newest)
    return newest
