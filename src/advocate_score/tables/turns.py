"""Work on the parts of a table, several at a time, its results in the order of the parts."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")
_MOST_AT_ONCE = 4
"""Each part in work is held in memory."""


def in_turn(work: Callable[[_Part], _Result], parts: Iterable[_Part]) -> Iterator[_Result]:
    """`work` of each part. An error comes where it would come if nothing were done ahead: after what stands before it.

    Threads, since Arrow leaves the others be while it works.
    """
    at_once = min(_MOST_AT_ONCE, os.cpu_count() or 1)
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(at_once, "tables") as pool:
        begun = _begun(pool, work, parts)
        for future in begun:
            waiting.append(future)
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _begun(
    pool: ThreadPoolExecutor, work: Callable[[_Part], _Result], parts: Iterable[_Part]
) -> Iterator["Future[_Result]"]:
    """The last one fails with whatever made it impossible to read on."""
    remaining = iter(parts)
    while True:
        try:
            part = next(remaining)
        except StopIteration:
            return
        except Exception as error:
            failed: Future[_Result] = Future()
            failed.set_exception(error)
            yield failed
            return
        yield pool.submit(work, part)
