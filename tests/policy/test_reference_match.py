from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.errors import InputError
from advocate_score.policy.coverage import ATTRIBUTES
from advocate_score.policy.reference_match import (
    match_reasons,
    matching_clients,
    rank_matches,
    require_attributes,
    unmatched_attributes,
)

FIT = config.Policy().pools.fit
Row = dict[str, Any]


@pytest.fixture
def clients(table: Callable[[str, list[Row]], pd.DataFrame]) -> pd.DataFrame:
    rows = [
        {"account_id": "a", "industry": "Energy", "segment": "large", "region": "Iberia", "service_line": "risk"},
        {"account_id": "b", "industry": "energy ", "segment": "small", "region": "DACH", "service_line": "people"},
        {"account_id": "c", "industry": "retail", "segment": "large", "region": "Iberia"},
        {"account_id": "d"},
    ]
    return table("accounts", rows)


def standing(**rows: Row) -> pd.DataFrame:
    base = {"readiness": 0.8, "readiness_low": 0.6, "readiness_high": 0.9, "eligible": True, "last_asked_at": None}
    frame = pd.DataFrame([base | row | {"account_id": name} for name, row in rows.items()])
    return frame.astype({"last_asked_at": "datetime64[us]"})


def test_fit_is_the_weight_of_what_is_shared(clients: pd.DataFrame) -> None:
    prospect = {"industry": "ENÉRGY", "segment": "Large", "region": "", "service_line": "risk"}
    found = matching_clients(clients, prospect, FIT).set_index("account_id")
    assert found["fits"].to_dict() == {"a": "industry segment service_line", "b": "industry", "c": "segment"}
    assert found["fit"].to_dict() == pytest.approx({"a": 1.0, "b": 0.4 / 0.9, "c": 0.2 / 0.9})


def test_without_weights_every_attribute_counts_alike(clients: pd.DataFrame) -> None:
    nothing = config.settings.Fit(**dict.fromkeys(ATTRIBUTES, 0.0))
    found = matching_clients(clients, {"industry": "energy", "region": "Iberia"}, nothing).set_index("account_id")
    assert found["fit"].to_dict() == {"a": 1.0, "b": 0.5, "c": 0.5}


def test_an_unknown_attribute_shares_nothing_with_anybody(clients: pd.DataFrame) -> None:
    assert "d" not in set(matching_clients(clients, {"industry": "energy", "segment": " "}, FIT)["account_id"])


def test_the_best_match_is_free_then_fits_and_is_ready(clients: pd.DataFrame) -> None:
    fit = matching_clients(clients, {"industry": "energy", "region": "iberia"}, FIT)
    order = rank_matches(fit, standing(a={"eligible": False}, b={"readiness_low": 0.5}, c={"readiness_low": 0.9}))
    assert order["account_id"].tolist() == ["b", "c", "a"]
    assert order["eligible"].tolist() == [True, True, False]
    assert order["score"].tolist() == pytest.approx([0.4, 0.18, 0.6])


def test_among_equals_who_was_never_asked_goes_first() -> None:
    fit = pd.DataFrame({"account_id": ["a", "b", "c"], "fit": 1.0, "fits": "region"})
    asked = {"a": "2025-01-01", "b": "2024-01-01", "c": None}
    order = rank_matches(fit, standing(**{name: {"last_asked_at": day} for name, day in asked.items()}))
    assert order["account_id"].tolist() == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "same segment, so of similar size; readiness 40%, at least 30%; below the level's threshold; "
            "no ask on record",
        ),
        (
            "es",
            "mismo segmento, luego de tamaño similar; preparación del 40 %, como mínimo 30 %; "
            "por debajo del umbral del nivel; no consta ninguna petición anterior",
        ),
    ],
)
def test_each_match_says_why(language: str, said: str) -> None:
    fit = pd.DataFrame({"account_id": ["a"], "fit": 1.0, "fits": "segment"})
    rows = rank_matches(fit, standing(a={"readiness": 0.4, "readiness_low": 0.3}))
    assert match_reasons(rows, 0.5, language).tolist() == [said]


def test_a_match_was_last_asked_on_the_day_of_the_zone() -> None:
    fit = pd.DataFrame({"account_id": ["a"], "fit": 1.0, "fits": "segment"})
    rows = rank_matches(fit, standing(a={"last_asked_at": pd.Timestamp(2025, 1, 1, 20)}))
    (words,) = match_reasons(rows, 0.5, zone=ZoneInfo("Asia/Kolkata"))
    assert words.endswith("last asked on 2 January 2025")


def test_what_matches_nothing_is_refused_with_the_nearest_names(clients: pd.DataFrame) -> None:
    with pytest.raises(InputError) as refused:
        unmatched_attributes(clients, {"industry": "enrgy", "region": "Atlantis"})
    told = str(refused.value).splitlines()
    assert told[0] == "--industry: no client has 'enrgy'. Fix: did you mean 'Energy'?"
    assert told[1] == "--region: no client has 'Atlantis'. Fix: choose one of 'DACH', 'Iberia'"


def test_one_value_that_matches_is_enough(clients: pd.DataFrame) -> None:
    faults = unmatched_attributes(clients, {"industry": "energy", "service_line": "rsk"})
    assert [str(fault) for fault in faults] == ["--service-line: no client has 'rsk'. Fix: did you mean 'risk'?"]
    assert unmatched_attributes(clients, {"industry": "energy"}) == []


def test_a_prospect_of_which_nothing_is_said_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is said about the prospect"):
        require_attributes({"industry": " "})


def test_where_no_client_has_the_attribute_at_all_it_says_so(clients: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no client has one at all"):
        unmatched_attributes(clients.assign(region=None), {"region": "Iberia"})
