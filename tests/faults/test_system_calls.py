"""G1: no fault of any system call tears a publication, loses the one before, or needs cleaning after it."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import pytest

from faults.injected import CUT_SHORT, INPUT_OUTPUT, KILL, NO_SPACE, Call, calls_on, inject, why_not
from faults.scenes import PUBLISHING, ROLLING_BACK, SCENES, exit_code_of
from faults.tally import Tally, spread
from goals import sized

KINDS = {KILL: "killed", NO_SPACE: "ENOSPC", INPUT_OUTPUT: "EIO", CUT_SHORT: "writes cut short"}
QUICK_CALLS = 12
Case = tuple[Call, str]

pytestmark = [
    pytest.mark.extra,
    pytest.mark.goal("G1"),
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "strace traces"),
]


@pytest.mark.parametrize("name", [*PUBLISHING, *ROLLING_BACK])
def test_no_fault_of_a_system_call_tears_a_publication(
    tmp_path: Path, name: str, measured: Callable[[str], None]
) -> None:
    scene, tally, log = SCENES[name], Tally(), tmp_path / "calls"
    cases = cases_of(name, tmp_path / "traced", log)
    for number, (call, fault) in enumerate(cases):
        target = tmp_path / str(number)
        scene.before(target)
        done = inject(lambda: exit_code_of(scene.act, target), target, log, call, fault)  # noqa: B023
        assert done.hit, f"{call} was to fail, and another did"
        tally.judge(scene, target, done.exit_code, KINDS[fault], f"{name}: {call} {fault}")
    measured(f"{name}: {tally}")
    tally.check()


def cases_of(name: str, target: Path, log: Path) -> Sequence[Case]:
    """Every call on the publications × every fault, as they come in a run without one."""
    scene = SCENES[name]
    scene.before(target)
    calls = calls_on(lambda: exit_code_of(scene.act, target), target, log)
    whole = [*product(calls, (KILL, NO_SPACE, INPUT_OUTPUT))]
    whole += [(call, CUT_SHORT) for call in calls if call.name == "write"]
    return spread(whole, sized(QUICK_CALLS, len(whole)))
