"""Who is in the pools, in which order, and what is said where too few are ready or a kind is lacking."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy.coverage import ATTRIBUTES, needs
from advocate_score.policy.pools import (
    POOL_COLUMNS,
    LevelCandidates,
    candidates_at_level,
    choose_pool,
    choose_pools,
    gaps,
    pool_reasons,
    size_shortfall,
)

CHOICES = config.Pools(equal_within=0)
INDUSTRIES = ("energy", "retail", "food", "banking")
Row = dict[str, Any]


def standing(rows: list[Row], threshold: float = 0.5) -> LevelCandidates:
    """Ready and free, unless a row says otherwise."""
    base = {"readiness": 0.8, "readiness_low": 0.6, "eligible": True, "last_asked_at": None}
    whole = [base | dict.fromkeys(ATTRIBUTES) | {"account_id": f"a{place:02}"} | row for place, row in enumerate(rows)]
    kinds = {"last_asked_at": "datetime64[us]"} | dict.fromkeys(ATTRIBUTES, "str")
    columns = [*base, *ATTRIBUTES, "account_id"]
    return LevelCandidates(pd.DataFrame(whole, columns=columns).astype(kinds), threshold)


def needed(stand: LevelCandidates, opportunities: list[Row] | None = None) -> pd.DataFrame:
    return needs(stand.rows, pd.DataFrame(opportunities or [], columns=list(ATTRIBUTES), dtype="str"))


def many(number: int, **more: Any) -> list[Row]:
    return [{"industry": INDUSTRIES[place % 4], **more} for place in range(number)]


def test_choosing_takes_nobody_unready_and_nobody_resting() -> None:
    stand = standing([{"readiness": 0.49}, {"eligible": False}, {"readiness": 0.5}])
    assert choose_pool(stand.free, needed(stand), 15, CHOICES)["account_id"].tolist() == ["a02"]


def test_a_pool_takes_one_of_each_kind_before_the_readier_of_the_same() -> None:
    rows = [{"industry": "energy", "readiness_low": 0.7}] * 4 + [{"industry": "retail", "readiness_low": 0.6}] * 4
    stand = standing(rows)
    chosen = choose_pool(stand.free, needed(stand), 2, CHOICES)
    assert chosen["account_id"].tolist() == ["a00", "a04"]
    assert chosen["first_industry"].all()
    assert chosen["diversity"].tolist() == [0.5, 0.5]


def test_where_prospects_are_the_pool_goes() -> None:
    stand = standing([{"industry": "energy"}] * 20 + [{"industry": "retail"}] * 20)
    retail = needed(stand, [{"industry": "Retail"}] * 30)
    chosen = choose_pool(stand.free, retail, 10, CHOICES).merge(stand.rows)
    assert chosen["industry"].value_counts().to_dict() == {"retail": 9, "energy": 1}


def test_among_equals_who_has_not_been_asked_longest_goes_first() -> None:
    asked = [datetime(2025, 1, 1), datetime(2024, 1, 1), None, datetime(2024, 6, 1)]
    stand = standing([{"last_asked_at": day} for day in asked])
    assert choose_pool(stand.free, needed(stand), 4, CHOICES)["account_id"].tolist() == ["a02", "a01", "a03", "a00"]


def test_a_little_readier_counts_as_equal() -> None:
    stand = standing([{"readiness_low": 0.615, "last_asked_at": datetime(2025, 1, 1)}, {"readiness_low": 0.6}])
    strict, tolerant = (
        choose_pool(stand.free, needed(stand), 1, CHOICES.model_copy(update={"equal_within": width}))
        for width in (0.0, 0.02)
    )
    assert strict["account_id"].tolist() == ["a00"]
    assert tolerant["account_id"].tolist() == ["a01"]


def test_sizes_are_those_of_the_configuration() -> None:
    stand = standing(many(100))
    called, seated = choose_pools(stand, stand, needed(stand), CHOICES)
    assert (len(called), len(seated)) == (25, 12)
    small = config.Pools.model_validate(
        {"reference": {"minimum": 3, "maximum": 4}, "board": {"minimum": 0, "maximum": 0}}
    )
    assert [len(one) for one in choose_pools(stand, stand, needed(stand), small)] == [4, 0]


def test_the_board_calls_nobody_twice_unless_the_pool_would_be_too_small() -> None:
    plenty, scarce = standing(many(37)), standing(many(20))
    apart = choose_pools(plenty, plenty, needed(plenty), CHOICES)
    assert not set(apart[0]["account_id"]) & set(apart[1]["account_id"])
    assert not apart[0]["in_both"].any()
    called, seated = choose_pools(scarce, scarce, needed(scarce), CHOICES)
    assert (len(called), len(seated)) == (15, 12)
    shared = set(called["account_id"]) & set(seated["account_id"])
    assert set(called.loc[called["in_both"], "account_id"]) == shared != set()


def test_a_pool_with_too_few_ready_takes_the_strongest_below_the_threshold_up_to_its_minimum() -> None:
    below = [{"readiness": 0.1 + place / 100} for place in range(20)]
    stand = standing([{}, {}, {"eligible": False}, {"readiness": 0.45, "eligible": False}, *below])
    called, seated = choose_pools(stand, standing([]), needed(stand), CHOICES)
    assert len(called) == CHOICES.reference.minimum
    assert called["below_threshold"].tolist() == [False] * 2 + [True] * 13
    assert called["account_id"].tolist() == ["a00", "a01", *(f"a{place:02}" for place in range(23, 10, -1))]
    assert called["rank"].tolist() == list(range(1, 16))
    assert seated.empty
    assert size_shortfall(stand, called, 15, 3) == (
        "Ready, of the 15 proposed for level 3: 2; at least 15 are wanted. The others are the strongest clients below "
        "the threshold who may be asked. Ready in all: 3 (resting: 1)."
    )
    assert size_shortfall(stand, called, 15, 3, "es").startswith("Preparadas, de las 15 cuentas propuestas para el")
    assert size_shortfall(stand, called, 2, 3) == ""


def test_where_nobody_else_may_be_asked_a_pool_stays_small_and_says_so() -> None:
    stand = standing([{}, {"eligible": False}, {"readiness": 0.4}, {"readiness": 0.3, "eligible": False}])
    called, _ = choose_pools(stand, standing([]), needed(stand), CHOICES)
    assert called["account_id"].tolist() == ["a00", "a02"]
    assert size_shortfall(stand, called, 15, 3).endswith("Nobody else may be asked.")


def test_a_member_below_the_threshold_is_marked_first_of_all() -> None:
    stand = standing([{"readiness": 0.4, "industry": "energy"}])
    called, _ = choose_pools(stand, standing([]), needed(stand), CHOICES)
    members = called.merge(stand.rows)
    assert pool_reasons(members).tolist()[0].startswith("below the threshold; readiness 40%")
    assert pool_reasons(members, "es").tolist()[0].startswith("por debajo del umbral; preparación del 40 %")


def test_whoever_sits_on_the_board_below_the_threshold_is_not_called_for_references_too() -> None:
    references = standing(many(40))
    board = standing([row | {"readiness": 0.2 + place / 200} for place, row in enumerate(many(40))])
    called, seated = choose_pools(references, board, needed(references), CHOICES)
    assert (len(called), len(seated)) == (25, 8)
    assert seated["below_threshold"].all()
    assert not set(called["account_id"]) & set(seated["account_id"])


def test_gaps_are_named_with_their_figures() -> None:
    energy = [{"industry": "energy", "eligible": False}, {"industry": "energy", "readiness": 0.2}]
    stand = standing([{"industry": "retail"}] * 6 + energy)
    chosen = choose_pool(stand.free, needed(stand), 6, CHOICES)["account_id"]
    open_now = [{"industry": "Energy"}] * 5 + [{"industry": "shipping"}]
    found = gaps(stand, chosen, needed(stand, open_now), 3, 6)
    assert found["gap"].tolist() == [
        "No Energy client at level 3: clients: 2, ready: 1, ready and free to be asked: 0. Open opportunities: 5.",
        "No shipping client at level 3: there is no such client. Open opportunities: 1.",
    ]
    assert found.loc[0, ["clients", "ready", "ready_and_free", "in_pool", "open_opportunities"]].tolist() == [
        2, 1, 0, 0, 5,
    ]  # fmt: skip
    spanish = gaps(stand, chosen, needed(stand, open_now), 3, 6, "es")
    assert spanish["gap"][1] == "Ningún cliente del sector shipping en el nivel 3: no hay ningún cliente así. " + (
        "Oportunidades abiertas: 1."
    )


def test_a_kind_that_is_there_but_thinly_is_a_gap_too() -> None:
    stand = standing([{"region": "Iberia"}] + [{"region": "DACH"}] * 9)
    found = gaps(stand, stand.rows["account_id"], needed(stand, [{"region": "Iberia"}] * 90), 3, 10)
    assert found["gap"].tolist() == [
        "Thinly covered, client in region Iberia at level 3: 1 where the need would have 9; "
        "clients: 1, ready: 1, ready and free to be asked: 1. Open opportunities: 90."
    ]


REASONS = {
    "en": [
        "readiness 80%, at least 60%; adds to the group: industry energy, region Iberia; no ask on record",
        "readiness 80%, at least 60%; of kinds that the group has already; last asked on 1 January 2025",
    ],
    "es": [
        "preparación del 80 %, como mínimo 60 %; aporta al grupo: sector energy, región Iberia; "
        "no consta ninguna petición anterior",
        "preparación del 80 %, como mínimo 60 %; de tipos que el grupo ya tiene; última petición el 1 de enero de 2025",
    ],
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_member_has_its_reason(language: str) -> None:
    first, second = {"region": "Iberia"}, {"last_asked_at": datetime(2025, 1, 1)}
    stand = standing([{"industry": "energy"} | first, {"industry": "energy"} | second])
    called, _ = choose_pools(stand, standing([]), needed(stand), CHOICES)
    assert pool_reasons(called.merge(stand.rows), language).tolist() == REASONS[language]
    new_york = pool_reasons(called.merge(stand.rows), language, ZoneInfo("America/New_York")).tolist()
    day_before = {"en": ("1 January 2025", "31 December 2024"), "es": ("1 de enero de 2025", "31 de diciembre de 2024")}
    assert new_york == [REASONS[language][0], REASONS[language][1].replace(*day_before[language])]


def test_nobody_at_all_is_an_empty_pool() -> None:
    nobody = standing([])
    called, seated = choose_pools(nobody, nobody, needed(nobody), CHOICES)
    assert list(called.columns) == list(seated.columns) == list(POOL_COLUMNS)
    assert len(called) == len(seated) == 0
    assert gaps(nobody, called["account_id"], needed(nobody), 3, 15).empty


def test_the_standing_at_a_level_reads_that_level_and_knows_who_was_never_asked() -> None:
    table = pd.DataFrame({"account_id": ["a", "a", "gone"], "level": [3, 5, 3], "readiness": [0.7, 0.6, 0.9]})
    table = table.assign(readiness_low=0.5, eligible=True)
    clients = pd.DataFrame({"account_id": ["a"], **dict.fromkeys(ATTRIBUTES, "x")})
    history = pd.DataFrame({"account_id": ["b"], "last_asked_at": [pd.Timestamp(2025, 1, 1)]})
    rows = candidates_at_level(table, clients, history, 3, 0.5).rows
    assert rows["account_id"].tolist() == ["a"]
    assert rows["readiness"].tolist() == [0.7]
    assert rows["last_asked_at"].isna().all()
    assert candidates_at_level(table, clients, history, 3, 0.8).rows["account_id"].tolist() == ["a"]
    assert candidates_at_level(table.assign(eligible=False), clients, history, 3, 0.8).rows.empty
