"""The circles, their gaps and the nurture list, as files that people open."""

from datetime import datetime

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.publication.columns import Described, Edition, column_names
from advocate_score.publication.lists import gap_list, nurture_list, pool_list
from advocate_score.publication.spreadsheet_csv import csv_bytes

AS_OF = datetime(2025, 6, 1)
ENGLISH = Edition(AS_OF, "7", "en", config.Ladder())
SPANISH = Edition(AS_OF, "7", "es", config.Ladder())
HOSTILE = "=HYPERLINK(1)"
ACCOUNTS = pd.DataFrame(
    {
        "account_id": ["a", "b"],
        "account_name": ["Ñandú, S.A.", HOSTILE],
        **{name: ["x", None] for name in ("industry", "segment", "region", "service_line", "owner")},
    }
)


def of_accounts() -> Described:
    """Nothing but who the accounts are."""
    empty = pd.DataFrame()
    return Described(ACCOUNTS, empty, empty, empty, empty, empty)


@pytest.fixture
def told() -> Described:
    outcome = {
        "outcome_id": "o",
        "account_id": "a",
        "occurred_at": datetime(2025, 5, 1),
        "recorded_at": pd.NaT,
        "kind": "cost",
        "value": 0.18,
        "confirmed": True,
        "shareable": "anonymised",
        "fact": None,
    }
    asks = {"account_id": ["a", "a"], "level": [3, 3], "asked_at": [datetime(2025, 5, 1), AS_OF]}
    levels = [(one, level) for one in "ab" for level in range(1, 6)]
    contacts = pd.DataFrame(levels, columns=["account_id", "level"]).assign(contact_id="c", permission="unknown")
    contacts = contacts.assign(contact_name="Eva Gil", title="Directora")
    contacts.loc[contacts["level"] == 2, "permission"] = "denied"
    empty = pd.DataFrame()
    return Described(ACCOUNTS, pd.DataFrame([outcome]), pd.DataFrame(asks), contacts, empty, empty)


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [(one, level, 0.9 - level / 10) for one in "ab" for level in range(1, 6)]
    frame = pd.DataFrame(rows, columns=["account_id", "level", "readiness"])
    scores = {"readiness_low": 0.1, "readiness_high": 0.95, "completion": 0.5, "evidence": "solid"}
    return frame.assign(**scores, eligible=True, rule="")


@pytest.fixture
def members() -> pd.DataFrame:
    return pd.DataFrame({"rank": [2, 1], "account_id": ["a", "b"], "diversity": [0.25, 1.5], "why": ["w", "v"]})


def test_a_member_comes_with_what_a_call_needs(members: pd.DataFrame, table: pd.DataFrame, told: Described) -> None:
    listed = pool_list(members, table, 3, told, ENGLISH)
    assert list(listed.columns) == column_names("pools")
    assert listed["rank"].tolist() == [1, 2]
    assert listed["account_id"].tolist() == ["b", "a"]
    shown = [
        "ask",
        "readiness",
        "diversity",
        "why",
        "outcome_fact",
        "asks_last_365d",
        "permission",
        "public_permission",
    ]
    expected = [
        "Reference call",
        pytest.approx(0.6),
        0.25,
        "w",
        "costs down 18% (only anonymised)",
        1,
        "unknown",
        "denied",
    ]
    assert listed.loc[1, shown].tolist() == expected
    assert listed.loc[1, "last_asked_at"] == pd.Timestamp(2025, 5, 1)
    spanish = pool_list(members, table, 5, told, SPANISH)
    assert spanish.loc[0, ["ask", "outcome_fact"]].tolist() == ["Consejo asesor", "sin resultado que se pueda citar"]


def test_no_cell_of_a_circle_starts_a_formula(members: pd.DataFrame, table: pd.DataFrame, told: Described) -> None:
    text = csv_bytes(pool_list(members, table, 3, told, ENGLISH)).decode()
    assert f"'{HOSTILE}" in text
    assert f",{HOSTILE}" not in text


def test_a_circle_of_nobody_has_its_header(members: pd.DataFrame, table: pd.DataFrame, told: Described) -> None:
    nobody = pool_list(members.head(0), table, 3, told, ENGLISH)
    assert csv_bytes(nobody).decode() == ",".join(column_names("pools")) + "\n"


def test_gaps_stand_below_what_is_said_of_the_size() -> None:
    gap = {"level": 3, "attribute": "region", "value": "DACH", "need": 0.4, "clients": 7, "gap": "No client in DACH"}
    found = gap_list({"reference_pool": ("Only 3", pd.DataFrame([gap])), "advisory_board": ("", pd.DataFrame())})
    assert list(found.columns) == column_names("coverage_gaps")
    assert found[["pool", "gap"]].to_numpy().tolist() == [
        ["reference_pool", "Only 3"],
        ["reference_pool", "No client in DACH"],
    ]
    assert csv_bytes(found).decode().splitlines()[2].startswith("reference_pool,3,region,DACH,No client in DACH,0.4")


def nurture(edition: Edition) -> pd.DataFrame:
    near = {"account_id": ["b", "a"], "level": [2, 3], "readiness": 0.42, "readiness_low": 0.3, "threshold": 0.5}
    near |= {"readiness_high": [0.49, 0.5]}
    changes = {"account_id": ["a", "a"], "level": [3, 3], "place": [2, 1], "sentence": ["second", "first"]}
    missing = pd.DataFrame({"account_id": ["a"], "level": [3], "missing": ["No result confirmed yet"]})
    return nurture_list(pd.DataFrame(near), pd.DataFrame(changes), missing, of_accounts(), edition)


def test_the_nurture_list_says_what_is_missing_and_that_it_is_no_effect() -> None:
    found = nurture(ENGLISH)
    assert list(found.columns) == column_names("nurture")
    assert found["account_id"].tolist() == ["b", "a"]
    assert found["missing"].tolist() == ["", "No result confirmed yet"]
    assert found.loc[1, ["ask", "change_1", "change_2", "change_3"]].tolist() == [
        "Reference call", "first", "second", "",
    ]  # fmt: skip
    assert (found["note"].str.startswith("Model response, not effect")).all()
    spanish = nurture(SPANISH)
    assert spanish.loc[0, "note"].startswith("Respuesta del modelo, no efecto")


def test_nobody_near_is_a_header() -> None:
    nobody = pd.DataFrame(columns=["account_id", "level", "readiness", "readiness_low", "readiness_high", "threshold"])
    changes = pd.DataFrame(columns=["account_id", "level", "place", "sentence"])
    missing = pd.DataFrame(columns=["account_id", "level", "missing"])
    found = nurture_list(nobody, changes, missing, of_accounts(), ENGLISH)
    assert csv_bytes(found).decode() == ",".join(column_names("nurture")) + "\n"
