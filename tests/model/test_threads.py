import numpy as np
from threadpoolctl import threadpool_info

from advocate_score.model.threads import one_thread


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
