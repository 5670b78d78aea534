"""One thread for linear algebra: the model's matrices are small, so threads cost up to ten times what they save, and
sums would depend on how many there are."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="blas"):
        yield
