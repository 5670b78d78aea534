import warnings
from pathlib import Path

import pandas as pd
import pytest

from advocate_score import LadderModel, Workspace
from advocate_score.errors import InputError
from flows.conftest import Run


@pytest.fixture
def firm_in_service(champion: Path) -> Workspace:
    return Workspace(champion / "advocate.toml")


def test_tables_and_signals_are_frames(firm: Path) -> None:
    opened = Workspace(firm / "advocate.toml")
    assert {"accounts", "asks"} <= set(opened.check()["table"])
    signals = opened.signals()
    assert set(signals.loc[signals["active"], "name"]) <= set(opened.asks().columns)


def test_asks_are_those_mature_by_then(firm: Path) -> None:
    opened = Workspace(firm / "advocate.toml")
    earlier, later = opened.asks("2025-01-01"), opened.asks()
    assert earlier["matures_at"].max() <= pd.Timestamp("2025-01-01")
    known = later.set_index("ask_id").loc[earlier["ask_id"]].reset_index()
    signals = [name for name in earlier if name not in ("outcome", "completed", "known_at")]
    pd.testing.assert_frame_equal(known[signals], earlier[signals])


def test_the_champion_scores_the_accounts_as_the_card_says(firm_in_service: Workspace) -> None:
    model, accounts = firm_in_service.champion(), firm_in_service.accounts("2026-01-01")
    assert isinstance(model, LadderModel)
    first = accounts.iloc[[0]]
    card = firm_in_service.explain(first["account_id"].iloc[0], "2026-01-01")
    told = [level["readiness"] for level in card["levels"]]
    assert model.readiness(first)[0].tolist() == pytest.approx(told)


def test_without_a_promotion_there_is_no_champion(firm: Path) -> None:
    with pytest.raises(InputError, match="promote"):
        Workspace(firm / "advocate.toml").champion()


def test_settings_can_be_overridden(firm: Path) -> None:
    opened = Workspace(firm / "advocate.toml", ["model.maturity_days=30"])
    assert opened.settings.model.maturity_days == 30
    assert opened.tracking_uri == opened.settings.tracking_uri


def test_a_simulated_firm_is_ready_and_replaces_nothing_else(tmp_path: Path, run: Run) -> None:
    firm = Workspace.simulated(tmp_path / "firm", accounts=40, asks=60, seed=2)
    assert len(firm.accounts()) >= 40
    assert run(tmp_path / "firm", "check").code == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious").touch()
    with pytest.raises(InputError, match="not empty"):
        Workspace.simulated(tmp_path / "other")


def test_a_warning_is_told_once(firm: Path) -> None:
    (firm / "tables" / "surprise.csv").write_text("a\n1\n", encoding="utf-8")
    opened = Workspace(firm / "advocate.toml")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        opened.asks()
        opened.asks()
    texts = [str(one.message) for one in told if one.category is UserWarning]
    assert texts
    assert len(texts) == len(set(texts))


def test_a_night_is_published_and_watched_from_python(firm_in_service: Workspace, tmp_path: Path, monkeypatch) -> None:
    readiness = firm_in_service.readiness()
    monkeypatch.chdir(tmp_path)
    night = firm_in_service.score()
    published = pd.read_parquet(Path(night["folder"]) / "readiness.parquet")
    assert set(readiness["level"]) == {1, 2, 3, 4, 5}
    merged = readiness.merge(published, on=["account_id", "level"], suffixes=("", "_published"))
    assert len(merged) == len(readiness) == len(published)
    assert (merged["readiness"] == merged["readiness_published"]).all()
    assert (merged["eligible"] == merged["eligible_published"]).all()
    assert firm_in_service.monitor()["publications"]


def test_a_relative_path_holds_after_a_change_of_folder(firm: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(firm)
    opened = Workspace("advocate.toml")
    before = opened.accounts()
    monkeypatch.chdir(tmp_path)
    pd.testing.assert_frame_equal(opened.accounts(), before)
