"""Every figure against one worked out by hand."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, poisson

from advocate_score.config import Programme
from advocate_score.programme import measures
from advocate_score.programme.inputs import trailing_year
from advocate_score.programme.measures import has_reference, is_influenced
from programme.conftest import AS_OF, day, frame, records

YEAR = trailing_year(AS_OF)


def ask(number: int, account: str, level: int, asked, *answer, opportunity=None):
    """`answer`: response, when it came and was noted, when it was delivered; as many of them as there are."""
    response, responded, completed = (*answer, *(None,) * (3 - len(answer)))
    return (f"K{number}", account, level, asked, response, responded, responded, completed, opportunity)


def test_participation_is_the_share_of_yes_with_wilson_bounds() -> None:
    rows = [(f"A{n}", 1, day(3), int(n < 7), math.nan) for n in range(20)]
    found = measures.participation_rate(records(answers=frame("answers", *rows)), YEAR)
    bounds = binomtest(7, 20).proportion_ci(0.9, method="wilson")
    assert (found.numerator, found.denominator, found.value, found.accounts) == (7, 20, 0.35, 20)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high), abs=0.01)


def test_asks_of_one_account_say_less_than_those_of_many() -> None:
    one = [("A", 1, day(3), 1, math.nan)] * 10 + [("B", 1, day(3), 0, math.nan)] * 10
    many = [(f"A{n}", 1, day(3), n % 2, math.nan) for n in range(20)]
    few, lots = (measures.participation_rate(records(answers=frame("answers", *rows)), YEAR) for rows in (one, many))
    assert few.value == lots.value
    assert few.high - few.low > 1.5 * (lots.high - lots.low)


def test_only_the_period_counts() -> None:
    rows = [("A", 1, day(1), 1, 1.0), ("B", 1, AS_OF, 1, 1.0), ("C", 1, datetime_before(), 1, 1.0)]
    assert measures.participation_rate(records(answers=frame("answers", *rows)), YEAR).denominator == 1


def datetime_before():
    return YEAR.start.replace(year=YEAR.start.year - 1)


def test_nothing_asked_is_no_figure() -> None:
    for measure in (
        measures.participation_rate,
        measures.load_gini,
        measures.nps_difference,
        measures.win_rate_difference,
    ):
        found = measure(records(), YEAR)
        assert math.isnan(found.value)


def test_identification_is_of_the_eligible_at_some_level() -> None:
    rows = [
        ("A", 1, AS_OF, True, True),
        ("A", 2, AS_OF, True, False),
        ("B", 1, AS_OF, True, False),
        ("C", 1, AS_OF, False, True),  # resting: nobody's candidate
        ("D", 1, day(6), True, True),  # an earlier publication
    ]
    found = measures.identification_rate(records(readings=frame("readings", *rows)), YEAR)
    assert (found.numerator, found.denominator) == (1, 2)
    assert measures.identification_rate(records(readings=frame("readings", *rows)).of_level(2), YEAR).value == 0


def test_content_per_quarter_has_exact_poisson_bounds() -> None:
    rows = [(f"T{n}", "A", 1, day(2), None) for n in range(6)]
    found = measures.content_per_quarter(records(assets=frame("assets", *rows)), YEAR)
    assert found.value == 1.5
    assert poisson.sf(5, 4 * found.low) == pytest.approx(0.05)
    assert poisson.cdf(6, 4 * found.high) == pytest.approx(0.05)


def test_reference_completion_counts_calls_whose_time_has_passed() -> None:
    rows = [
        ("A", 3, day(2), 1, 1.0),
        ("B", 3, day(2), 1, 0.0),
        ("C", 3, day(12), 1, math.nan),
        ("D", 2, day(2), 1, 1.0),
    ]
    found = measures.reference_completion_rate(records(answers=frame("answers", *rows)), YEAR)
    assert (found.numerator, found.denominator) == (1, 2)


DEALS = frame(
    "opportunities",
    ("P1", "energy", 100.0, day(1), day(5), True),
    ("P2", "energy", 200.0, day(1), day(5), False),
    ("P3", "retail", 400.0, day(1), day(5), True),
    ("P4", "retail", 800.0, day(2), None, None),
)


def test_a_reference_counts_where_it_was_agreed_before_the_end() -> None:
    asks = frame(
        "asks",
        ask(1, "A", 3, day(3), "accepted", day(3, 9), opportunity="P1"),
        ask(2, "A", 3, day(3), "accepted", day(6), opportunity="P2"),
        ask(3, "A", 3, day(3), "declined", day(3, 9), opportunity="P3"),
        ask(4, "A", 2, day(3), "accepted", day(3, 9), opportunity="P4"),
    )
    told = records(asks=asks, opportunities=DEALS)
    assert has_reference(told).tolist() == [True, False, False, False]
    assert is_influenced(told).tolist() == [True, False, False, True]
    won, lost = measures.win_rate_with_reference(told, YEAR), measures.win_rate_without_reference(told, YEAR)
    assert [(one.numerator, one.denominator) for one in (won, lost)] == [(1, 1), (1, 2)]
    assert measures.win_rate_difference(told, YEAR).value == 0.5
    assert measures.pipeline_influenced(told, YEAR).value == 900
    assert measures.pipeline_influenced_share(told, YEAR).value == pytest.approx(900 / 1500)
    assert measures.days_to_close_difference(told, YEAR).value == 0


def test_an_asset_used_in_a_deal_influences_it() -> None:
    assets = frame("assets", ("T1", "A", 1, day(4), "P1 P4"), ("T2", "A", 1, day(6), "P3"))
    assert is_influenced(records(assets=assets, opportunities=DEALS)).tolist() == [True, False, False, True]


def test_newcombe_bounds_are_those_of_the_published_example() -> None:
    """56/70 against 48/80 (Newcombe 1998, table II), whose 95 % interval by this method is 0.0524 to 0.3339."""
    from advocate_score import stats

    def wilson(yes: int, n: int) -> stats.Estimate:
        low, high = stats.wilson(yes / n, n, 0.95)
        return stats.Estimate(yes, n, yes / n, low, high)

    found = stats.difference_of_shares(wilson(56, 70), wilson(48, 80))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_cost_per_lead_is_the_stated_cost_over_referrals() -> None:
    rows = [("A", day(4))] * 4
    told = records(Programme(cost_per_year=1000, paid_cost_per_lead=500), referrals=frame("referrals", *rows))
    assert measures.cost_per_lead(told, YEAR).value == 250
    against = measures.cost_per_lead_vs_paid(told, YEAR)
    assert against.value == 0.5
    assert against.low < 0.5 < against.high


def test_value_to_date_nets_contractions_and_counts_those_who_earned_nothing() -> None:
    told = records(
        accounts=frame("accounts", ("A", "energy"), ("B", "energy"), ("C", "retail")),
        asks=frame("asks", ask(1, "A", 1, day(2), "accepted", day(2))),
        renewals=frame(
            "renewals",
            ("A", day(1), "renewal", 100.0),
            ("A", day(2), "contraction", -30.0),
            ("B", day(2), "expansion", 20.0),
            ("B", day(3), "pending", 999.0),
        ),
    )
    assert measures.value_to_date_advocates(told, YEAR).value == 70
    assert measures.value_to_date_others(told, YEAR).value == 10
    assert measures.value_to_date_difference(told, YEAR).value == 60


def test_load_counts_advocates_who_were_not_asked() -> None:
    asks = [ask(n, "A", 1, day(3)) for n in range(3)] + [ask(9, "B", 1, datetime_before(), "accepted", day(1))]
    told = records(asks=frame("asks", *asks))
    assert measures.asks_per_account(told, YEAR).value == 3
    assert measures.most_asks_of_one_account(told, YEAR).value == 3
    assert measures.load_gini(told, YEAR).value == 0.5  # all asks on one of two


def test_gini_is_that_of_its_definition() -> None:
    asks = np.random.default_rng(1).poisson(1.5, 200)
    apart = np.abs(asks[:, None] - asks[None, :]).mean()
    counts = np.bincount(asks)[None, :].astype(float)
    assert measures.gini(counts)[0] == pytest.approx(apart / (2 * asks.mean()))


def test_waiting_asks_make_the_time_to_deliver_longer() -> None:
    done = [ask(n, f"A{n}", 2, day(3), "accepted", day(3), day(3, 11)) for n in range(3)]
    waiting = [ask(n, f"A{n}", 2, day(3), "accepted", day(3)) for n in range(3, 8)]
    assert measures.request_to_delivery_days(records(asks=frame("asks", *done)), YEAR).value == 10
    assert math.isnan(measures.request_to_delivery_days(records(asks=frame("asks", *done, *waiting)), YEAR).value)


def test_case_studies_are_approved_or_rejected() -> None:
    told = records(
        answers=frame("answers", ("A", 2, day(2), 1, 1.0), ("B", 2, day(2), 1, 0.0), ("C", 1, day(2), 1, 1.0)),
        asks=frame(
            "asks",
            ask(1, "A", 2, day(2), "accepted", day(3)),
            ask(2, "B", 2, day(2), "declined", day(3)),
            ask(3, "C", 2, day(12), None),
        ),
    )
    assert measures.case_study_approval_rate(told, YEAR).value == 0.5
    assert measures.case_study_rejection_rate(told, YEAR).value == 0.5


def test_nps_takes_the_last_answer_of_each_respondent() -> None:
    told = records(
        asks=frame("asks", ask(1, "A", 1, day(2), "accepted", day(2))),
        surveys=frame(
            "surveys",
            ("A", "c1", day(2), 2.0),
            ("A", "c1", day(3), 10.0),
            ("A", "c2", day(3), 7.0),
            ("B", "c3", day(3), 0.0),
            ("B", "c3", datetime_before(), 10.0),
        ),
    )
    assert measures.nps_advocates(told, YEAR).value == 50
    assert measures.nps_base(told, YEAR).value == 0
    assert measures.nps_difference(told, YEAR).value == 50
