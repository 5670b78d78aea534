"""Merges as long as the table: work grows with the table and not with its square."""

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from advocate_score.tables.identifiers import reachable_accounts, resolve_merges
from tables.crm import Crm

SMALL, LARGE = 1_000, 8_000
LONGEST = 100_000
Shape = Callable[[int], dict[str, str]]


class Counted(str):
    """An id that counts how often it is looked up."""

    looked_up = 0

    __eq__ = str.__eq__

    def __hash__(self) -> int:
        Counted.looked_up += 1
        return super().__hash__()


def chain(size: int) -> dict[str, str]:
    return {Counted(f"A{number}"): Counted(f"A{number + 1}") for number in range(size)}


def chain_from_its_end(size: int) -> dict[str, str]:
    return dict(reversed(chain(size).items()))


def circle(size: int) -> dict[str, str]:
    return chain(size - 1) | {Counted(f"A{size - 1}"): Counted("A0")}


def led_into_a_circle(size: int) -> dict[str, str]:
    return chain(size) | {Counted(f"A{size}"): Counted(f"A{size - 1}")}


def star(size: int) -> dict[str, str]:
    return {Counted(f"A{number}"): Counted("B") for number in range(size)}


SHAPES = (chain, chain_from_its_end, circle, led_into_a_circle, star)


def look_ups(work: Callable[[], object]) -> int:
    before = Counted.looked_up
    work()
    return Counted.looked_up - before


@pytest.mark.goal("G40")
@pytest.mark.parametrize("shape", SHAPES)
def test_merges_of_any_shape_take_a_pass_over_them(shape: Shape, measured: Callable[[str], None]) -> None:
    work = {}
    for size in (SMALL, LARGE):
        merges = shape(size)
        accounts = {*merges, *merges.values()}
        work[size] = look_ups(lambda: resolve_merges(merges, accounts))  # noqa: B023
    ratio = work[LARGE] / work[SMALL]
    measured(f"merges, {shape.__name__}: {LARGE // SMALL} times the accounts, {ratio:.1f} times the look-ups")
    assert ratio < 1.2 * LARGE / SMALL


@pytest.mark.goal("G40")
@pytest.mark.parametrize("shape", SHAPES)
def test_who_is_linked_is_found_in_a_pass_over_the_links(shape: Shape, measured: Callable[[str], None]) -> None:
    work = {}
    for size in (SMALL, LARGE):
        links = [link for pair in shape(size).items() for link in (pair, pair[::-1])]
        work[size] = look_ups(lambda: reachable_accounts(["A0"], links))  # noqa: B023
        assert reachable_accounts(["A0"], links) == {one for link in links for one in link}
    ratio = work[LARGE] / work[SMALL]
    measured(f"links, {shape.__name__}: {LARGE // SMALL} times the accounts, {ratio:.1f} times the look-ups")
    assert ratio < 1.2 * LARGE / SMALL


def test_only_what_a_link_leads_to_is_linked() -> None:
    links = [("a", "b"), ("b", "c"), ("d", "a"), ("c", "a"), ("e", "e")]
    assert reachable_accounts(["a"], links) == {"a", "b", "c"}
    assert reachable_accounts(["d", "e"], links) == {*"abcde"}
    assert reachable_accounts([], links) == set()
    assert reachable_accounts(["?"], iter(links)) == {"?"}


@pytest.mark.parametrize("shape", [chain, chain_from_its_end])
def test_the_longest_chain_leads_to_its_end(shape: Shape) -> None:
    merges = shape(LONGEST)
    found = resolve_merges(merges, {f"A{LONGEST}"})
    assert set(found.survivors) == set(merges)
    assert set(found.survivors.values()) == {f"A{LONGEST}"}
    assert resolve_merges(merges, ()).lost == set(merges)


def test_a_circle_and_what_leads_into_it_end_nowhere() -> None:
    merges = led_into_a_circle(LONGEST)
    assert resolve_merges(merges, {*merges, *merges.values()}).cycles == set(merges)


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, of Python's own and others."""
    number = 0

    def count(_: FrameType, event: str, __: Any) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number


def faulty_rows(size: int) -> Iterator[str]:
    for number in range(size):
        yield f"I{number},A{number % 30 + 1},no date {number},=cmd{number}"


@pytest.mark.goal("G40")
def test_a_quarantine_takes_a_pass_over_its_rows(crm: Crm, measured: Callable[[str], None]) -> None:
    work = {}
    for size in (SMALL, LARGE):
        crm.interactions(*faulty_rows(size))
        work[size] = calls(crm.prepare)
        assert len(crm.quarantined("interactions")) == size
    ratio = work[LARGE] / work[SMALL]
    measured(f"quarantine: {LARGE // SMALL} times the rows, {ratio:.1f} times the calls")
    assert ratio < 1.2 * LARGE / SMALL
