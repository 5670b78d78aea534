"""One thread for linear algebra: the model's matrices are small, so threads cost up to ten times what they save, and
sums would depend on how many there are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def processors() -> int:
    """As many as may be used at once: `OMP_NUM_THREADS`, as native code takes it, else all there are."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() and int(told) else os.cpu_count() or 1
