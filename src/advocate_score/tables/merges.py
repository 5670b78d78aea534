"""Merged accounts: each is led to the account that survived in the end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Merges:
    """`into`: merged account → the one it was merged into. `survivors`: → the one that survived in the end. `cycles`,
    `lost`: accounts whose merges end nowhere."""

    into: Mapping[str, str]
    survivors: Mapping[str, str]
    cycles: frozenset[str]
    lost: frozenset[str]


def resolve_merges(merged_into: Mapping[str, str], accounts: Collection[str]) -> Merges:
    """Follows every chain of merges. An account merged into itself was not merged."""
    steps = {account: into for account, into in merged_into.items() if into != account}
    survivors, cycles, lost = {}, set(), set()
    for account in steps:
        end = _end(account, steps)
        if end is None:
            cycles.add(account)
        elif end not in accounts:
            lost.add(account)
        else:
            survivors[account] = end
    return Merges(steps, survivors, frozenset(cycles), frozenset(lost))


def _end(account: str, steps: Mapping[str, str]) -> str | None:
    """Where the chain ends; None where it runs in a circle."""
    seen = {account}
    while account in steps:
        account = steps[account]
        if account in seen:
            return None
        seen.add(account)
    return account
