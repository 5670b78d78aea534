"""What does it cost to score every account, beside the least that any program must do with the same trees?

python -m benchmarks.scoring                          # a million accounts, and the growth to five million
python -m benchmarks.scoring --accounts 100000 --repeats 1
python -m benchmarks.scoring --rounds 160             # larger trees than the recipe would choose

The signals are given as a frame. Ours is the whole way from there: readiness with intervals, completion and evidence of
every account at five levels, the rules' verdicts joined, the ranking of each level, and the reasons of the rows that
are published, in both languages.

- The limit: `Booster.predict` of each booster of the bag, on rows that are encoded and copied for every level before
  the clock starts, 20,000 accounts at a time. What it gives is the trees' part of readiness and interval.
- One LightGBM a level: as many trees in all, a fifth of them for each level, on the same columns; readiness alone.
- `mlflow pyfunc`: the registered form of our model, which checks every row against its signature; readiness alone.

All of them use every processor. A model that is made up of 5,000 asks says nothing about quality; of speed it does.
"""

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import lightgbm
import mlflow
import numpy as np
import pandas as pd
from benchmarks.measured import Cost, Row, compared, row, tell
from benchmarks.training import asks, declared

from advocate_score.config import Settings
from advocate_score.flows.account_scores import reasons_by_language
from advocate_score.flows.project import Project, Silent
from advocate_score.model import persistence
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.predict import describe
from advocate_score.model.recipe import Boosting, Recipe
from advocate_score.publication.ranking import rank_accounts, readiness_table
from advocate_score.scoring import score_accounts
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.tracking import ladder_pyfunc

ASKS, NUMBERS, CATEGORIES, VALUES = 5_000, 56, 4, 8
CHUNK, LEVELS, LISTED = 20_000, 5, 200
RECORD = ("history_yes", "history_n")

Calls = Callable[[], object]


@dataclass(frozen=True)
class Trained:
    """A model on disk, and the asks that it learned from, whose signals the accounts are drawn from."""

    folder: Path
    digests: Mapping[str, str]

    @property
    def model(self) -> LadderModel:
        return persistence.load(self.folder / "ladder", self.digests)

    def accounts(self, count: int) -> pd.DataFrame:
        rows = pd.read_parquet(self.folder / "asks.parquet")
        inputs = [*RECORD, *(signal.name for signal in self.model.signals)]
        frame = rows[inputs].iloc[np.random.default_rng(1).integers(len(rows), size=count)].reset_index(drop=True)
        frame.insert(0, "account_id", pd.Series([f"A{number:09}" for number in range(count)], dtype="str"))
        return frame


def trained(folder: Path, rounds: int | None) -> Trained:
    categories = [signal for signal in shipped_catalogue().signals if signal.is_category][:CATEGORIES]
    signals = [*declared(NUMBERS), *categories]
    rows, draw = asks(ASKS, signals), np.random.default_rng(2)
    for signal in categories:
        rows[signal.name] = pd.Series([f"value {code}" for code in draw.integers(VALUES, size=ASKS)], dtype="str")
    rows["completed"] = (draw.random(ASKS) < 0.8).astype(float)
    rows.loc[rows["outcome"] == 0, "completed"] = np.nan
    recipe = Recipe() if rounds is None else Recipe(boosting=Boosting(rounds=(rounds,)))
    rows.to_parquet(folder / "asks.parquet")
    return Trained(folder, persistence.save(LadderModel(signals, recipe, seed=3).fit(rows), folder / "ladder"))


def verdicts_of(accounts: pd.DataFrame) -> pd.DataFrame:
    rows = len(accounts) * LEVELS
    eligible = np.random.default_rng(3).random(rows) < 0.7
    judged = {
        "account_id": accounts["account_id"].array.repeat(LEVELS),
        "level": np.tile(np.arange(1, 1 + LEVELS), len(accounts)),
        "eligible": eligible,
        "rule": pd.Series(["cooldown", ""], dtype="str").array.take(eligible.astype(np.int8)),
    }
    return pd.DataFrame(judged, copy=False)


def ours(given: Trained, count: int) -> Calls:
    model, accounts = given.model, given.accounts(count)
    verdicts = verdicts_of(accounts)
    project = Project(Settings(folder=given.folder), shipped_catalogue(), Silent())

    def night() -> object:
        table = readiness_table(score_accounts(model, accounts), verdicts)
        best = rank_accounts(table, LISTED)
        return best, reasons_by_language(project, model, accounts, best)

    return night


def bare_prediction(given: Trained, count: int) -> Calls:
    boosters, matrix = given.model.fitted_.bag.boosters, repeated(given)

    def night() -> object:
        return [
            [one.predict(matrix[: LEVELS * min(CHUNK, count - start)], raw_score=True) for one in boosters]
            for start in range(0, count, CHUNK)
        ]

    return night


def repeated(given: Trained) -> np.ndarray:
    """The rows of a chunk as the boosters read them, each once a level, the level in front."""
    encoded = describe(given.model.fitted_, given.accounts(CHUNK)).trees.table.to_numpy(np.float64)
    return np.column_stack([np.tile(np.arange(float(LEVELS)), CHUNK), np.repeat(encoded, LEVELS, axis=0)])


def one_model_a_level(given: Trained, count: int) -> Calls:
    matrix = repeated(given)[::LEVELS, 1:].copy()
    boosters = given.model.fitted_.bag.boosters
    rounds = sum(one.num_trees() for one in boosters) // LEVELS
    draw = np.random.default_rng(4)
    options = {"objective": "binary", "num_leaves": Boosting().leaves, "verbosity": -1}
    made = [lightgbm.train(options, lightgbm.Dataset(matrix, draw.random(CHUNK) < 0.3), rounds) for _ in range(LEVELS)]

    def night() -> object:
        return [[one.predict(matrix[: min(CHUNK, count - start)]) for one in made] for start in range(0, count, CHUNK)]

    return night


def pyfunc(given: Trained, count: int) -> Calls:
    accounts = given.accounts(count).drop(columns="account_id")
    warnings.filterwarnings("ignore", module="mlflow")
    with tempfile.TemporaryDirectory() as name:
        saved = str(Path(name) / "model")
        (Path(name) / "digests.json").write_text(pd.Series(dict(given.digests)).to_json(), encoding="utf-8")
        mlflow.pyfunc.save_model(
            saved,
            python_model=ladder_pyfunc.__file__,
            artifacts={"ladder": str(given.folder / "ladder"), "digests": str(Path(name) / "digests.json")},
            signature=mlflow.models.infer_signature(accounts.head(100)),
            pip_requirements=[],
        )
        loaded = mlflow.pyfunc.load_model(saved)
    return lambda: loaded.predict(accounts)


def beside(cost: Cost, limit: Cost, count: int, of: int) -> Row:
    """Of `count` accounts, where the limit is of `of`."""
    alike = Cost(limit.seconds * count / of, limit.processor, limit.peak_mb)
    return row("", cost, alike, accounts=count, **{"µs an account": round(1e6 * cost.seconds / count, 1)})


def of_the_data_mb(given: Trained, count: int) -> float:
    """What goes in and comes out: accounts and verdicts; scores, and the table, whose scores are rounded."""
    accounts = given.accounts(CHUNK)
    verdicts, scores = verdicts_of(accounts), score_accounts(given.model, accounts)
    whole = sum(frame.memory_usage(deep=True).sum() for frame in (accounts, verdicts, scores))
    rounded = scores[["readiness", "readiness_low", "readiness_high", "completion"]].memory_usage().sum()
    return float((whole + rounded) * count / CHUNK / 2**20)


def rows_of(given: Trained, count: int, repeats: int, growth: int) -> list[Row]:
    most = min(count, 100_000)
    works = {
        "bare prediction (the limit)": (partial(bare_prediction, given, count), count),
        "ours, end to end": (partial(ours, given, count), count),
        "one LightGBM a level": (partial(one_model_a_level, given, count), count),
        "mlflow pyfunc": (partial(pyfunc, given, most), most),
    }
    costs = compared({name: work for name, (work, _) in works.items()}, repeats)
    sizes = {name: size for name, (_, size) in works.items()}
    if growth > 1:
        name = f"ours, × {growth} accounts"
        costs |= compared({name: partial(ours, given, growth * count)}, 1)
        sizes[name] = growth * count
    limit = next(iter(costs.values()))
    found = [beside(cost, limit, sizes[name], count) | {"": name} for name, cost in costs.items()]
    for one in found[1:2] + found[4:]:
        one["MB beyond the data"] = round(one["peak MB"] - of_the_data_mb(given, one["accounts"]))
    return found


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--accounts", type=int, default=1_000_000)
    told.add_argument("--repeats", type=int, default=3, help="of each; medians are told")
    told.add_argument("--growth", type=int, default=5, help="how many times more accounts for the last line; 1: none")
    told.add_argument("--rounds", type=int, help="trees of each booster; the recipe's choice without")
    told.add_argument("--json", action="store_true")
    given = told.parse_args()
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    with tempfile.TemporaryDirectory() as folder:
        model = trained(Path(folder), given.rounds)
        trees = [one.num_trees() for one in model.model.fitted_.bag.boosters]
        print(f"{len(trees)} boosters, {sum(trees)} trees, {NUMBERS + CATEGORIES} signals", file=sys.stderr)
        tell("scoring", rows_of(model, given.accounts, given.repeats, given.growth), as_json=given.json)


if __name__ == "__main__":
    main()
