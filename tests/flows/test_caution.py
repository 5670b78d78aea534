"""What a reader is told about the reach of the asks, and about what-if: in the lists' language, wherever they look."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.score import score_and_publish
from flows.conftest import AS_OF, Run
from publication.test_report import data_of

BANNER = {
    "en": "The model has not learned from your own asks yet, so treat the percentages as rough",
    "es": "El modelo aún no ha aprendido de sus propias peticiones",
}


def speak(firm: Path, language: str) -> None:
    with (firm / "advocate.toml").open("a", encoding="utf-8") as config:
        config.write(f'[outputs]\nlanguage = "{language}"\n')


def test_where_propensities_are_logged_nobody_is_warned(published: Path) -> None:
    told = json.loads((published / "publications" / AS_OF / "manifest.json").read_text(encoding="utf-8"))
    assert told["selection"]["identified"] == 1.0
    assert 0 < told["selection"]["never_asked"] < 1
    assert told["selection"]["effective_size"] < told["selection"]["asks"]
    assert not [one for one in told["warnings"] if "percentages as rough" in one]


def test_the_banner_stands_in_the_result_the_manifest_and_on_top_of_the_report(firm: Path, run: Run) -> None:
    speak(firm, "es")
    result = run(firm, "score", "--as-of", AS_OF).result
    folder = Path(result["folder"])
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    page = data_of((folder / "report.html").read_bytes())
    assert result["banner"].startswith(BANNER["es"])
    assert result["banner"] in told["warnings"]
    assert page["banner"]["es"] == result["banner"]
    assert page["banner"]["en"].startswith(BANNER["en"])
    low, modelled, high = (told["selection"][f"never_asked_yes_{end}"] for end in ("low", "modelled", "high"))
    assert low < modelled < high
    assert f"entre el {100 * low:.0f} y el {100 * high:.0f} %" in result["banner"]


@pytest.fixture(scope="module")
def night(crm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firm with a night of the scorecard's; not to be changed."""
    folder = Path(shutil.copytree(crm, tmp_path_factory.mktemp("night") / "firm"))
    score_and_publish(open_project(folder / "advocate.toml", [], Silent()), AS_OF, backfill=False, replace=False)
    return folder


@pytest.fixture(scope="module")
def scored(night: Path) -> pd.DataFrame:
    return pd.read_parquet(night / "publications" / AS_OF / "readiness.parquet")


def test_explain_tells_what_would_move_the_model_and_calls_it_that(
    night: Path, firm: Path, scored: pd.DataFrame, run: Run
) -> None:
    nearly = scored[(scored["level"] == 2) & scored["eligible"] & (scored["readiness"] < 0.5)]
    account = nearly.sort_values("readiness")["account_id"].iloc[-1]
    card = run(night, "explain", account, "--as-of", AS_OF).result
    assert card["banner"].startswith(BANNER["en"])
    assert card["what_if_note"].startswith("Model response, not effect")
    readiness = {level["level"]: level["readiness"] for level in card["levels"]}
    assert {change["level"] for change in card["what_if"]} >= {2}
    for change in card["what_if"]:
        assert change["readiness_from"] == pytest.approx(readiness[change["level"]], abs=1e-9)
        assert change["readiness_to"] > change["readiness_from"]
        assert f"{100 * change['readiness_to']:.0f}%" in change["sentence"]
    speak(firm, "es")
    spanish = run(firm, "explain", account, "--as-of", AS_OF).result
    assert spanish["what_if_note"].startswith("Respuesta del modelo, no efecto")
    assert all("en lugar del" in change["sentence"] for change in spanish["what_if"])
    figures = [[(one["signal"], one["to"]) for one in told["what_if"]] for told in (card, spanish)]
    assert figures[0] == figures[1]


def test_a_clients_no_is_not_to_be_won_over(night: Path, scored: pd.DataFrame, run: Run) -> None:
    refused = scored[(scored["rule"] == "declined") & (scored["readiness"] < 0.5)].iloc[0]
    card = run(night, "explain", refused["account_id"], "--as-of", AS_OF).result
    assert refused["level"] not in {change["level"] for change in card["what_if"]}


def test_later_rows_change_nothing_of_what_would_move_the_model(firm: Path, run: Run) -> None:
    file = firm / "tables" / "interactions.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    account = rows.loc[rows["occurred_at"] < "2025-01-01", "account_id"].iloc[0]
    before = run(firm, "explain", account, "--as-of", "2025-06-01").result
    assert before["what_if"]
    late = {"occurred_at": "2025-07-01T00:00:00Z", "recorded_at": "2025-07-01T00:00:00Z", "executive": "true"}
    later = rows[rows["account_id"] == account].assign(**late)
    later["interaction_id"] = "later-" + later["interaction_id"]
    pd.concat([rows, later]).to_csv(file, index=False)
    after = run(firm, "explain", account, "--as-of", "2025-06-01").result
    assert (after["what_if"], after["banner"]) == (before["what_if"], before["banner"])
