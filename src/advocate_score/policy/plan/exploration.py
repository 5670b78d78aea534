"""Exploration: a few asks are drawn at random, so that what the model learns about seldom asked accounts is not biased.

The plan is made independently of the draw; the draw then takes places in it. This makes every probability exact:

- Level k expects q_k = exploration × its places. The plan leaves the whole part of q_k free. For the fractional part,
  if the plan needs all places, the plan's `displaced` pair of the level gives way.
- The pool is every eligible account that is in the plan anyway, or whose account manager has capacity left. Sorted by
  owner, it is cut into M = ⌈Σ q_k⌉ blocks; an owner's accounts lie in no more blocks than the owner's capacity.
- The q_k are laid end to end on a circle of length M. Points at distance 1 from each other, with one uniform random
  start φ in [0, 1), are assigned to the blocks in a uniform random rotation: a block whose point lies on level k draws
  one of its accounts free for k, uniformly. So level k has ⌊q_k⌋ or ⌈q_k⌉ draws, no account is drawn twice, and no
  owner exceeds the limit.

A drawn account is asked for the drawn level only. Hence, with b the block of account i and n the accounts of b free for
k, P(i drawn for k) = q_k / (M n), and for a pair of the plan
P(i asked for k) = P(i drawn for k) + E_φ[1(the pair does not give way at φ) · (1 − P(i drawn | φ))].
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.policy.plan.problem import Bools, Floats, Ints, Problem

_TINY = 1e-9


@dataclass(frozen=True)
class ExplorationDesign:
    """quota (levels,) the q_k · blocks: M · block (m,) of each pair, −1 outside the pool · size (blocks, levels)
    accounts free for each level · planned (m,) · displaced (levels,) the pair that gives way, −1 for none."""

    problem: Problem
    quota: Floats
    blocks: int
    block: Ints
    size: Ints
    planned: Bools
    displaced: Ints

    def counts(self, start: Floats) -> Ints:
        """(starts, levels) number of draws of each level when the first point is at `start`."""
        end = np.cumsum(self.quota)
        begin = end - self.quota
        return (np.ceil(end - start[:, None]) - np.ceil(begin - start[:, None])).astype(np.int64)

    def is_displaced(self, counts: Ints) -> Bools:
        """(starts, levels) whether the displaced pair of each level gives way."""
        return (counts > np.floor(self.quota + _TINY)) & (self.displaced >= 0)


def quotas(problem: Problem, exploration: float) -> Floats:
    """(levels,) q_k: the exploration share of the places that can be filled."""
    free = np.bincount(problem.level, minlength=len(problem.capacity))
    quota: Floats = exploration * np.minimum(problem.capacity, free)
    return quota


def reserved_for_exploration(quota: Floats) -> Ints:
    """(levels,) places that the plan leaves free for exploration."""
    return np.floor(quota + _TINY).astype(np.int64)


def exploration_design(problem: Problem, quota: Floats, planned: Bools, floor: Ints) -> ExplorationDesign:
    """The design of the draw, from the plan.

    Parameters
    ----------
    problem : the allocation, with the capacity of the whole period.
    quota : (levels,) as returned by `quotas`.
    planned : (m,) the pairs of the plan.
    floor : (f,) the asks that the plan must keep of each group.
    """
    quota, displaced = _displaced_pairs(problem, quota, planned, floor)
    blocks = int(np.ceil(quota.sum() - _TINY))
    block = _blocks(problem, planned, blocks)
    inside, shape = block >= 0, (max(blocks, 1), len(quota))
    cell = block[inside].astype(np.int64) * len(quota) + problem.level[inside]
    size = np.bincount(cell, minlength=shape[0] * shape[1]).astype(np.int64).reshape(shape)
    return ExplorationDesign(problem, quota, blocks, block, size, planned, displaced)


def exploration_draw(design: ExplorationDesign, seed: int) -> tuple[Bools, Bools]:
    """(m,) the pairs to ask, and (m,) which of them were drawn at random."""
    drawn = np.zeros(len(design.planned), dtype=bool)
    if design.blocks == 0:
        return design.planned, drawn
    rng = np.random.default_rng(seed)
    start, rotation = rng.random(), int(rng.integers(design.blocks))
    ends = np.cumsum(design.quota)
    pool = np.flatnonzero(design.block >= 0)
    by_block = pool[np.argsort(design.block[pool], kind="stable")]
    edges = np.searchsorted(design.block[by_block], np.arange(design.blocks + 1))
    for block in range(design.blocks):
        level = int(np.searchsorted(ends, start + (block + rotation) % design.blocks, side="right"))
        block_pairs = by_block[edges[block] : edges[block + 1]]
        members = block_pairs[design.problem.level[block_pairs] == level]
        if len(members):
            drawn[rng.choice(members)] = True
    asked = design.planned & ~np.isin(design.problem.account, design.problem.account[drawn])
    asked[design.displaced[design.is_displaced(design.counts(np.array([start])))[0]]] = False
    return asked | drawn, drawn


def propensities(design: ExplorationDesign, requested: Bools | None = None) -> Floats:
    """(m,) the probability that each pair is asked, over all possible draws.

    With `requested` (m,), the probabilities of those pairs only; this is cheaper for a small plan among millions of
    pairs.
    """
    requested = np.ones(len(design.block), dtype=bool) if requested is None else requested
    pairs = np.flatnonzero(np.isin(design.problem.account, design.problem.account[requested]))
    by_draw = _drawn_at(design, pairs, design.quota)
    account = np.unique(design.problem.account[pairs], return_inverse=True)[1]
    at, weight = _segments(design.quota)
    counts = design.counts(at)
    displacements = design.is_displaced(counts)
    asked = np.zeros_like(by_draw)
    for count, is_displaced, part in zip(counts, displacements, weight, strict=True):
        account_drawn = np.bincount(account, _drawn_at(design, pairs, count))
        stays = design.planned[pairs] & ~np.isin(pairs, design.displaced[is_displaced])
        asked += part * stays * (1 - account_drawn[account])
    total: Floats = by_draw + asked
    return np.clip(total, 0.0, 1.0)[requested[pairs]]


def _drawn_at(design: ExplorationDesign, pairs: Ints, draws: Floats | Ints) -> Floats:
    """(pairs,) P(drawn) of `pairs` when `draws` (levels,) of each level are assigned to the blocks."""
    chance = np.zeros(len(pairs))
    block, level = design.block[pairs], design.problem.level[pairs]
    inside = block >= 0
    dealt = np.asarray(draws)[level[inside]]
    chance[inside] = dealt / (design.blocks * design.size[block[inside], level[inside]])
    return chance


def _segments(quota: Floats) -> tuple[Floats, Floats]:
    """Starts in [0, 1), one inside each interval with constant counts, and the lengths of these intervals."""
    ends = np.concatenate([[0.0], np.cumsum(quota)]) % 1.0
    edges = np.unique(np.concatenate([ends, [0.0, 1.0]]))
    return (edges[:-1] + edges[1:]) / 2, np.diff(edges)


def _displaced_pairs(problem: Problem, quota: Floats, planned: Bools, floor: Ints) -> tuple[Floats, Ints]:
    """The quota (levels,) and, for each level, the planned pair that gives way (levels,), −1 for none.

    It is the pair of least worth without which, and without the other pairs that give way, every floor is still met. A
    full level without such a pair keeps its places: its quota is rounded down.
    """
    quota, displaced, remaining = quota.copy(), np.full(len(quota), -1), planned.copy()
    for level, expected in enumerate(quota):
        planned_here = np.flatnonzero(planned & (problem.level == level))
        spare = problem.capacity[level] - len(planned_here) - int(np.floor(expected + _TINY))
        if expected - np.floor(expected + _TINY) < _TINY or spare > 0:
            continue
        displaced[level] = _least_worth_pair(problem, planned_here, remaining, floor)
        if displaced[level] < 0:
            quota[level] = np.floor(expected + _TINY)
        else:
            remaining[displaced[level]] = False
    return quota, displaced


def _least_worth_pair(problem: Problem, planned_here: Ints, remaining: Bools, floor: Ints) -> int:
    needed = np.append(problem.group_counts(remaining) <= floor, False)
    free = planned_here[~needed[problem.group[planned_here]].any(axis=1)]
    return int(free[np.argmin(problem.worth[free])]) if len(free) else -1


def _blocks(problem: Problem, planned: Bools, blocks: int) -> Ints:
    """(m,) the block of each pair's account, −1 outside the pool."""
    of_account = np.full(problem.accounts, -1, dtype=np.int32)
    if blocks == 0:
        return of_account[problem.account]
    accounts = _accounts_of_pairs(problem, planned)
    load = accounts[accounts["planned"] & (accounts["owner"] >= 0)]["owner"].value_counts()
    capacity = pd.Series(problem.owner_capacity).sub(load, fill_value=0)
    left = np.append(capacity.to_numpy("int64"), len(accounts))[accounts["owner"]]
    accounts = accounts.assign(left=left)
    pool = accounts[accounts["planned"] | (left > 0)].sort_values(["owner", "account"])
    pool["block"] = np.arange(len(pool)) * blocks // max(len(pool), 1)
    unplanned = pool[~pool["planned"]]
    nth = unplanned.groupby("owner")["block"].rank("dense")
    pool = pool.drop(index=unplanned.index[(nth > unplanned["left"]).to_numpy()])
    of_account[pool["account"]] = pool["block"]
    return of_account[problem.account]


def _accounts_of_pairs(problem: Problem, planned: Bools) -> pd.DataFrame:
    """account (also the index), owner, planned."""
    first = np.flatnonzero(np.diff(problem.account, prepend=-1))
    chosen = np.bincount(problem.account, planned, minlength=problem.accounts) > 0
    frame = pd.DataFrame({"account": problem.account[first], "owner": problem.owner[first], "planned": chosen})
    return frame.set_index("account", drop=False).rename_axis(None)
