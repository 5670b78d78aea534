"""Twenty years of review requests in a public project, from export to lists. Skipped where the data is not at hand."""

import csv
import gzip
import math
import shutil
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.flows.setup import init_folder
from flows.conftest import Ran, called

SHARED = Path(__file__).parents[3] / "shared" / "real" / "uboot"
WINDOW = timedelta(days=180)
ORIGINS = [datetime(year, 1, 1) for year in range(2012, 2017)]

pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(not SHARED.exists(), reason=f"the public review log is not at {SHARED}"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "uboot"
    init_folder(folder)
    for file in SHARED.iterdir():
        shutil.copy(file, folder / "tables")
    with (folder / "advocate.toml").open("a", encoding="utf-8") as config:
        config.write((Path(__file__).parent / "signals.toml").read_text(encoding="utf-8"))
    return folder


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def call(command: str, *words: str) -> Ran:
        config = ["--config", str(project / "advocate.toml"), "--set", "model.maturity_days=180", "--json"]
        return called(["advocate-score", command, *words, *config], capsys, monkeypatch)

    return call


def test_the_known_dirt_is_quarantined_and_counted(run) -> None:
    done = run("check")
    assert done.code == 0, done.err
    counts = {table["table"]: table for table in done.result["tables"]}
    assert counts["interactions"]["quarantined"] == 23
    assert counts["interactions"]["rows_in"] == 136_649
    assert counts["asks"]["accepted"] == 11_455


def test_the_blend_beats_the_smoothed_history(run, tmp_path: Path) -> None:
    file = tmp_path / "predictions.parquet"
    origins = ",".join(f"{origin:%Y-%m-%d}" for origin in ORIGINS)
    done = run("backtest", "--origins", origins, "--predictions", str(file))
    assert done.code == 0, done.err
    told = {row["method"]: row["log_loss"] for row in done.result["evaluation"]}
    assert told["readiness"] < told["smoothed_history"] - 0.01
    rows = pd.read_parquet(file).set_index("ask_id")
    outcomes, baseline = recomputed()
    assert rows["outcome"].to_dict() == outcomes
    assert told["smoothed_history"] == pytest.approx(baseline, abs=0.002)


def test_the_night_runs_on_it(run, project: Path) -> None:
    assert run("train").code == 0
    promoted = run("promote")
    assert promoted.code == 0, promoted.err
    assert run("score").code == 0
    listed = pd.read_csv(project / "publications" / "current" / "level_1_testimonial.csv")
    assert len(listed) > 50
    assert listed["reason_1"].notna().all()


def recomputed() -> tuple[dict[str, int], float]:
    """Outcomes of the tested asks and the loss of the smoothed history, from the files alone."""
    with gzip.open(SHARED / "asks.csv.gz", "rt", encoding="utf-8") as file:
        asks = [parsed(row) for row in csv.DictReader(file)]
    cut = datetime(2016, 12, 29, 18, 8, 17)
    history = defaultdict(list)
    for ask in asks:
        history[ask["account"]].append(ask)
    outcomes, losses = {}, []
    for origin in ORIGINS:
        trained = [ask["yes"] for ask in asks if ask["at"] <= origin - WINDOW]
        rate = sum(trained) / len(trained)
        for ask in asks:
            if origin <= ask["at"] < origin.replace(year=origin.year + 1) and ask["at"] + WINDOW <= cut:
                past = [one["yes"] for one in history[ask["account"]] if one["known"] < ask["at"]]
                probability = (sum(past) + 10 * rate) / (len(past) + 10)
                outcomes[ask["id"]] = ask["yes"]
                losses.append(-math.log(probability if ask["yes"] else 1 - probability))
    return outcomes, sum(losses) / len(losses)


def parsed(row: dict[str, str]) -> dict:
    asked = instant(row["asked_at"])
    answered = instant(row["responded_at"]) if row["response"] == "accepted" else None
    yes = answered is not None and answered <= asked + WINDOW
    known = max(answered, instant(row["recorded_at"])) if answered and yes else asked + WINDOW
    return {"id": row["ask_id"], "account": row["account_id"], "at": asked, "yes": int(yes), "known": known}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
