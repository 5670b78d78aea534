"""Does the plan do more for the firm, and less to its clients, than what firms do without it?

    python -m benchmarks.forward [--seeds 20] [--quarters 8] [--accounts 600] [--jobs 2]

Every strategy plays the same quarters of the same simulated firms, at the same capacity, with the same model. Prints
the means over the worlds and the paired differences to `greedy`, with their 90 % intervals.
"""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.forward.night import Eyes
from benchmarks.forward.play import played
from benchmarks.forward.stage import drawn_stage
from benchmarks.forward.strategies import STRATEGIES

from advocate_score import config
from advocate_score.engine.open import open_engine
from advocate_score.simulate.world import World

_NINETY_PERCENT = 1.645


def one_world(seed: int, accounts: int, quarters: int, bootstrap: int, burning: bool) -> list[dict[str, object]]:
    years = 3 + quarters / 4
    world = World(accounts=accounts, asks=round(accounts * 4 * years / 3), seed=seed, years=years, mess=False)
    stage = drawn_stage(world, quarters, burning)
    with tempfile.TemporaryDirectory() as folder, open_engine(config.Engine(threads=1), Path(folder)) as engine:
        eyes = Eyes(stage, engine)
        model = eyes.learned(seed, bootstrap)
        return [
            {"seed": seed, "strategy": name, **played(stage, eyes, model, name, strategy)}
            for name, strategy in STRATEGIES.items()
        ]


def told(found: pd.DataFrame) -> str:
    means = found.drop(columns="seed").groupby("strategy").mean().loc[list(STRATEGIES)]
    means["of_oracle"] = means["worth"] / means.loc["oracle", "worth"]
    lines = [means.round(3).to_string(), "", "worth against greedy, paired by world:"]
    worth = found.pivot_table(index="seed", columns="strategy", values="worth")
    for name in STRATEGIES:
        gain = worth[name] / worth["greedy"] - 1
        error = _NINETY_PERCENT * gain.std(ddof=1) / np.sqrt(len(gain))
        lines.append(f"  {name:14} {100 * gain.mean():+6.1f} % ± {100 * error:.1f} (90 %, {len(gain)} worlds)")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quarters", type=int, default=8)
    parser.add_argument("--accounts", type=int, default=600)
    parser.add_argument("--bootstrap", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--no-burning", dest="burning", action="store_false", help="asks tire, but burn nobody")
    parser.add_argument("--out", type=Path, help="every world and strategy as JSON lines")
    asked = parser.parse_args()
    rows: list[dict[str, object]] = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        worlds = range(1, asked.seeds + 1)
        done = [
            pool.submit(one_world, seed, asked.accounts, asked.quarters, asked.bootstrap, asked.burning)
            for seed in worlds
        ]
        for number, one in enumerate(as_completed(done), start=1):
            rows += one.result()
            print(f"\r{number} of {asked.seeds} worlds", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if asked.out:
        asked.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    print(told(pd.DataFrame(rows).sort_values(["seed", "strategy"])))


if __name__ == "__main__":
    main()
