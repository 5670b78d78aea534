"""`ask_plan.csv` as its readers and `record` see it."""

import csv
import io
from datetime import datetime

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.publication.columns import Described, Edition, column_names
from advocate_score.publication.lists import plan_list
from advocate_score.publication.spreadsheet_csv import csv_bytes
from advocate_score.schema import planned_ask_id

CONTRACT = [
    *("priority", "account_id", "level", "readiness", "expected_value", "why_now", "exploration", "propensity"),
    "policy_id",
]
EDITION = Edition(datetime(2025, 6, 1), "7", "en", config.Ladder())


def asks() -> pd.DataFrame:
    rows = [
        (2, "b", 1, 0.4, 0.3123456789, "Drawn by lot.", True, 4.12345e-05, "plan-1"),
        (1, "a", 3, 0.8, 2.5, "The client renewed.", False, 1.0, "plan-1"),
    ]
    return pd.DataFrame(rows, columns=CONTRACT)


def described() -> Described:
    accounts = {"account_id": ["a", "b"], "account_name": ["=Acme", "Beta"], "industry": None, "segment": None}
    outcomes = {
        "outcome_id": ["o"],
        "account_id": ["a"],
        "occurred_at": [datetime(2025, 5, 1)],
        "recorded_at": [pd.NaT],
    }
    facts = {"kind": ["cost"], "value": [0.18], "confirmed": [True], "shareable": ["public"], "fact": [None]}
    contacts = {"account_id": ["a"], "level": [3], "contact_id": ["c1"], "permission": ["granted"]}
    contacts |= {"contact_name": ["Eva Gil"], "title": ["Directora"]}
    nothing = pd.DataFrame()
    return Described(
        accounts=pd.DataFrame(accounts).assign(region="north", owner="Ana"),
        outcomes=pd.DataFrame({**outcomes, **facts}).astype({"recorded_at": "datetime64[us]"}),
        asks=nothing,
        contacts=pd.DataFrame(contacts),
        moments=nothing,
        reasons=nothing,
    )


def test_the_columns_of_the_contract_come_first_and_rows_stand_by_priority() -> None:
    listed = plan_list(asks(), described(), EDITION)
    assert list(listed.columns) == column_names("ask_plan")
    assert list(listed.columns)[:9] == CONTRACT
    assert listed["priority"].tolist() == [1, 2]
    assert listed["ask"].tolist() == ["Reference call", "Testimonial"]
    assert listed[["suggested_contact", "contact_title"]].iloc[0].tolist() == ["Eva Gil", "Directora"]
    assert listed["outcome_fact"].tolist() == ["costs down 18%", "no result that may be cited"]
    assert listed["ask_id"].tolist() == [planned_ask_id(EDITION.as_of, "a", 3), planned_ask_id(EDITION.as_of, "b", 1)]


@pytest.mark.parametrize(("dialect", "mark", "decimal"), [("standard", ",", "."), ("spanish-excel", ";", ",")])
def test_a_small_propensity_keeps_its_figures_in_the_file(dialect: str, mark: str, decimal: str) -> None:
    text = csv_bytes(plan_list(asks(), described(), EDITION), dialect).decode("utf-8-sig")
    one, two = csv.DictReader(io.StringIO(text), delimiter=mark)
    assert float(two["propensity"].replace(decimal, ".")) == pytest.approx(4.12345e-05, rel=1e-6)
    assert one["propensity"] == f"1{decimal}000000"
    assert two["expected_value"] == f"0{decimal}312346"
    assert one["account_name"] == "'=Acme"


def test_an_empty_plan_is_a_header() -> None:
    empty = plan_list(asks()[:0], described(), EDITION)
    assert csv_bytes(empty).decode() == ",".join(column_names("ask_plan")) + "\n"
