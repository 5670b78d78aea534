"""The circles, the gaps and the nurture list of a night, and `match`, on a small CRM with the scorecard in charge."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.cli import render
from advocate_score.flows.match import Search, match_prospect
from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.ladder import LEVELS as SHIPPED_LEVELS
from flows.conftest import AS_OF, Run
from flows.test_erased_canaries import text_of

EASY = ["ladder.thresholds.level_3=0.3", "ladder.thresholds.level_5=0.2"]
ALL_FORMATS = '["csv", "parquet", "html", "xlsx"]'
LEVELS = [level.list_name for level in SHIPPED_LEVELS.values()]
SPANISH = [*EASY, "outputs.language=es"]


@pytest.fixture(scope="module")
def night(crm: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The firm after a night in Spanish, with what was warned of; not to be changed."""
    firm = Path(shutil.copytree(crm, tmp_path_factory.mktemp("circles") / "firm"))
    project = open_project(firm / "advocate.toml", SPANISH, Silent())
    return firm, score_and_publish(project, AS_OF, backfill=False, replace=False)["warnings"]


def frame(firm: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(firm / "publications" / AS_OF / name, dtype={"account_id": str}, keep_default_na=False)


def eligible(firm: Path, level: int) -> pd.DataFrame:
    table = pd.read_parquet(firm / "publications" / AS_OF / "readiness.parquet")
    return table[(table["level"] == level) & table["eligible"]].set_index("account_id")


def test_a_night_has_its_circles_and_says_what_they_lack(night: tuple[Path, list[str]]) -> None:
    firm, warnings = night
    pool, board = frame(firm, "reference_pool.csv"), frame(firm, "advisory_board.csv")
    few = []
    for circle, level, threshold, minimum in ((pool, 3, 0.3, 15), (board, 5, 0.2, 8)):
        free = eligible(firm, level)
        assert minimum <= len(circle) <= 25
        below = free.loc[circle["account_id"], "readiness"] < threshold
        assert (circle["why"].str.startswith("por debajo del umbral").to_numpy() == below.to_numpy()).all()
        few.append((~below).sum() < minimum)
        assert circle["rank"].tolist() == list(range(1, len(circle) + 1))
        assert set(circle["permission"]) <= {"granted", "unknown", "needs_approval"}
    gaps = frame(firm, "coverage_gaps.csv")
    assert set(gaps.loc[gaps["attribute"] != "", "attribute"]) <= {"industry", "segment", "region", "service_line"}
    told = [warning for warning in warnings if warning.startswith(("reference_pool", "advisory_board"))]
    assert len(told) == sum(few) == (gaps["attribute"] == "").sum()


def test_who_is_nearly_ready_stands_in_the_list_and_in_the_owners_files(night: tuple[Path, list[str]]) -> None:
    firm, _ = night
    near = frame(firm, "nurture.csv")
    assert (near["readiness"].astype(float) < near["threshold"].astype(float)).all()
    for level, rows in near.groupby("level"):
        assert set(rows["account_id"]) <= set(eligible(firm, int(level)).index)
    assert near["note"].str.startswith("Respuesta del modelo, no efecto").all()
    assert (near["change_1"] != "").mean() > 0.5
    owned = [
        frame(firm, f"by_owner/{file.name}") for file in (firm / "publications" / AS_OF / "by_owner").glob("*.csv")
    ]
    theirs = pd.concat(owned)
    theirs = theirs[theirs["state"] == "nurture"]
    assert sorted(theirs["account_id"]) == sorted(near["account_id"])


def test_day_one_without_opportunities_results_or_asks_has_circles_too(firm: Path) -> None:
    for table in ("asks", "opportunities", "outcomes"):
        (firm / "tables" / f"{table}.csv").unlink()
    score_and_publish(open_project(firm / "advocate.toml", EASY, Silent()), AS_OF, backfill=False, replace=False)
    pool = frame(firm, "reference_pool.csv")
    assert 15 <= len(pool) <= 25
    assert set(pool["outcome_fact"]) == {"no result that may be cited"}


@pytest.mark.parametrize("shown", [True, False])
def test_contacts_are_named_where_people_read_and_nowhere_if_switched_off(firm: Path, shown: bool) -> None:
    contacts = pd.read_csv(firm / "tables" / "contacts.csv", dtype=str, keep_default_na=False)
    contacts["contact_name"] = "Eva Canaria-" + contacts["contact_id"]
    contacts["title"] = "Jefa Canaria-" + contacts["contact_id"]
    contacts.to_csv(firm / "tables" / "contacts.csv", index=False)
    settings = [*EASY, f"outputs.contact_names={str(shown).lower()}", f"outputs.formats={ALL_FORMATS}"]
    score_and_publish(open_project(firm / "advocate.toml", settings, Silent()), AS_OF, backfill=False, replace=False)
    named = {name for name, text in published_texts(firm) if "Canaria" in text}
    owners = {name for name, _ in published_texts(firm) if name.startswith("by_owner/") and not name.endswith("SUMS")}
    lists = {"candidates", "ask_plan", "reference_pool", "advisory_board", *LEVELS}
    assert named == (
        {f"{name}.csv" for name in lists} | {"candidates.xlsx", "report.html"} | owners if shown else set()
    )
    candidates = frame(firm, "candidates.csv")
    assert (candidates["suggested_contact_id"] != "").any()
    names = candidates["suggested_contact_id"].map(lambda contact: f"Eva Canaria-{contact}" if contact else "")
    assert (candidates["suggested_contact"] == (names if shown else "")).all()


def published_texts(firm: Path) -> Iterator[tuple[str, str]]:
    """Every file of the night, with what it says."""
    night = (firm / "publications" / AS_OF).resolve()
    yield from ((str(path.relative_to(night)), text_of(path)) for path in night.rglob("*") if path.is_file())


def test_a_match_is_ranked_says_why_and_offers_only_who_may_be_asked(
    night: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    firm, _ = night
    search = Search({"industry": "ENÉRGY", "segment": "mid-market"}, level=3, top=4)
    found = match_prospect(open_project(firm / "advocate.toml", SPANISH, Silent()), search, AS_OF)
    free, matches = eligible(firm, 3), found["matches"]
    people = pd.read_csv(firm / "tables" / "contacts.csv", dtype=str).set_index("contact_id")
    assert 0 < len(matches) <= 4
    assert [row["rank"] for row in matches] == list(range(1, len(matches) + 1))
    assert {row["account_id"] for row in matches} <= set(free.index)
    scores = [row["fit"] * row["readiness_low"] for row in matches]
    assert scores == sorted(scores, reverse=True)
    for row in matches:
        assert row["readiness"] == pytest.approx(free.loc[row["account_id"], "readiness"], abs=1e-6)
        assert ("mismo sector" in row["why"]) == (row["industry"] == "energy")
        named = people.loc[row["suggested_contact_id"], ["contact_name", "title"]].tolist()
        assert [row["suggested_contact"], row["contact_title"]] == named
    assert found["resting"]
    assert not {row["account_id"] for row in found["resting"]} & set(free.index)
    assert all(row["until"] or row["substitutes"] for row in found["resting"])
    json.dumps(found)
    render.match(found)
    told = capsys.readouterr().out
    assert "Llamada de referencia" in told
    assert f"1. {matches[0]['account_name']}: {matches[0]['why']}" in told
    person = "{suggested_contact}, {contact_title} ({suggested_contact_id})".format(**matches[0])
    assert f"Whom to ask: {person}, permission " in told


def test_a_client_may_be_the_prospect_and_is_no_reference_of_itself(night: tuple[Path, list[str]]) -> None:
    firm, _ = night
    project = open_project(firm / "advocate.toml", EASY, Silent())
    accounts = pd.read_csv(firm / "tables" / "accounts.csv", dtype=str, keep_default_na=False)
    client = accounts[accounts["account_id"] == eligible(firm, 3).index[0]].iloc[0]
    found = match_prospect(project, Search({}, 3, 500, client["account_name"].upper()), AS_OF)
    attributes = {name: client[name] for name in ("industry", "segment", "region", "service_line") if client[name]}
    assert (found["account"], found["prospect"]) == (client["account_name"], attributes)
    listed = {row["account_id"] for row in [*found["matches"], *found["resting"]]}
    assert client["account_id"] not in listed
    by_hand = match_prospect(project, Search(attributes, 3, 500), AS_OF)
    assert listed == {row["account_id"] for row in [*by_hand["matches"], *by_hand["resting"]]} - {client["account_id"]}
    other = match_prospect(project, Search({"industry": "banking"}, 3, 5, client["account_id"]), AS_OF)
    assert other["prospect"] == attributes | {"industry": "banking"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Nobody of this name"], "there is no account of that id or name as of 2026-01-01"),
        (["--industry", "enrgy"], "did you mean 'energy'"),
        ([], "nothing is said about the prospect"),
        (["--industry", "energy", "--level", "6"], "there is no level 6"),
        (["--industry", "energy", "--top", "0"], "--top"),
    ],
)
def test_a_match_that_cannot_be_is_refused(firm: Path, run: Run, words: list[str], said: str) -> None:
    done = run(firm, "match", *words)
    assert done.code == 2
    assert said in done.err


def test_one_attribute_that_nobody_has_is_only_warned_of(firm: Path, run: Run) -> None:
    done = run(firm, "match", "--industry", "energy", "--region", "Atlantis", "--as-of", AS_OF)
    assert done.code == 0
    assert "no client has 'Atlantis'" in done.err
