"""Calendar periods, industries that lack advocates, and the intervals' coverage."""

from datetime import datetime

import numpy as np
import pytest

from advocate_score import stats
from advocate_score.config import Programme
from advocate_score.programme import roi
from advocate_score.programme.inputs import calendar_periods, trailing_year
from advocate_score.programme.measure import measure
from advocate_score.programme.measures import load_gini
from programme.conftest import AS_OF, day, frame, records


@pytest.mark.parametrize(
    ("as_of", "kind", "names", "last_end"),
    [
        (datetime(2026, 1, 1), "quarter", ["2025Q3", "2025Q4"], datetime(2026, 1, 1)),
        (datetime(2026, 1, 1, 0, 0, 1), "quarter", ["2025Q4", "2026Q1"], datetime(2026, 1, 1, 0, 0, 1)),
        (datetime(2024, 3, 1), "year", ["2023", "2024"], datetime(2024, 3, 1)),
    ],
)
def test_periods_follow_each_other_up_to_the_as_of(as_of: datetime, kind, names: list[str], last_end: datetime) -> None:
    found = calendar_periods(as_of, kind, 2)
    assert [one.name for one in found] == names
    assert found[0].end == found[1].start
    assert found[1].end == last_end
    assert calendar_periods(as_of, kind, 0) == []


def advocates(industries: dict[str, tuple[int, int]]):
    """Industry → accounts and how many of them are advocates."""
    names = [(f"{industry}{n}", industry, n < yes) for industry, (size, yes) in industries.items() for n in range(size)]
    asks = [
        (f"K{name}", name, 1, day(2), "accepted", day(2), day(2), None, None) for name, _, advocate in names if advocate
    ]
    accounts = frame("accounts", *((name, industry) for name, industry, _ in names))
    return records(Programme(smallest_cell=5), accounts=accounts, asks=frame("asks", *asks))


def test_an_industry_with_too_few_advocates_is_named() -> None:
    found = roi.industries(advocates({"energy": (40, 0), "retail": (40, 20), "food": (40, 18), "tiny": (3, 0)}))
    assert found["industry"].tolist()[0] == "energy"
    assert found["under_represented"].tolist() == [True, False, False]
    assert found["share_elsewhere"].tolist()[0] == pytest.approx(38 / 83)


def test_few_accounts_name_no_industry() -> None:
    assert not roi.industries(advocates({"energy": (6, 0), "retail": (6, 2)}))["under_represented"].any()


def test_a_small_industry_is_masked_in_every_figure_and_the_whole_is_not() -> None:
    table = measure(advocates({"energy": (4, 2), "retail": (40, 20)}), [], {})
    own = table[(table["metric"] == "asks_per_account") & (table["by"] == "industry")].set_index("of")
    assert (own.loc["energy", "note"], own.loc["retail", "value"]) == ("masked", 1.0)
    whole = table[(table["metric"] == "asks_per_account") & (table["by"] == "all")]
    assert whole["numerator"].tolist() == [22]


@pytest.mark.parametrize(
    ("currency", "language", "cost", "margin"),
    [
        ("EUR", "en", "costs €120,000 a year", "30% is earned"),
        ("EUR", "es", "cuesta 120.000 € al año", "se gana el 30 %"),
        ("", "es", "cuesta 120.000 al año", "se gana el 30 %"),
        ("coins", "en", "costs 120,000 coins a year", "30% is earned"),
    ],
)
def test_what_is_assumed_is_written_as_the_language_writes_money(
    currency: str, language: str, cost: str, margin: str
) -> None:
    settings = Programme(cost_per_year=120_000, margin=0.3, attribution=0.2, currency=currency)
    told = roi.assumptions(settings, language)
    assert cost in told[0]
    assert margin in told[1]


def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says() -> None:
    """Asks of an account are alike: its own chance is drawn first. Pooled Wilson without clusters holds it 70 %."""
    draw = np.random.default_rng(7)
    held = 0
    for _ in range(120):
        chance = draw.beta(1.5, 1.5, 40).repeat(6)
        rows = [(f"A{n // 6}", 1, day(3), int(yes), np.nan) for n, yes in enumerate(draw.random(240) < chance)]
        answers = frame("answers", *rows)
        found = stats.share(answers["outcome"] == 1, answers["account_id"])
        held += found.low <= 0.5 <= found.high
    assert 0.82 <= held / 120 <= 0.97


def test_concentration_has_an_interval_that_shrinks_with_the_pool() -> None:
    def width(accounts: int) -> float:
        counts = np.random.default_rng(3).poisson(2, accounts)
        asks = [
            (f"K{n}-{k}", f"A{n}", 1, day(3), "accepted", day(3), day(3), None, None)
            for n, count in enumerate(counts)
            for k in range(count)
        ]
        found = load_gini(records(asks=frame("asks", *asks)), trailing_year(AS_OF))
        assert found.low <= found.value <= found.high
        return found.high - found.low

    assert width(400) < width(25)
