from collections.abc import Callable
from datetime import datetime

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy.coverage import clients_at, needs, normalized_text, open_opportunities, usual_spellings

BEFORE, AFTER = datetime(2025, 5, 1), datetime(2025, 7, 1)


@pytest.mark.parametrize(
    ("row", "is_open"),
    [
        ({"opened_at": BEFORE}, True),
        ({"opened_at": datetime(2025, 6, 1)}, False),
        ({"opened_at": None}, False),
        ({"opened_at": BEFORE, "closed_at": AFTER, "won": True}, True),
        ({"opened_at": BEFORE, "closed_at": datetime(2025, 6, 1)}, True),
        ({"opened_at": BEFORE, "closed_at": datetime(2025, 5, 31)}, False),
        ({"opened_at": BEFORE, "won": False}, False),
    ],
)
def test_an_opportunity_is_open_from_its_opening_until_its_closing(
    table: Callable, as_of: datetime, row: dict, is_open: bool
) -> None:
    frame = table("opportunities", [{"opportunity_id": "p"} | row])
    assert len(open_opportunities(frame, as_of)) == is_open


def test_clients_are_those_that_still_are(facts: Callable, as_of: datetime) -> None:
    gone = [{"account_id": status, "status": status} for status in ("deleted", "churned")]
    merged, later = {"account_id": "m", "merged_into": "a"}, {"account_id": "later", "created_at": as_of}
    kept = [{"account_id": "a", "status": "active"}, {"account_id": "r", "status": "at_risk"}]
    world = facts(accounts=[*kept, *gone, merged, later])
    assert clients_at(world, as_of, config.Policy())["account_id"].tolist() == ["a", "r"]


def test_need_is_the_share_of_open_opportunities_and_of_clients_where_there_are_few(table: Callable) -> None:
    clients = table("accounts", [{"industry": "Energy"}, {"industry": "retail"}])
    nothing, many = table("opportunities", []), table("opportunities", [{"industry": " ÉNERGY "}] * 90)
    alone = needs(clients, nothing).set_index(["attribute", "value"])
    assert alone.loc[("industry", "energy"), ["need", "clients", "open_opportunities"]].tolist() == [0.5, 1, 0]
    assert set(alone.index.get_level_values("attribute")) == {"industry"}
    pressed = needs(clients, many).set_index(["attribute", "value"])
    assert pressed.loc[("industry", "energy"), ["need", "clients", "open_opportunities"]].tolist() == [0.95, 1, 90]
    assert pressed["need"].sum() == pytest.approx(1)


def test_a_prospect_of_a_kind_that_no_client_is_of_is_needed_too(table: Callable) -> None:
    found = needs(table("accounts", [{"region": "Iberia"}]), table("opportunities", [{"region": "DACH"}] * 10))
    assert found.set_index("name").loc["DACH", ["clients", "open_opportunities", "need"]].tolist() == [0, 10, 0.5]


def test_spellings_differ_by_case_accents_and_blanks_only() -> None:
    assert normalized_text("  Sector   PÚBLICO ") == normalized_text("sector publico") == "sector publico"
    assert normalized_text("DACH") != normalized_text("DACH 2")
    assert usual_spellings(pd.Series(["Energía", "energia", "Energía", None, "  "], dtype="str")).to_dict() == {
        "energia": "Energía"
    }
