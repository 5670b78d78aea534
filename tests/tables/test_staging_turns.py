import time
from collections.abc import Iterator

import pytest

from advocate_score.tables.staging import map_in_order


def slow_at_first(number: int) -> int:
    time.sleep(0.02 if number == 0 else 0)
    if number == 7:
        raise ValueError("the seventh")
    return 10 * number


def test_results_come_in_the_order_of_the_parts() -> None:
    assert list(map_in_order(slow_at_first, range(6))) == [0, 10, 20, 30, 40, 50]
    assert list(map_in_order(slow_at_first, [])) == []


def test_an_error_of_the_work_comes_after_what_stands_before_it() -> None:
    results = map_in_order(slow_at_first, range(20))
    assert [next(results) for _ in range(7)] == [10 * number for number in range(7)]
    with pytest.raises(ValueError, match="the seventh"):
        next(results)


def test_what_cannot_be_read_on_fails_after_the_parts_before_it() -> None:
    def broken() -> Iterator[int]:
        yield from range(3)
        raise OSError("the disk")

    results = map_in_order(slow_at_first, broken())
    assert [next(results) for _ in range(3)] == [0, 10, 20]
    with pytest.raises(OSError, match="the disk"):
        next(results)


def test_few_parts_are_held_at_once() -> None:
    read = []

    def parts() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    results = map_in_order(lambda number: number, parts())
    assert next(results) == 0
    assert len(read) < 10
