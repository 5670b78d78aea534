"""How often is a kind of client called wrong where readiness is right, and how often is one found that is wrong?

    python -m benchmarks.segments 100

Made-up answers whose probability is known, so that readiness can be right or wrong by construction. Accounts have an
industry, a segment, a region, a language and an account manager, about 50 kinds in all, and some ask most of a few
accounts; accounts differ by what no table shows, so that the answers of one account are alike.
Argument: worlds in which readiness is right; where it is wrong there are a fifth of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from benchmarks.measured import Row, numbers_asked, tell
from scipy.special import expit, logit

from advocate_score.monitoring.segments import by_segment, judged, wrong
from advocate_score.stats import wilson

KINDS = {"industry": 10, "segment": 3, "region": 6, "language": 4, "owner": 25}
WRONG_KIND = ("industry", "industry 3")


@dataclass(frozen=True)
class Answers:
    """asks, accounts: as `by_segment` takes them."""

    asks: pd.DataFrame
    accounts: pd.DataFrame


def answers(
    seed: int, accounts: int = 600, asks: int = 1_500, shift: float = 0.0, slope: float = 1.0, alike: float = 0.5
) -> Answers:
    """Draw a world.

    Parameters
    ----------
    seed : of the world.
    accounts, asks : how many; a fifth of the accounts is never asked.
    shift : how far readiness of `WRONG_KIND` is too high, in log-odds; 0: it is right.
    slope : by which the log-odds of that kind are to be multiplied; −1 turns its order round.
    alike : deviation, in log-odds, of what the answers of one account share.
    """
    rng = np.random.default_rng(seed)
    named = {name: rng.choice(many, accounts, p=_shares(many)) for name, many in KINDS.items()}
    table = pd.DataFrame({name: [f"{name} {code}" for code in codes] for name, codes in named.items()})
    table.insert(0, "account_id", [f"A{number:05}" for number in range(accounts)])
    often = rng.gamma(0.7, size=accounts) * (rng.random(accounts) < 0.8)
    account, level = rng.choice(accounts, asks, p=often / often.sum()), rng.integers(1, 6, asks)
    own = rng.normal(size=accounts)[account]
    truth = 0.6 - 0.5 * level + own
    is_wrong = table[WRONG_KIND[0]].to_numpy()[account] == WRONG_KIND[1]
    shared = alike * rng.normal(size=accounts)[account]
    middle = np.where(is_wrong, 0.6 - 0.5 * level + slope * own, truth)
    outcome = rng.random(asks) < expit(_steeper(middle, alike) + shared)
    readiness = expit(np.where(is_wrong, truth + shift, truth))
    rows = {"account_id": table["account_id"].to_numpy()[account], "level": level, "outcome": outcome.astype(float)}
    return Answers(pd.DataFrame({**rows, "readiness": readiness}), table)


def _shares(many: int) -> np.ndarray:
    size = 1 / np.arange(1, many + 1)
    return np.asarray(size / size.sum())


def _steeper(log_odds: np.ndarray, alike: float) -> np.ndarray:
    """Return log-odds whose mean probability over the accounts' own part is that of `log_odds`, by Gauss–Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    grid = np.linspace(-12, 12, 2_001)
    mean = expit(grid[:, None] + alike * nodes) @ (weights / weights.sum())
    return np.interp(log_odds, logit(mean), grid)


CASES: dict[str, dict[str, float]] = {
    "right": {},
    "right, 300 asks": {"asks": 300, "accounts": 200},
    "right, answers of an account much alike": {"alike": 1.5},
    "right, 10,000 asks": {"asks": 10_000, "accounts": 3_000},
    "one industry too high by 0.5": {"shift": 0.5},
    "one industry too high by 1": {"shift": 1.0},
    "one industry too high by 1.5": {"shift": 1.5},
    "one industry in the wrong order": {"slope": -1.0},
}


def figures(worlds: int) -> list[Row]:
    right = [name for name in CASES if name.startswith("right")]
    return [_row(name, change, worlds if name in right else max(1, worlds // 5)) for name, change in CASES.items()]


def _row(name: str, change: dict[str, float], worlds: int) -> Row:
    told = found = judged_kinds = 0
    for seed in range(worlds):
        made = answers(seed, **change)  # type: ignore[arg-type]
        table = by_segment(made.asks, made.accounts, set(made.asks["account_id"]), draws=2)
        off = set(zip(wrong(table)["attribute"], wrong(table)["value"], strict=True))
        is_right = "shift" not in change and "slope" not in change
        told += bool(off if is_right else off - {WRONG_KIND})
        found += WRONG_KIND in off
        judged_kinds += judged(table)
    low, high = wilson(told / worlds, worlds)
    return {
        "": name,
        "kinds judged": round(judged_kinds / worlds, 1),
        "wrongly told": f"{told / worlds:.1%} ({low:.1%}–{high:.1%})",
        "found": "" if is_right else f"{found / worlds:.0%}",
        "worlds": worlds,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    given = numbers_asked(__doc__, {"worlds": 100}, arguments)
    tell("segments", figures(given.worlds), as_json=given.json)


if __name__ == "__main__":
    main()
