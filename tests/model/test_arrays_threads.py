import re
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from advocate_score.model.arrays import processor_count, single_thread


def blas_threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_linear_algebra_has_one_thread_inside_and_its_own_again_after() -> None:
    before = blas_threads()
    with single_thread():
        assert np.eye(2).sum() == 2
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_it_decorates_and_is_left_on_errors() -> None:
    before = blas_threads()
    seen = single_thread()(blas_threads)
    assert (seen(), seen()) == ({1}, {1})
    assert blas_threads() == before


LEAVING_IN_TURN = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from threadpoolctl import threadpool_info
from advocate_score.model.arrays import single_thread

def blas():
    return max(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")

pools = {name: ThreadPoolExecutor(1) for name in "ABC"}
contexts = {}

def go(step):
    name, is_entry = step[0].upper(), step[0].isupper()
    def act():
        if is_entry:
            contexts.setdefault(name, []).append(single_thread())
            contexts[name][-1].__enter__()
        else:
            contexts[name].pop().__exit__(None, None, None)
    act() if name == "M" else pools[name].submit(act).result()

print(blas())
for steps in STEPS:
    print([go(step) or blas() for step in steps], blas())
"""


@pytest.mark.parametrize("order", ["ABab", "AABaab", "MAam", "MMmAam", "MAma", "AMam", "AMma", "ABCbac"])
def test_threads_that_come_and_leave_in_any_order_leave_linear_algebra_as_it_was(order: str) -> None:
    """Upper case enters, lower case leaves; M is the main thread. In a process of its own: OpenBLAS obeys the thread
    that set a limit first."""
    script = LEAVING_IN_TURN.replace("STEPS", repr([order]))
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    before, after = output.splitlines()
    *seen, end = (int(number) for number in re.findall(r"\d+", after))
    assert seen[0] == 1, "the first to come has one thread"
    assert end == seen[-1] == int(before)


@pytest.mark.parametrize("told", ["3", "12"])
def test_as_many_processors_as_one_is_told_to_use(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert processor_count() == int(told)


@pytest.mark.parametrize("told", ["", "0", "2,1", "many"])
def test_what_names_no_number_leaves_all_of_them(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    every = processor_count()
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert processor_count() == every >= 1
