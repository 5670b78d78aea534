"""`metrics` on a simulated CRM: known figures, what is missing, and nothing from after the as-of instant."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.flows.programme import measure_programme
from advocate_score.flows.project import Silent, open_project
from advocate_score.programme.definitions import METRICS
from advocate_score.publication.list_files import parquet_bytes
from advocate_score.publication.publisher import publish
from flows.conftest import Run, made_plain

THEN = "2025-07-01"
MONEY = [
    f"programme.{one}" for one in ("cost_per_year=50000", "paid_cost_per_lead=400", "margin=0.3", "attribution=0.2")
]
HAPPENED = {
    "accounts": "created_at",
    "renewals": "occurred_at",
    "referrals": "occurred_at",
    "surveys": "answered_at",
    "asks": "asked_at",
    "assets": "published_at",
    "opportunities": "opened_at",
}
FILLED_LATER = {
    "asks": (("response", "responded_at", "recorded_at"), ("completed_at",)),
    "opportunities": (("closed_at", "won", "stage"),),
}


@pytest.fixture(scope="module")
def tidy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made_plain(tmp_path_factory.mktemp("tidy"), accounts=120, asks=700, seed=5, mess=False)
    accounts = pd.read_csv(folder / "tables" / "accounts.csv")["account_id"]
    for number, day in enumerate((datetime(2025, 6, 1), datetime(2025, 9, 1))):
        rows = pd.DataFrame({"account_id": accounts.repeat(5), "level": [1, 2, 3, 4, 5] * len(accounts)})
        rows = rows.assign(readiness=0.6 - 0.1 * rows["level"] + 0.2 * number, eligible=True)
        manifest = {"run_id": str(number), "as_of": day.date().isoformat()}
        publish(folder / "publications", day, {"readiness.parquet": parquet_bytes(rows)}, manifest)
    return folder


@pytest.fixture(scope="module")
def year(tidy: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    """All figures as of the end of 2025, and the file that they were written to."""
    out = tmp_path_factory.mktemp("out") / "deep" / "metrics.csv"
    return measured(tidy, "2026-01-01", out), out


def measured(folder: Path, as_of: str = THEN, out: Path | None = None) -> dict:
    project = open_project(folder / "advocate.toml", [*MONEY, "sources.refuse_quarantined=1.0"], Silent())
    return measure_programme(project, as_of, "quarter", 4, out)


def forget(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Takes out of the tables what was not known at `THEN`; interactions stay, so that the data cut does."""
    for name, happened in HAPPENED.items():
        rows = tables[name][~(tables[name][happened] >= THEN)].copy()
        for columns in FILLED_LATER.get(name, ()):
            later = (rows[[one for one in columns if one.endswith("_at")]] >= THEN).any(axis=1)
            rows.loc[later, [one for one in columns if one in rows]] = pd.NA
        rows.to_csv(folder / "tables" / f"{name}.csv", index=False)


def test_what_happened_later_changes_nothing(tidy: Path, tmp_path: Path) -> None:
    before = measured(tidy)
    other = Path(shutil.copytree(tidy, tmp_path / "then", symlinks=True))
    tables = {name: pd.read_csv(other / "tables" / f"{name}.csv", dtype=str) for name in HAPPENED}
    forget(other, tables)
    after = measured(other)
    assert sum(len(pd.read_csv(other / "tables" / f"{name}.csv")) for name in HAPPENED) < sum(map(len, tables.values()))
    assert json.dumps(after, sort_keys=True) == json.dumps(before, sort_keys=True)


def test_every_metric_is_measured_where_all_is_there(year: tuple[dict, Path]) -> None:
    found, _ = year
    assert found["not_measurable"] == []
    whole = {row["metric"]: row for row in found["metrics"] if row["by"] == "all" and row["period"] != "2025Q4"}
    assert set(whole) == {metric.slug for metric in METRICS}
    for row in found["metrics"]:
        if row["low"] is not None:
            assert row["low"] <= row["value"] <= row["high"], row
    rates = [row for row in found["metrics"] if row["unit"] == "share" and row["value"] is not None]
    assert all(-1 <= row["value"] <= 1 for row in rates)
    identified = {row["of"]: row["value"] for row in found["metrics"] if row["metric"] == "identification_rate"}
    assert (identified["1"], identified["5"]) == (1.0, 0.0)


def test_the_plain_counts_are_those_of_the_tables(tidy: Path, year: tuple[dict, Path]) -> None:
    found, _ = year
    last = {row["metric"]: row for row in found["metrics"] if row["by"] == "all" and row["period"] == "last_365d"}
    asks = pd.read_csv(tidy / "tables" / "asks.csv")
    asks = asks[(asks["level"] >= 1) & (asks["asked_at"] >= "2025-01-01") & (asks["asked_at"] < "2026-01-01")]
    assert last["asks_per_account"]["numerator"] == len(asks)
    assert last["most_asks_of_one_account"]["value"] == asks["account_id"].value_counts().max()
    referrals = pd.read_csv(tidy / "tables" / "referrals.csv")
    assert last["cost_per_lead"]["denominator"] == (referrals["occurred_at"] >= "2025-01-01").sum()
    deals = pd.read_csv(tidy / "tables" / "opportunities.csv")
    closed = deals[(deals["closed_at"] >= "2025-01-01") & (deals["closed_at"] < "2026-01-01") & deals["won"].notna()]
    parts = [last[f"win_rate_{one}_reference"] for one in ("with", "without")]
    assert sum(one["denominator"] for one in parts) == len(closed)
    assert sum(one["numerator"] for one in parts) == closed["won"].astype(bool).sum()


def test_the_return_is_told_with_what_it_assumes(year: tuple[dict, Path]) -> None:
    told, _ = year
    roi = told["roi"]
    assert roi["value"] == pytest.approx((roi["won_value"] * 0.3 * 0.2 - 50_000) / 50_000)
    assert roi["break_even_attribution"] == pytest.approx(50_000 / (roi["won_value"] * 0.3))
    assert any("20%" in sentence and "attribution" in sentence for sentence in told["roi_assumptions"]["en"])
    assert told["roi_assumptions"]["es"][0].startswith("El programa cuesta 50.000")
    assert len(told["roi_assumptions"]["es"]) == len(told["roi_assumptions"]["en"])


def test_an_absent_table_is_named_and_not_an_error(firm: Path, run: Run) -> None:
    for table in ("opportunities", "surveys", "assets"):
        (firm / "tables" / f"{table}.csv").unlink()
    asks = pd.read_csv(firm / "tables" / "asks.csv", dtype=str).drop(columns="completed_at")
    asks.to_csv(firm / "tables" / "asks.csv", index=False)
    told = run(firm, "metrics", "--as-of", "2026-01-01")
    needs = {one["metric"]: one["needs"] for one in told.result["not_measurable"]}
    assert told.code == 0
    assert needs["nps_base"] == ["surveys"]
    assert needs["completion_rate"] == ["asks.completed_at"]
    assert needs["win_rate_difference"] == ["opportunities"]
    assert needs["cost_per_lead"] == ["[programme] cost_per_year"]
    assert needs["identification_rate"] == ["publications/<date>/readiness.parquet"]
    assert "participation_rate" not in needs
    assert told.result["roi"] is None
    assert told.result["roi_needs"] == [f"[programme] {one}" for one in ("cost_per_year", "margin", "attribution")]


def test_a_firm_with_accounts_alone_gets_an_answer(firm: Path, run: Run) -> None:
    for table in (firm / "tables").iterdir():
        if table.name != "accounts.csv":
            table.unlink()
    told = run(firm, "metrics", "--as-of", "2026-01-01")
    assert (told.code, told.result["metrics"]) == (0, [])
    assert len(told.result["not_measurable"]) == len(METRICS)


def test_the_file_holds_every_figure_with_its_meaning(year: tuple[dict, Path]) -> None:
    found, out = year
    rows = pd.read_csv(out)
    assert len(rows) == len(found["metrics"]) + 1
    assert rows["metric"].tolist()[-1] == "roi_estimate"
    assert rows[["definition_en", "definition_es"]].notna().all().all()
    assert out.stat().st_mode & 0o777 == 0o600
    assert set(rows["start"].dropna().str.len()) == {10}


def test_people_read_it_on_the_terminal(
    tidy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.conftest import called

    config = str(tidy / "advocate.toml")
    arguments = ["advocate-score", "metrics", "--as-of", "2026-01-01", "--config", config, "--quiet"]
    plain = called([*arguments, *(word for one in MONEY for word in ("--set", one))], capsys, monkeypatch)
    assert plain.code == 0
    for words in ("participation_rate", "Over time", "2025Q4", "no data here can show that share"):
        assert words in plain.out
