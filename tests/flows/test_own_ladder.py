"""A firm's own ladder, shorter or longer than ours, through the whole pipeline: the configuration alone says so."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.simulate.crm import simulate_crm, write_crm
from advocate_score.simulate.world import World
from flows.conftest import CONFIG, LIGHT, Ran, Run

SHORT = {1: "quote", 2: "webinar", 3: "council"}
LONG = {
    1: "quote",
    2: "testimonial",
    3: "case_study",
    4: "reference_call",
    5: "webinar",
    6: "keynote",
    7: "advisory_board",
}
LEVEL_AFTER: Mapping[int, Mapping[int, tuple[int, ...]]] = {
    3: {1: (1,), 2: (2,), 3: (2,), 4: (3,), 5: (3,)},
    7: {1: (1, 2), 2: (3,), 3: (4,), 4: (5, 6), 5: (7,)},
}
AS_OF = "2026-01-01"


def declared(slugs: Mapping[int, str]) -> str:
    sections = []
    for number, slug in slugs.items():
        names = f'names = {{ en = "{slug.title()} please", es = "Pedir {slug}" }}'
        figures = f"effort_minutes = {10 * number}\ncapacity = {number + 1}\nworth = {number}"
        sections.append(f'[[ladder.levels]]\nnumber = {number}\nslug = "{slug}"\n{names}\n{figures}')
    return "\n".join(sections)


def relevelled(file: Path, levels: Mapping[int, tuple[int, ...]]) -> None:
    """Moves each row of a table to the new ladder, evenly where a level became several."""
    table = pd.read_csv(file, dtype="str", keep_default_na=False)
    old = pd.to_numeric(table["level"], errors="coerce")
    new = [
        str(level) if level not in levels else str(levels[level][row % len(levels[level])])
        for row, level in enumerate(old.fillna(0).astype("int64"))
    ]
    table.assign(level=pd.Series(new).where(old.notna().to_numpy(), "")).to_csv(file, index=False)


@pytest.fixture(scope="module", params=[SHORT, LONG], ids=["3 levels", "7 levels"])
def slugs(request: pytest.FixtureRequest) -> Mapping[int, str]:
    levels: Mapping[int, str] = request.param
    return levels


@pytest.fixture(scope="module")
def firm(slugs: Mapping[int, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own ladder") / "firm"
    folder.mkdir()
    formats = '[outputs]\nformats = ["csv", "parquet", "html", "xlsx"]\n'
    (folder / "advocate.toml").write_text(f"{CONFIG}{formats}{declared(slugs)}\n", encoding="utf-8")
    (folder / "light.toml").write_text(LIGHT, encoding="utf-8")
    write_crm(simulate_crm(World(accounts=150, asks=900, seed=3, favouritism=0.5, mess=False)), folder)
    for table in ("asks", "assets"):
        relevelled(folder / "tables" / f"{table}.csv", LEVEL_AFTER[len(slugs)])
    return folder


def ran(run: Run, firm: Path, command: str, *words: str) -> Ran:
    result = run(firm, command, *words)
    assert result.code == 0, result.err
    return result


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


def test_the_scorecard_and_then_a_trained_model_fill_every_list(slugs: Mapping[int, str], firm: Path, run: Run) -> None:
    ran(run, firm, "check")
    scored = ran(run, firm, "score", "--as-of", "2025-12-31", "--backfill").result
    assert [row["level"] for row in scored["levels"]] == [*slugs]
    ran(run, firm, "train")
    ran(run, firm, "promote", "--force", "--reason", "a small log")
    folder = Path(ran(run, firm, "score", "--as-of", AS_OF).result["folder"])
    _lists_are_of_the_ladder(folder, slugs)
    _plan_keeps_to_the_capacities(folder, slugs)
    card = ran(run, firm, "explain", rows_of(folder / "candidates.csv")[0]["account_id"]).result
    assert len(card["levels"]) == len(slugs)
    measured = ran(run, firm, "metrics").result
    assert {row["of"] for row in measured["metrics"] if row["by"] == "level"} == {str(number) for number in slugs}
    ran(run, firm, "monitor")
    matched = ran(run, firm, "match", "--level", str(len(slugs)), "--segment", "mid-market").result
    assert matched["ask"] == f"{slugs[len(slugs)].title()} please"


def _lists_are_of_the_ladder(folder: Path, slugs: Mapping[int, str]) -> None:
    assert {file.name for file in folder.glob("level_*.csv")} == {f"level_{n}_{slug}.csv" for n, slug in slugs.items()}
    readiness = pd.read_parquet(folder / "readiness.parquet")
    assert [*readiness["level"].unique()] == [*slugs]
    by_account = readiness.pivot_table(index="account_id", columns="level", values="readiness")
    assert (by_account.diff(axis=1).iloc[:, 1:] <= 1e-12).all(axis=None)
    for number, slug in slugs.items():
        listed = rows_of(folder / f"level_{number}_{slug}.csv")
        assert listed
        assert {row["ask"] for row in listed} == {f"{slug.title()} please"}
    assert f"readiness_{len(slugs)}" in rows_of(folder / "crm_load.csv")[0]
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert all(f"{slug.title()} please" in report for slug in slugs.values())


def _plan_keeps_to_the_capacities(folder: Path, slugs: Mapping[int, str]) -> None:
    planned = pd.Series([int(row["level"]) for row in rows_of(folder / "ask_plan.csv")]).value_counts()
    assert len(planned)
    assert all(planned.get(number, 0) <= number + 1 for number in slugs)
    levels = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["plan"]["levels"]
    assert [*levels] == [str(number) for number in slugs]


def test_a_champion_of_another_ladder_is_not_served(firm: Path, run: Run) -> None:
    text = (firm / "advocate.toml").read_text(encoding="utf-8")
    (firm / "advocate.toml").write_text(text[: text.index("[[ladder.levels]]")], encoding="utf-8")
    try:
        refused = run(firm, "score", "--as-of", "2026-01-02", "--set", "sources.refuse_quarantined=1")
    finally:
        (firm / "advocate.toml").write_text(text, encoding="utf-8")
    assert refused.code == 4, refused.err
    assert "[[ladder.levels]]" in refused.err


def test_an_ask_above_the_ladder_is_set_aside(slugs: Mapping[int, str], firm: Path, run: Run) -> None:
    asks = firm / "tables" / "asks.csv"
    text = asks.read_text(encoding="utf-8")
    header, first, *rest = text.splitlines()
    cells = first.split(",")
    cells[header.split(",").index("level")] = str(len(slugs) + 1)
    asks.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    try:
        ran(run, firm, "check")
        assert "out_of_range" in (firm / "quarantine" / "asks.csv").read_text(encoding="utf-8")
    finally:
        asks.write_text(text, encoding="utf-8")
