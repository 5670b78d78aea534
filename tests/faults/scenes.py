"""What a run that dies was doing, and in which states it may leave the publications."""

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from advocate_score.errors import AdvocateScoreError
from advocate_score.files import Mode
from advocate_score.publication.publisher import publish, roll_back
from advocate_score.publication.store import is_whole

UNEXPECTED = 99
ONE, TWO = "2025-06-01", "2025-06-02"
FILES: Mapping[str, Mapping[str, bytes]] = {
    run_id: {
        "candidates.csv": mark * 30_000,
        "readiness.parquet": mark * 5,
        "by_owner/ana.csv": mark * 9_000,
        "by_owner/luis.csv": b"",
    }
    for run_id, mark in (("old", b"o"), ("new", b"n"))
}
"""Smaller and larger than the buffer that Python writes through, and empty."""

Action = Callable[[Path], object]


@dataclass(frozen=True)
class State:
    """The date that `current` leads to, and the run whose files stand in each date, whole."""

    current: str
    nights: Mapping[str, str]


class TornError(Exception):
    """A publication is neither the old one nor the new one."""


@dataclass(frozen=True)
class Scene:
    """before: makes the state from which `act` starts · again: the rerun, `act` itself where not given.

    between: states in which a reader may find the folder meanwhile, besides the first and the last · fresh, mode: the
    date that is written, and how its files are to be opened.
    """

    before: Action
    act: Action
    first: State
    last: State
    between: tuple[State, ...] = ()
    again: Action | None = None
    fresh: str = TWO
    mode: Mode = "private"

    @property
    def allowed(self) -> tuple[State, ...]:
        return (self.first, *self.between, self.last)

    def rerun(self, target: Path) -> None:
        (self.again or self.act)(target)


def night(run_id: str, day: str, **choices: bool | Mode) -> Action:
    return lambda target: publish(target, datetime.fromisoformat(day), FILES[run_id], {"run_id": run_id}, **choices)


def both(target: Path) -> None:
    night("old", ONE)(target)
    night("new", TWO)(target)


def both_and_back(target: Path) -> None:
    both(target)
    roll_back(target)


_OLD, _BOTH = State(ONE, {ONE: "old"}), State(TWO, {ONE: "old", TWO: "new"})
_NOT_CURRENT = State(ONE, _BOTH.nights)
SCENES: Mapping[str, Scene] = {
    "a new date": Scene(night("old", ONE), night("new", TWO), _OLD, _BOTH, (_NOT_CURRENT,)),
    "a new date for a group": Scene(
        night("old", ONE), night("new", TWO, mode="group"), _OLD, _BOTH, (_NOT_CURRENT,), mode="group"
    ),
    "a date replaced": Scene(
        night("old", ONE), night("new", ONE, replace=True), _OLD, State(ONE, {ONE: "new"}), fresh=ONE
    ),
    "a date filled in": Scene(
        night("old", TWO),
        night("new", ONE, backfill=True),
        State(TWO, {TWO: "old"}),
        State(TWO, {ONE: "new", TWO: "old"}),
        fresh=ONE,
    ),
    "back one night": Scene(both, roll_back, _BOTH, _NOT_CURRENT, again=lambda target: roll_back(target, ONE)),
    "forward again": Scene(both_and_back, lambda target: roll_back(target, TWO), _NOT_CURRENT, _BOTH),
}
PUBLISHING = tuple(name for name in SCENES if name.startswith("a "))
ROLLING_BACK = tuple(name for name in SCENES if not name.startswith("a "))


def state_of(target: Path) -> State:
    """Judged by the bytes that were to be published, and not by the publisher's own manifest alone."""
    dates = sorted(path.name for path in target.iterdir() if path.name.startswith("20"))
    return State((target / "current").resolve().name, {day: _run_of(target / day) for day in dates})


def _run_of(folder: Path) -> str:
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    lists = {name: content for name, content in found.items() if Path(name).name not in ("manifest.json", "SHA256SUMS")}
    run_id = next((one for one, files in FILES.items() if files == lists), None)
    if run_id is None or len(found) != len(lists) + 2 or not is_whole(folder):
        raise TornError(folder.name)
    return run_id


def modes_of(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


def exit_code_of(action: Action, target: Path) -> int:
    try:
        action(target)
    except AdvocateScoreError as error:
        return error.exit_code
    except BaseException:
        return UNEXPECTED
    return 0
