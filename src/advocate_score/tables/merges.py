"""Merged accounts: each is led to the account that survived in the end. Work grows with the number of merges alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Merges:
    """`ends`: merged account → the id in which its merges end, None where they run in a circle. `survivors`: → the one
    that survived in the end. `cycles`, `lost`: accounts whose merges end nowhere."""

    ends: Mapping[str, str | None]
    survivors: Mapping[str, str]
    cycles: frozenset[str]
    lost: frozenset[str]


def resolve_merges(merged_into: Mapping[str, str], accounts: Collection[str]) -> Merges:
    """Follows every chain of merges. An account merged into itself was not merged."""
    steps = {account: into for account, into in merged_into.items() if into != account}
    survivors, cycles, lost, ends = {}, set(), set(), _ends(steps)
    for account, end in ends.items():
        if end is None:
            cycles.add(account)
        elif end not in accounts:
            lost.add(account)
        else:
            survivors[account] = end
    return Merges(ends, survivors, frozenset(cycles), frozenset(lost))


def accounts_led_to(starts: Iterable[str], links: Iterable[tuple[str, str]]) -> set[str]:
    """`starts`, and every account that `links`, pairs of (from, to), lead to from there, directly or through others.

    Each link is followed once: a chain of merges as long as the table takes no more than a pass over it.
    """
    onwards: dict[str, list[str]] = {}
    for one, other in links:
        onwards.setdefault(one, []).append(other)
    reached = set(starts)
    todo = [*reached]
    while todo:
        for account in onwards.pop(todo.pop(), ()):
            if account not in reached:
                reached.add(account)
                todo.append(account)
    return reached


def _ends(steps: Mapping[str, str]) -> dict[str, str | None]:
    """Where the chain of each account ends; None where it runs in a circle. No step is taken twice."""
    ends: dict[str, str | None] = {}
    for start in steps:
        chain: dict[str, None] = {}
        account = start
        while account in steps and account not in ends and account not in chain:
            chain[account] = None
            account = steps[account]
        end = None if account in chain else ends.get(account, account)
        ends.update(dict.fromkeys(chain, end))
    return {account: ends[account] for account in steps}
