"""The plan in a night's publication: lawful against what else was published, and told in both languages."""

import json
from pathlib import Path

import pandas as pd

from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.score import score_and_publish
from flows.conftest import AS_OF

CAPACITY = {1: 20, 2: 10, 3: 10, 4: 4, 5: 2}


def plan_of(firm: Path) -> pd.DataFrame:
    return pd.read_csv(firm / "publications" / "current" / "ask_plan.csv", dtype={"account_id": "str"})


def test_only_who_may_be_asked_is_planned_once_and_within_the_places(published: Path) -> None:
    plan = plan_of(published)
    table = pd.read_parquet(published / "publications" / "current" / "readiness.parquet")
    joined = plan.merge(table, on=["account_id", "level"], suffixes=("", "_published"))
    assert len(joined) == len(plan) > 10
    assert joined["eligible"].all()
    assert (joined["readiness"] == joined["readiness_published"]).all()
    assert plan["account_id"].is_unique
    assert all(number <= CAPACITY[level] for level, number in plan["level"].value_counts().items())
    assert plan["propensity"].between(0, 1, inclusive="right").all()
    assert plan["outcome_fact"].notna().all()


def test_the_manifest_says_how_good_the_plan_is(published: Path) -> None:
    told = json.loads((published / "publications" / AS_OF / "manifest.json").read_text(encoding="utf-8"))["plan"]
    assert told["planned"] == len(plan_of(published))
    assert told["violations"] == 0
    assert told["gap"] <= 1e-3
    assert {"bound", "value", "levels", "floors", "owners", "exploration"} <= told.keys()
    assert set(plan_of(published)["policy_id"]) == {told["policy_id"]}


def test_the_plan_speaks_spanish(champion: Path) -> None:
    project = open_project(champion / "advocate.toml", ['outputs.language="es"'], Silent())
    score_and_publish(project, AS_OF, backfill=False, replace=True)
    words = plan_of(champion)["why_now"]
    assert words.str.contains(
        r"Última petición el \d+ de \w+ de 20|Sin peticiones anteriores \(sin contar pequeños favores\)"
    ).all()
