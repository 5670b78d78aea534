"""What faults did to publications, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from advocate_score.errors import AdvocateScoreError
from faults.scenes import UNEXPECTED, Scene, State, TornError, modes_of, state_of

_MODES = {"private": 0o600, "group": 0o640}


@dataclass
class Tally:
    """torn: a publication of mixed content or none where one was · lost: a state that no reader may find ·
    not_rerun: a plain rerun did not come to the end · not_told: an error that the command line would call unexpected.

    Each holds what was under way; `faults` counts all of them by kind.
    """

    faults: Counter[str] = field(default_factory=Counter)
    torn: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    not_rerun: list[str] = field(default_factory=list)
    not_told: list[str] = field(default_factory=list)

    def judge(self, scene: Scene, target: Path, exit_code: int, kind: str, what: str) -> None:
        """One fault of a `kind`: what the run left behind, and what a plain rerun makes of it."""
        self.faults[kind] += 1
        if exit_code == UNEXPECTED:
            self.not_told.append(what)
        allowed = scene.allowed if exit_code else (scene.last,)
        found = self._state(target, what)
        if found and found not in allowed:
            self.lost.append(f"{what}: exit {exit_code}, {found}")
        if found != scene.last or exit_code:
            self._run_again(scene, target, what)

    def _run_again(self, scene: Scene, target: Path, what: str) -> None:
        try:
            scene.rerun(target)
        except AdvocateScoreError as error:
            self.not_rerun.append(f"{what}: {error}")
            return
        is_clean = not [*target.glob(".advocate-score-tmp-*")]
        has_modes = modes_of(target / scene.fresh) == {_MODES[scene.mode]}
        if self._state(target, what) != scene.last or not is_clean or not has_modes:
            self.not_rerun.append(what)

    def _state(self, target: Path, what: str) -> State | None:
        try:
            return state_of(target)
        except (TornError, OSError) as error:
            self.torn.append(f"{what}: {error!r}")
            return None

    def check(self) -> None:
        assert self.torn == []
        assert self.lost == []
        assert self.not_rerun == []
        assert self.not_told == []

    def __str__(self) -> str:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(self.faults.items()))
        ends = f"{len(self.torn)} torn, {len(self.lost)} lost, {len(self.not_rerun)} reruns that needed cleaning"
        return f"{self.faults.total()} faults ({kinds}): {ends}"


def spread(cases: list, most: int) -> Iterable:
    """At most `most` of the cases, evenly over all."""
    step = max(1, -(-len(cases) // most))
    return cases[::step]
