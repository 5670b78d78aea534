import numpy as np
import pytest
from threadpoolctl import threadpool_info

from advocate_score.model.arrays import one_thread, processors


def blas_threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_linear_algebra_has_one_thread_inside_and_its_own_again_after() -> None:
    before = blas_threads()
    with one_thread():
        assert np.eye(2).sum() == 2
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_it_decorates_and_is_left_on_errors() -> None:
    before = blas_threads()
    seen = one_thread()(blas_threads)
    assert (seen(), seen()) == ({1}, {1})
    assert blas_threads() == before


@pytest.mark.parametrize("told", ["3", "12"])
def test_as_many_processors_as_one_is_told_to_use(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert processors() == int(told)


@pytest.mark.parametrize("told", ["", "0", "2,1", "many"])
def test_what_names_no_number_leaves_all_of_them(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    every = processors()
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert processors() == every >= 1
