import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings as settings_of_hypothesis, strategies as st

from advocate_score.config import Ladder, Settings
from advocate_score.errors import ConfigurationError
from advocate_score.flows.inspection import listing
from advocate_score.ladder import LANGUAGES
from advocate_score.schema import TABLES
from advocate_score.signal_spec import AGGREGATES, Aggregate, Family, Signal
from advocate_score.signal_words import Cases, Terms, forms_of
from advocate_score.signals.catalogue import columns_needed, faults_of, resolve, shipped_catalogue
from advocate_score.text import Text

PRESENT = {table.name: frozenset(table.column_names) for table in TABLES.values()}
OWN = {"name": "reviews_365d", "family": "responsiveness", "table": "interactions", "aggregate": "count"}
OWN |= {"concept": "code_review", "en": "{value:.0f}", "es": "{value:.0f}"}


def settings(*own: dict[str, object], off: tuple[str, ...] = ()) -> Settings:
    return Settings.model_validate({"folder": Path(), "signals": own, "catalogue": {"off": off}})


def test_the_shipped_signals_are_sound() -> None:
    assert [str(fault) for signal in shipped_catalogue().signals for fault in faults_of(signal)] == []
    assert max(Counter(signal.name for signal in shipped_catalogue().signals).values()) == 1


def test_every_family_is_covered_by_several_lookbacks_and_aggregates() -> None:
    signals = shipped_catalogue().signals
    assert len(signals) >= 60
    assert {signal.family for signal in signals} == set(get_args(Family))
    assert min(Counter(signal.family for signal in signals).values()) >= 5
    assert {signal.lookback_days for signal in signals} >= {90, 365, 730, None}
    assert len({signal.aggregate for signal in signals}) >= 10


def test_all_are_active_where_every_column_is_there_and_none_where_nothing_is() -> None:
    catalogue = resolve(settings())
    assert catalogue.active(PRESENT) == catalogue.signals
    assert catalogue.inactive({}).keys() == {signal.name for signal in catalogue.signals}


UNSAID = re.compile(r":\s*[-+−]?[\d.,]+\s*%?$|\b1 (times|veces)\b|mixed signals|señales mixtas|\d{4}-\d\d-\d\d|[{}]")
"""A bare number after a colon, a wrong plural, a filler, a day for machines, what was left unfilled."""


TERMS = Terms("EUR", Ladder().activities)
NUMBERS = [signal for signal in shipped_catalogue().signals if not signal.is_category]


def values_of(signal: Signal) -> st.SearchStrategy[float]:
    """Wide, and of the signal's kind."""
    if signal.kind.is_whole:
        return st.sampled_from([0.0, 1.0, 2.0]) | st.integers(0, 20_000).map(float)
    if signal.kind.is_proportion:
        return st.sampled_from([0.0, 1.0]) | st.floats(0, 1).map(lambda share: round(share, 4))
    return st.sampled_from([0.0, 1.0]) | st.floats(-2e6, 2e6).map(lambda value: round(value, 4))


@settings_of_hypothesis(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(NUMBERS), st.sampled_from(LANGUAGES))
def test_no_reason_reads_like_a_column_of_a_table(data: st.DataObject, signal: Signal, language: str) -> None:
    value = data.draw(st.none() | values_of(signal))
    for_, against = (signal.reason_sentence(value, side, language, TERMS) for side in (False, True))
    for sentence in filter(None, (for_, against)):
        assert not UNSAID.search(sentence), sentence
        assert sentence[0].isupper() or sentence[0].isdigit() or sentence[0] in "€-", sentence
        assert "  " not in sentence
    assert not (for_ and value is None)
    assert signal.reason or not (for_ or against)


def test_what_reads_well_is_told_for_and_what_reads_badly_against() -> None:
    signals = {one.name: one for one in shipped_catalogue().signals}
    for name, value, is_for in [
        ("asks_accepted_all", 2.0, True),
        ("praise_365d", 0.0, False),
        ("contractions_365d", 0.0, True),
        ("contractions_365d", 1.0, False),
        ("contact_recency", 3.0, True),
        ("contact_recency", 200.0, False),
        ("contact_volume_365d", 20.0, True),
        ("contact_volume_365d", 0.0, False),
        ("asks_made_365d", 3.0, False),
        ("contact_sentiment_365d", 0.65, True),
        ("contact_sentiment_365d", -0.65, False),
    ]:
        told = [bool(signals[name].reason_sentence(value, against, "en")) for against in (False, True)]
        assert told == [is_for, not is_for], (name, value)
    for name in ("region", "relationship_days", "contact_trend_365d", "executive_trend_365d", "account_age"):
        assert not signals[name].reason


def test_each_language_has_sentences_and_labels_of_its_own() -> None:
    for signal in shipped_catalogue().signals:
        assert signal.en != signal.es
        if isinstance(signal.en, Cases) and isinstance(signal.es, Cases):
            assert signal.en.names == signal.es.names
            pairs = [(signal.en.of(name), signal.es.of(name)) for name in signal.en.names]
        else:
            pairs = [(str(signal.en), str(signal.es))]
        for english, spanish in pairs:
            assert len(forms_of(english)) == len(forms_of(spanish)), english
    assert {signal.concept for signal in shipped_catalogue().signals} == set(shipped_catalogue().concepts)
    assert all(label.en and label.es and label.en != label.es for label in shipped_catalogue().concepts.values())


def test_switching_off_and_adding() -> None:
    catalogue = resolve(settings(OWN, off=("nps_last",)))
    names = [signal.name for signal in catalogue.signals]
    assert "nps_last" not in names
    assert names[-1] == "reviews_365d"
    assert catalogue.concepts["code_review"] == Text("code review", "code review")


def test_a_shipped_signal_is_redeclared_by_switching_it_off() -> None:
    catalogue = resolve(settings(OWN | {"name": "nps_last"}, off=("nps_last",)))
    assert [signal.table for signal in catalogue.signals if signal.name == "nps_last"] == ["interactions"]


def test_every_fault_is_told_at_once_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve(settings(OWN, OWN, OWN | {"name": "nps_last"}, OWN | {"name": "level"}, off=("nps_lats", "zzz")))
    told = str(caught.value)
    assert len(caught.value.faults) == 5
    assert "did you mean 'nps_last'" in told
    assert "advocate-score signals" in told
    assert "declared twice" in told
    assert "add 'nps_last' to [catalogue] off" in told
    assert "name of a column" in told


FAULTY = {
    "today's value only": {"table": "accounts", "aggregate": "value", "column": "status"},
    "names the account": {"table": "accounts", "aggregate": "value", "column": "account_name"},
    "filled later": {"table": "assets", "aggregate": "sum", "column": "downloads"},
    "no time from which": {"table": "permissions"},
    "needs numbers": {"aggregate": "mean", "column": "kind"},
    "and occurred_at is a time": {"aggregate": "last", "column": "occurred_at"},
    "needs where": {"aggregate": "share"},
    "goes with share and rate": {"among": {"kind": "call"}},
    "'prior' goes with": {"prior": 0.5},
    "no lookback": {"table": "accounts", "aggregate": "value", "column": "created_at", "lookback_days": 9},
    "cannot be filled": {"table": "accounts", "aggregate": "value", "column": "region", "fill": 0, "en": "", "es": ""},
    "does not suit text": {"table": "accounts", "aggregate": "value", "column": "region"},
    "does not suit a number": {"en": "{value:>s}"},
    "has no min and max": {"where": {"kind": {"min": 1}}},
    "lets no row pass": {"where": {"kind": []}},
    "is true or false": {"where": {"executive": ["yes"]}},
    "is a number": {"where": {"sentiment": ["good"]}},
    "is text": {"where": {"topic": [3]}},
    "never 'clients'": {"where": {"initiated_by": "clients"}},
    "cannot be compared": {"where": {"occurred_at": ["2024-01-01"]}},
}


@pytest.mark.parametrize("told", FAULTY)
def test_a_declaration_that_cannot_be_is_refused(told: str) -> None:
    signal = Signal.model_validate(OWN | FAULTY[told])
    with pytest.raises(ConfigurationError) as caught:
        resolve(settings(signal.model_dump(exclude_none=True)))
    assert told in str(caught.value)
    assert all(fault.fix for fault in caught.value.faults)


def test_a_value_that_is_no_choice_is_answered_with_the_nearest() -> None:
    signal = Signal.model_validate(OWN | {"where": {"initiated_by": "clients"}})
    assert [fault.fix for fault in faults_of(signal)] == ["did you mean 'client'?"]


@pytest.mark.parametrize(
    ("table", "missing", "own", "told"),
    [
        ("contacts", "created_at", {}, "nothing says when a row was known"),
        ("asks", "completed_at", {"where": {"completed": True}}, "asks has no completed_at"),
        ("cases", "closed_at", {"where": {"open": True}}, "cases has no closed_at"),
        ("surveys", "nps", {"aggregate": "last", "column": "nps"}, "surveys has no nps"),
        ("surveys", "", {"aggregate": "last", "column": "effort_score"}, "surveys has no effort_score"),
    ],
)
def test_a_signal_without_its_columns_is_inactive_and_says_why(
    table: str, missing: str, own: dict[str, object], told: str
) -> None:
    catalogue = resolve(settings(OWN | {"table": table} | own))
    present = PRESENT | {table: PRESENT[table] - {missing}}
    assert told in catalogue.inactive(present)["reviews_365d"]
    assert "reviews_365d" not in {signal.name for signal in catalogue.active(present)}


def test_a_column_that_only_the_export_has_makes_a_signal_active() -> None:
    catalogue = resolve(settings(OWN | {"where": {"mood": "calm"}}))
    assert "reviews_365d" in catalogue.inactive(PRESENT)
    widened = PRESENT | {"interactions": PRESENT["interactions"] | {"mood"}}
    assert "reviews_365d" not in catalogue.inactive(widened)


def test_derived_columns_rest_on_columns_of_the_contract() -> None:
    assert columns_needed("asks", "response_days") == {"response", "responded_at"}
    assert columns_needed("surveys", "response_days") == {"response_days"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_listing_has_every_signal_active_or_not(language: str) -> None:
    catalogue = resolve(settings())
    frame = listing(catalogue, {"surveys": PRESENT["surveys"]}, language).set_index("name")
    assert list(frame.index) == [signal.name for signal in catalogue.signals]
    assert frame.loc["nps_last", "active"]
    assert not frame.loc["renewals_730d", "active"]
    assert frame.loc["renewals_730d", "why_inactive"] == "table renewals is not there"
    assert ("encuestas" in frame.loc["promoter_answers_730d", "sentence"]) == (language == "es")


@pytest.mark.parametrize(
    ("template", "value", "english", "spanish"),
    [
        ("x {value:+.2f}", 0.77, "x +0.77", "x +0,77"),
        ("x {value:.0%}", 0.5, "x 50%", "x 50 %"),
        ("x {value:.0f}", -5.0, "x -5", "x -5"),
        ("x {value}", "A.S. 5%", "x A.S. 5%", "x A.S. 5%"),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(
    template: str, value: float | str, english: str, spanish: str
) -> None:
    signal = shipped_catalogue().signals[0].model_copy(update={"en": template, "es": template})
    assert (signal.sentence(value, "en"), signal.sentence(value, "es")) == (english, spanish)


def test_every_aggregate_has_its_record() -> None:
    assert list(AGGREGATES) == list(get_args(Aggregate))
