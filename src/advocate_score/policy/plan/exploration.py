"""Exploration: a few asks are drawn by lot, so that what is learnt of those who are seldom asked is not biased.

The plan is made without regard to the lot; the lot then takes places in it. That makes every probability exact:

- Level k has q_k = exploration × its places, in expectation. The whole part of q_k is left free by the plan. For the
  rest the plan's `displaced` pair of the level, if it needs all places, gives way.
- The pool is every account that may be asked and that the plan asks anyway, or whose account manager has room left. It
  is cut, sorted by owner, into M = ⌈Σ q_k⌉ blocks; an owner's accounts stand in no more blocks than there is room.
- The q_k are laid end to end on a circle of length M. Points at distance 1 from one another, with one even random start
  φ in [0, 1), are dealt to the blocks in an even random turn: a block whose point lies on level k draws one of its
  accounts free for k, evenly. So level k has ⌊q_k⌋ or ⌈q_k⌉ draws, no account two, no owner too many.

An account that is drawn is asked for the level drawn and for nothing else. Hence, with b the block of account i and n
the accounts of b free for k, P(i drawn for k) = q_k / (M n), and for a pair of the plan
P(i asked for k) = P(i drawn for k) + E_φ[1(the pair does not give way at φ) · (1 − P(i drawn | φ))].
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.policy.plan.problem import Bools, Floats, Ints, Problem

_TINY = 1e-9


@dataclass(frozen=True)
class ExplorationDesign:
    """quota (5,) the q_k · blocks: M · block (m,) of each pair, −1 outside the pool · size (blocks, 5) accounts free ·
    planned (m,) · displaced (5,) the pair that gives way, −1 for none."""

    problem: Problem
    quota: Floats
    blocks: int
    block: Ints
    size: Ints
    planned: Bools
    displaced: Ints

    def counts(self, start: Floats) -> Ints:
        """(starts, 5) draws of each level when the points begin at `start`."""
        end = np.cumsum(self.quota)
        begin = end - self.quota
        return (np.ceil(end - start[:, None]) - np.ceil(begin - start[:, None])).astype(np.int64)

    def is_displaced(self, counts: Ints) -> Bools:
        """(starts, 5) whether the displaced pair of a level does."""
        return (counts > np.floor(self.quota + _TINY)) & (self.displaced >= 0)


def quotas(problem: Problem, exploration: float) -> Floats:
    """(5,) q_k: the share of the places that can be filled."""
    free = np.bincount(problem.level, minlength=len(problem.capacity))
    quota: Floats = exploration * np.minimum(problem.capacity, free)
    return quota


def reserved_for_exploration(quota: Floats) -> Ints:
    """(5,) places that the plan leaves to the lot."""
    return np.floor(quota + _TINY).astype(np.int64)


def exploration_design(problem: Problem, quota: Floats, planned: Bools, floor: Ints) -> ExplorationDesign:
    """`problem` with the capacity of the whole period; `floor` is what the plan must keep of each group."""
    quota, displaced = _displaced_pairs(problem, quota, planned, floor)
    blocks = int(np.ceil(quota.sum() - _TINY))
    block = _blocks(problem, planned, blocks)
    inside, shape = block >= 0, (max(blocks, 1), len(quota))
    cell = block[inside].astype(np.int64) * len(quota) + problem.level[inside]
    size = np.bincount(cell, minlength=shape[0] * shape[1]).astype(np.int64).reshape(shape)
    return ExplorationDesign(problem, quota, blocks, block, size, planned, displaced)


def exploration_draw(design: ExplorationDesign, seed: int) -> tuple[Bools, Bools]:
    """(m,) the pairs to ask, and which of them were drawn."""
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
    """The probability that each pair is asked, over the lots that might have been drawn: (m,), or of the
    `requested` pairs alone, which a plan of a few among millions is."""
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
    """P(drawn) of `pairs` where `draws` (5,) of each level are dealt to the blocks."""
    chance = np.zeros(len(pairs))
    block, level = design.block[pairs], design.problem.level[pairs]
    inside = block >= 0
    dealt = np.asarray(draws)[level[inside]]
    chance[inside] = dealt / (design.blocks * design.size[block[inside], level[inside]])
    return chance


def _segments(quota: Floats) -> tuple[Floats, Floats]:
    """Starts in [0, 1), one within each stretch in which the counts are the same, and the stretches' lengths."""
    ends = np.concatenate([[0.0], np.cumsum(quota)]) % 1.0
    edges = np.unique(np.concatenate([ends, [0.0, 1.0]]))
    return (edges[:-1] + edges[1:]) / 2, np.diff(edges)


def _displaced_pairs(problem: Problem, quota: Floats, planned: Bools, floor: Ints) -> tuple[Floats, Ints]:
    """For each level the planned pair of least worth without which, and without the others that give way, every floor
    stands. A level that is full and has none keeps its places: its quota is rounded down."""
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
