"""`monitor`: publications whose readiness is known to be wrong, right, or moved are told as such."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advocate_score.publication.list_files import parquet_bytes
from advocate_score.publication.publisher import publish
from advocate_score.tracking.ledger import add_promotion
from flows.conftest import Run, made_plain, promotion

FIRST, SECOND, AS_OF = datetime(2025, 1, 1), datetime(2025, 6, 1), "2025-10-01"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_plain(tmp_path_factory.mktemp("monitored") / "firm", accounts=120, asks=700, seed=5, mess=False)


@pytest.fixture
def monitored(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(plain, tmp_path / "firm"))


def published(
    firm: Path, day: datetime, readiness: float, version: str = "1", raised: "pd.Series[str] | tuple[()]" = ()
) -> None:
    """`raised`: accounts whose readiness is far higher."""
    accounts = pd.read_csv(firm / "tables" / "accounts.csv")["account_id"]
    rows = pd.DataFrame({"account_id": accounts.repeat(5), "level": [1, 2, 3, 4, 5] * len(accounts)})
    spread = rows["account_id"].factorize()[0] / len(accounts) * 0.1
    manifest = {"run_id": day.date().isoformat(), "as_of": day.date().isoformat()}
    model = {"name": "advocate-score-ladder", "version": version, "digest": "d"}
    stated = np.where(rows["account_id"].isin(list(raised)), 0.95, readiness + spread)
    files = {"readiness.parquet": parquet_bytes(rows.assign(readiness=stated, eligible=True))}
    publish(firm / "publications", day, files, manifest | {"model": model})


def test_too_high_predictions_and_moved_readiness_are_named_in_both_languages(monitored: Path, run: Run) -> None:
    published(monitored, FIRST, 0.85)
    published(monitored, SECOND, 0.3, version="2")
    told = run(monitored, "monitor", "--as-of", "2025-06-15")
    assert told.code == 0
    verdicts = {row["level"]: row["verdict"] for row in told.result["realised"]}
    assert verdicts["pooled"] == "too_high"
    assert [one["version"] for one in told.result["compared"]] == ["1", "2"]
    assert {row["name"] for row in told.result["drift"] if row["kind"] == "readiness" and row["drifted"]} == set(
        "12345"
    )
    words = told.result["findings"]
    assert any("predictions were too high" in one for one in words["en"])
    assert any("demasiado altas" in one for one in words["es"])
    assert any("Readiness for level 1 has moved" in one for one in words["en"])


def test_a_kind_of_client_for_which_readiness_is_wrong_is_named_and_ends_with_3_on_request(
    monitored: Path, run: Run
) -> None:
    """Everybody has the share of yes that there was; then the clients of one region are promised to be almost sure."""
    asks = pd.read_csv(monitored / "tables" / "asks.csv")
    asks = asks[(asks["level"] >= 1) & (asks["asked_at"] >= "2025-01-01") & (asks["asked_at"] < "2025-08-17")]
    share = (asks["response"] == "accepted").mean()
    accounts = pd.read_csv(monitored / "tables" / "accounts.csv")
    asked = asks.merge(accounts, on="account_id").groupby("region")["account_id"].nunique()
    assert asked.max() >= 10
    published(monitored, FIRST, share - 0.05)
    calm = run(monitored, "monitor", "--as-of", AS_OF, "--strict")
    assert (calm.code, calm.result["wrong"]) == (0, [])
    assert {row["attribute"] for row in calm.result["segments"]} >= {"industry", "region", "segment", "owner"}
    assert any("wrong for none" in one for one in calm.result["findings"]["en"])

    those = accounts.loc[accounts["region"] == asked.idxmax(), "account_id"]
    shutil.rmtree(monitored / "publications")
    published(monitored, FIRST, share - 0.05, raised=those)
    told = run(monitored, "monitor", "--as-of", AS_OF)
    assert told.code == 0
    assert f"region {asked.idxmax()}" in told.result["wrong"]
    begun = f"Region {asked.idxmax()}: predictions were too high"
    assert any(one.startswith(begun) for one in told.result["findings"]["en"])
    assert run(monitored, "monitor", "--as-of", AS_OF, "--strict").code == 3


def test_each_ask_is_held_against_the_last_publication_before_it(monitored: Path, run: Run) -> None:
    asks = pd.read_csv(monitored / "tables" / "asks.csv")
    asks = asks[(asks["level"] >= 1) & (asks["asked_at"] >= "2025-01-01") & (asks["asked_at"] < "2025-08-17")]
    published(monitored, FIRST, 0.2)
    published(monitored, SECOND, 0.6)
    told = run(monitored, "monitor", "--as-of", AS_OF).result
    pooled = told["realised"][0]
    assert pooled["n"] == told["asks"]["judged"] == len(asks)
    late = (asks["asked_at"] >= "2025-06-01").mean()
    assert pooled["predicted"] == pytest.approx(0.2 + 0.4 * late + 0.05, abs=0.03)


def test_later_asks_and_publications_change_nothing(monitored: Path, run: Run) -> None:
    published(monitored, FIRST, 0.4)
    before = run(monitored, "monitor", "--as-of", AS_OF).result
    published(monitored, datetime(2025, 11, 1), 0.9)
    asks = pd.read_csv(monitored / "tables" / "asks.csv", dtype=str)
    asks.loc[asks["asked_at"] >= AS_OF, "response"] = "accepted"
    asks.loc[asks["recorded_at"] >= AS_OF, "response"] = "accepted"
    later = asks["asked_at"] >= AS_OF
    asks[~later | (asks.index % 2 == 0)].to_csv(monitored / "tables" / "asks.csv", index=False)
    after = run(monitored, "monitor", "--as-of", AS_OF).result
    assert later.any()
    assert json.dumps(after, sort_keys=True) == json.dumps(before, sort_keys=True)


def test_a_model_is_not_praised_for_what_it_learned(monitored: Path, run: Run) -> None:
    add_promotion(monitored, promotion("advocate-score-ladder", datetime(2025, 9, 1)))
    published(monitored, FIRST, 0.4)
    told = run(monitored, "monitor", "--as-of", AS_OF).result
    assert (told["asks"]["judged"], told["realised"]) == (0, [])
    assert told["asks"]["learned_from"] > 50


def test_without_publications_there_is_nothing_to_judge(monitored: Path, run: Run) -> None:
    told = run(monitored, "monitor", "--as-of", AS_OF)
    assert (told.code, told.result["realised"], told.result["drift"]) == (0, [], [])
    assert len(told.result["findings"]["en"]) == len(told.result["findings"]["es"]) == 1


def test_a_publication_that_was_changed_is_not_believed(monitored: Path, run: Run) -> None:
    published(monitored, FIRST, 0.4)
    file = monitored / "publications" / "2025-01-01" / "readiness.parquet"
    pd.read_parquet(file).assign(readiness=0.01).to_parquet(file, index=False)
    assert run(monitored, "monitor", "--as-of", AS_OF).result["asks"]["judged"] == 0


def test_steady_signals_are_told_as_steady_and_another_date_can_be_chosen(monitored: Path, run: Run) -> None:
    for day in (FIRST, SECOND, datetime(2025, 6, 2)):
        published(monitored, day, 0.4)
    told = run(monitored, "monitor", "--as-of", AS_OF, "--against", "2025-06-01").result
    assert [one["date"] for one in told["compared"]] == ["2025-06-01", "2025-06-02"]
    assert not [row["name"] for row in told["drift"] if row["drifted"]]
    assert any("Nothing has drifted since 2025-06-01" in one for one in told["findings"]["en"])
    assert "relationship_days" not in {row["name"] for row in told["drift"]}
    assert run(monitored, "monitor", "--as-of", AS_OF, "--against", "2025-06-02").code == 2


def test_people_read_it_on_the_terminal(
    monitored: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.conftest import called

    published(monitored, FIRST, 0.85)
    published(monitored, SECOND, 0.85)
    config = str(monitored / "advocate.toml")
    arguments = ["advocate-score", "monitor", "--as-of", AS_OF, "--config", config, "--quiet"]
    told = called([*arguments, "--set", "outputs.language=es"], capsys, monkeypatch)
    assert told.code == 0
    assert "demasiado altas" in told.out
    assert "2025-01-01 (version 1)" in told.out
