import shutil
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import log_loss

from advocate_score.config import load_settings
from advocate_score.flows.train import reject_todays_values
from flows.conftest import Run

BASELINES = ["base_rate", "nps_rule", "smoothed_history", "logit", "lightgbm", "scorecard"]
PREDICTIONS = ["ask_id", "account_id", "level", "asked_at", "origin", "outcome", "readiness", *BASELINES]


def test_training_registers_a_challenger_that_promotion_makes_champion(promoted: Path) -> None:
    from mlflow import MlflowClient

    store = f"sqlite:///{promoted}/mlflow.db"
    client = MlflowClient(tracking_uri=store, registry_uri=store)
    aliases = client.get_registered_model("advocate-score-ladder").aliases
    assert {alias: str(version) for alias, version in aliases.items()} == {"challenger": "1", "champion": "1"}
    run = client.get_run(client.get_model_version("advocate-score-ladder", "1").run_id)
    assert run.data.params["maturity_days"] == "45"
    assert {"log_loss_macro", "smoothed_history/log_loss_macro", "asks"} <= run.data.metrics.keys()


@pytest.fixture
def in_service(champion: Path, promoted: Path) -> Path:
    """The firm with its champion in a store of its own, which a test may change."""
    shutil.copy(promoted / "mlflow.db", champion / "mlflow.db")
    config = champion / "advocate.toml"
    text = config.read_text(encoding="utf-8").replace(f"sqlite:///{promoted}/", f"sqlite:///{champion}/")
    config.write_text(text, encoding="utf-8")
    return champion


def test_methods_and_origins_hang_below_the_training(promoted: Path) -> None:
    from mlflow import MlflowClient

    store = f"sqlite:///{promoted}/mlflow.db"
    client = MlflowClient(store, store)
    run = client.get_run(client.get_model_version("advocate-score-ladder", "1").run_id)
    below = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    kinds = {kind: [one for one in below if one.data.tags["kind"] == kind] for kind in ("method", "origin")}
    assert {one.info.run_name for one in kinds["method"]} == {"readiness", "last_outcome", *BASELINES}
    assert len(kinds["origin"]) >= 2
    assert {one.info.status for one in below} == {"FINISHED"}
    own = next(one for one in kinds["method"] if one.info.run_name == "readiness")
    assert own.data.metrics["log_loss_macro"] == run.data.metrics["log_loss_macro"]
    assert own.data.params["bootstrap"] == "2"


def test_a_refresh_is_put_beside_the_champion_and_the_gate_says_the_same_later(in_service: Path, run: Run) -> None:
    told = run(in_service, "train").result["gate"]
    assert told["compared_with"] == "version 1, the same recipe"
    judged = run(in_service, "promote")
    assert told["would_promote"] == (judged.code == 0)
    if judged.code == 0:
        assert [check["check"] for check in judged.result["checks"]] == [check["check"] for check in told["checks"]]


def test_another_recipe_is_put_beside_the_champions(in_service: Path, run: Run) -> None:
    light = (in_service / "light.toml").read_text(encoding="utf-8")
    (in_service / "light.toml").write_text(light + '[recipes.logit]\ncomponents = ["logit"]\nbootstrap = 2\n')
    told = run(in_service, "train", "--set", "model.recipe=logit").result["gate"]
    assert told["compared_with"] == "version 1, another recipe"
    checks = {(check["reference"], check["check"]): check for check in told["checks"]}
    assert 0 <= checks["champion", "P(log loss lower)"]["value"] <= 1


def test_a_champion_that_reads_what_is_gone_bars_nobody(in_service: Path, run: Run) -> None:
    (in_service / "tables" / "surveys.csv").unlink()
    trained = run(in_service, "train")
    assert trained.code == 0, trained.err
    assert "reads what is missing now" in trained.err
    assert "scorecard" in trained.result["gate"]["compared_with"]
    old = run(in_service, "promote", "--version", "1")
    assert old.code == 2
    assert "today's tables cannot give" in old.err


def test_no_name_reaches_the_store(promoted: Path) -> None:
    """Account names of the tables are looked for in every byte that tracking wrote."""
    accounts = pd.read_csv(promoted / "tables" / "accounts.csv", dtype=str)
    names = [name.encode() for name in accounts["account_name"].dropna() if len(name) > 8]
    files = [promoted / "mlflow.db", *(file for file in (promoted / "mlartifacts").rglob("*") if file.is_file())]
    found = [file.name for file in files for content in [file.read_bytes()] if any(name in content for name in names)]
    assert len(names) > 50
    assert found == []


def test_a_small_log_is_held_by_the_gate_until_somebody_says_why(in_service: Path, run: Run) -> None:
    firm, gate = in_service, ["--set", "model.recipes=strict.toml"]
    (firm / "champion.json").unlink()
    light = (firm / "light.toml").read_text(encoding="utf-8")
    (firm / "strict.toml").write_text(light.replace("min_outcomes = 50", "min_outcomes = 100000"), encoding="utf-8")
    held = run(firm, "promote", *gate)
    assert held.code == 3
    assert "failed   P(log loss lower), cold scorecard" in held.err
    assert "passed   monotonicity violations" in held.err
    assert not (firm / "champion.json").exists()
    assert run(firm, "promote", *gate, "--force").code == 2
    forced = run(firm, "promote", *gate, "--force", "--reason", "first night")
    assert (forced.code, forced.result["forced"]) == (0, "first night")


@pytest.mark.parametrize(("change", "words"), [("drop", "asks"), ("accept", "all have the same")])
def test_row_76_what_teaches_nothing_is_refused_and_the_scorecard_still_works(
    firm: Path, run: Run, change: str, words: str
) -> None:
    file = firm / "tables" / "asks.csv"
    if change == "drop":
        file.unlink()
    else:
        asks = pd.read_csv(file, dtype=str)
        asks.assign(response="declined", completed_at=None).to_csv(file, index=False)
    refused = run(firm, "train")
    assert refused.code == 2
    assert words in refused.err
    assert run(firm, "score", "--as-of", "2026-01-01").code == 0


def test_promotion_without_a_training_says_what_to_do(firm: Path, run: Run) -> None:
    done = run(firm, "promote")
    assert done.code == 2
    assert "train" in done.err


def test_a_backtest_writes_the_predictions_it_speaks_of(firm: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "predictions.parquet"
    words = ["--origins", "2025-01-01,2025-07-01", "--predictions", str(file), "--controls"]
    found = run(firm, "backtest", *words)
    assert found.code == 0, found.err
    rows = pd.read_parquet(file)
    assert list(rows.columns) == PREDICTIONS
    assert (rows["asked_at"] >= rows["origin"]).all()
    told = {row["method"]: row["log_loss"] for row in found.result["evaluation"]}
    for method in ["readiness", *BASELINES]:
        assert told[method] == pytest.approx(log_loss(rows["outcome"], rows[method]), abs=1e-9)
    assert [row["origin"] for row in found.result["by_origin"]] == ["2025-01-01", "2025-07-01"]
    assert {check["check"]: check["passed"] for check in found.result["controls"]}["planted leak"]


def test_an_origin_without_asks_is_refused(firm: Path, run: Run) -> None:
    done = run(firm, "backtest", "--origins", "1999-01-01")
    assert done.code == 2
    assert "1999-01-01" in done.err


@pytest.mark.extra
def test_training_as_of_the_past_does_not_see_later_answers(firm: Path, run: Run) -> None:
    """The same training, from the export as it was then and from the one of today."""
    early = run(firm, "train", "--as-of", "2025-06-01").result
    asks = pd.read_csv(firm / "tables" / "asks.csv", dtype=str)
    later = asks["recorded_at"].fillna(asks["asked_at"]) >= "2025-06-01"
    asks.loc[later, ["response", "responded_at", "completed_at", "recorded_at"]] = None
    asks[asks["asked_at"] < "2025-06-01"].to_csv(firm / "tables" / "asks.csv", index=False)
    again = run(firm, "train", "--as-of", "2025-06-01").result
    assert (early["asks"], early["yes"]) == (again["asks"], again["yes"])
    assert early["evaluation"] == again["evaluation"]


LEAK = """
[[signals]]
name = "thanked"
family = "sentiment"
table = "mentions"
aggregate = "count"
lookback_days = 1
concept = "thanks"
en = "{value:.0f} thanks"
es = "{value:.0f} gracias"
"""


def test_row_55_a_fact_written_down_after_the_answer_is_refused(firm: Path, run: Run) -> None:
    """Whoever says yes is praised, and the praise is dated back to before the ask."""
    asks = pd.read_csv(firm / "tables" / "asks.csv", dtype=str)
    before = pd.to_datetime(asks["asked_at"], format="ISO8601", utc=True) - pd.Timedelta(hours=1)
    praise = asks.assign(mention_id="p" + asks["ask_id"], occurred_at=before.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    praise = praise.loc[asks["response"] == "accepted", ["mention_id", "account_id", "occurred_at"]]
    praise.drop_duplicates("mention_id").to_csv(firm / "tables" / "mentions.csv", index=False)
    with (firm / "advocate.toml").open("a", encoding="utf-8") as config:
        config.write(LEAK)
    refused = run(firm, "train")
    assert refused.code == 2
    assert "signal thanked: predicts past answers better" in refused.err


def test_row_54_a_column_without_history_is_refused_in_training_unless_it_is_static(firm: Path, run: Run) -> None:
    accounts = pd.read_csv(firm / "tables" / "accounts.csv", dtype=str, keep_default_na=False)
    accounts.assign(health=accounts["account_id"].str[-1]).to_csv(firm / "tables" / "accounts.csv", index=False)
    config = (firm / "advocate.toml").read_text(encoding="utf-8")
    own = LEAK.replace('"mentions"', '"accounts"').replace("lookback_days = 1", 'column = "health"')
    own = own.replace('"count"', '"value"').replace("{value:.0f}", "{value}")
    (firm / "advocate.toml").write_text(config + own, encoding="utf-8")
    refused = run(firm, "train")
    assert refused.code == 2
    assert "accounts.health has today's value only" in refused.err
    (firm / "advocate.toml").write_text(config + own + "static = true\n", encoding="utf-8")
    assert run(firm, "signals").code == 0
    reject_todays_values(load_settings(firm / "advocate.toml"))
