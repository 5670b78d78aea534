"""The cases of a signal's words, and values as people write them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from advocate_score.config import Ladder, load_settings
from advocate_score.config.settings import Names
from advocate_score.errors import ConfigurationError
from advocate_score.signal_spec import Signal
from advocate_score.signal_words import Cases, Terms, sentence_with, value_words

CALLS = {"name": "calls", "family": "responsiveness", "table": "interactions", "aggregate": "count", "concept": "calls"}
SHARE = CALLS | {"aggregate": "share", "where": {"kind": "call"}, "direction": 1}


def signal(en: object, es: object | None = None, **declared: object) -> Signal:
    return Signal.model_validate(CALLS | {"direction": 1} | declared | {"en": en, "es": en if es is None else es})


@pytest.mark.parametrize(
    ("value", "form", "currency", "english", "spanish"),
    [
        (77_500.0, "money", "EUR", "€77,500", "77.500 €"),
        (1_500.4, "money", "EUR", "€1,500", "1.500 €"),
        (77_500.0, "money", "", "77,500", "77.500"),
        (77_500.0, "money", "UF", "77,500 UF", "77.500 UF"),
        (1_234.5, "", "", "1,234.5", "1.234,5"),
        (20.0, "", "", "20", "20"),
        (0.77, "+.2f", "", "+0.77", "+0,77"),
        (-0.0, ".1f", "", "0.0", "0,0"),
        (-0.04, "+.1f", "", "+0.0", "+0,0"),
        (0.365, ".0%", "", "36%", "36 %"),
        (1.0, "times", "", "once", "una vez"),
        (2.0, "times", "", "twice", "2 veces"),
        (1_200.0, "times", "", "1,200 times", "1.200 veces"),
        (0.0, "ago", "", "today", "hoy"),
        (1.0, "ago", "", "yesterday", "ayer"),
        (13.0, "ago", "", "13 days ago", "hace 13 días"),
        (0.4, "ago", "", "yesterday", "ayer"),
        (1.5, "ago", "", "2 days ago", "hace 2 días"),
        (14.0, "ago", "", "2 weeks ago", "hace 2 semanas"),
        (90.0, "ago", "", "3 months ago", "hace 3 meses"),
        (714.0, "duration", "", "23 months", "23 meses"),
        (730.0, "duration", "", "2 years", "2 años"),
        (0.3, "duration", "", "less than a day", "menos de un día"),
        (1.2, "duration", "", "1 day", "1 día"),
        (0.36, "ratio", "", "one in three", "uno de cada tres"),
        (0.36, "ratio-f", "", "one in three", "una de cada tres"),
        (0.67, "ratio-f", "", "two in three", "dos de cada tres"),
        (0.02, "ratio", "", "one in twenty", "uno de cada veinte"),
    ],
)
def test_values_are_written_as_people_write_them(
    value: float, form: str, currency: str, english: str, spanish: str
) -> None:
    assert value_words(value, form, "en", currency) == english
    assert value_words(value, form, "es", currency) == spanish


COUNTED = {"zero": "No call", "one": "One call", "other": "{value} calls", "missing": "No call on record"}
CONTADAS = {"zero": "Ninguna llamada", "one": "Una llamada", "other": "{value} llamadas"}
CONTADAS |= {"missing": "No consta ninguna"}


@pytest.mark.parametrize(
    ("value", "for_", "against"),
    [
        (0.0, ("", ""), ("No call", "Ninguna llamada")),
        (1.0, ("One call", "Una llamada"), ("", "")),
        (2.0, ("2 calls", "2 llamadas"), ("", "")),
        (1_000_000.0, ("1,000,000 calls", "1.000.000 llamadas"), ("", "")),
        (None, ("", ""), ("No call on record", "No consta ninguna")),
        (float("nan"), ("", ""), ("No call on record", "No consta ninguna")),
    ],
)
def test_a_count_is_told_by_its_case_on_its_side(
    value: float | None, for_: tuple[str, str], against: tuple[str, str]
) -> None:
    more_is_good, more_is_bad = (signal(COUNTED, CONTADAS, direction=way) for way in (1, -1))
    for language, good, bad in zip(("en", "es"), for_, against, strict=True):
        assert more_is_good.reason_sentence(value, False, language) == good
        assert more_is_good.reason_sentence(value, True, language) == bad
        if value == value and value is not None:  # noqa: PLR0124  # not NaN
            assert more_is_bad.reason_sentence(value, True, language) == good
            assert more_is_bad.reason_sentence(value, False, language) == bad


def test_a_value_without_a_sentence_for_its_case_is_not_told() -> None:
    bare = signal({"other": "{value} calls"})
    assert [bare.reason_sentence(value, side, "en") for value in (0.0, None) for side in (False, True)] == [""] * 4


BANDS = {"bands": {"low": -0.1, "high": 0.3}, "aggregate": "mean", "column": "sentiment"}


@pytest.mark.parametrize(
    ("value", "for_", "against"),
    [
        (-1.0, "", "Tense"),
        (-0.1, "", "Tense"),
        (0.0, "", ""),
        (0.29, "", ""),
        (0.3, "Warm", ""),
        (1.0, "Warm", ""),
    ],
)
def test_a_graded_value_is_told_by_its_band(value: float, for_: str, against: str) -> None:
    graded = signal({"low": "Tense", "high": "Warm"}, **BANDS)
    assert graded.reason_sentence(value, False, "en") == for_
    assert graded.reason_sentence(value, True, "en") == against
    other_way = graded.model_copy(update={"reads": -1})
    assert (other_way.reason_sentence(value, True, "en"), other_way.reason_sentence(value, False, "en")) == (
        for_,
        against,
    )


def test_what_lies_between_is_told_on_either_side_if_it_has_words() -> None:
    graded = signal({"low": "Tense", "mid": "Neither", "high": "Warm"}, **BANDS)
    assert [graded.reason_sentence(0.1, side, "en") for side in (False, True)] == ["Neither"] * 2


def test_a_share_of_none_or_all_is_told_as_such() -> None:
    words = {"zero": "None of them", "all": "Every one", "other": "{value:ratio} of them"}
    share = Signal.model_validate(SHARE | {"en": words, "es": words})
    assert share.reason_sentence(0.0, True, "en") == "None of them"
    assert share.reason_sentence(0.5, False, "en") == "One in two of them"
    assert share.reason_sentence(1.0, False, "en") == "Every one"


def test_an_ask_is_named_as_the_firm_names_its_levels() -> None:
    sentences = {"en": "Has said yes to {value:ask}", "es": "Ha aceptado {value:ask}"}
    told = {
        language: [sentence_with(sentence, level, language, Terms("", ladder.activities)) for level in (5.0, 2.0)]
        for language, sentence in sentences.items()
        for ladder in [Ladder(names=Names(level_2="Success story"))]
    }
    assert told == {
        "en": ["Has said yes to joining the advisory board", "Has said yes to “Success story”"],
        "es": ["Ha aceptado formar parte del consejo asesor", "Ha aceptado «Success story»"],
    }
    assert sentence_with(sentences["en"], 7.0, "en") == "Has said yes to an ask of level 7"


def test_a_plain_sentence_speaks_on_either_side_but_for_none_of_a_good_thing() -> None:
    plain = signal("{value:.0f} calls")
    assert [plain.reason_sentence(3.0, side, "en") for side in (False, True)] == ["3 calls"] * 2
    assert [plain.reason_sentence(0.0, side, "en") for side in (False, True)] == ["", "0 calls"]
    for_the_model = signal("{value:.0f} calls", reason=False)
    assert [for_the_model.reason_sentence(3.0, side, "en") for side in (False, True)] == ["", ""]


REFUSED = {
    "en and es need the same cases": {"en": COUNTED, "es": {"other": "{value}"}},
    "the cases low, mid and high need bands": {"en": {"low": "few"}, "es": {"low": "pocas"}},
    "bands need en and es in cases": {"bands": {"low": 1, "high": 2}, "en": "{value}", "es": "{value}"},
    "low is not below high": {"bands": {"low": 2, "high": 2}, "en": {"low": "few"}, "es": {"low": "pocas"}},
    "give at least one case": {"en": {}, "es": {}},
    "an unknown value cannot stand in a sentence": {"en": {"missing": "{value}"}, "es": {"missing": "x"}},
    "the case all goes with share and rate": {"en": {"all": "every"}, "es": {"all": "todas"}},
    "the case one goes with whole numbers": {
        "aggregate": "mean",
        "column": "sentiment",
        "en": {"one": "one"},
        "es": {"one": "una"},
    },
    "give the cases zero and all": {"en": {"other": "{value:ratio}"}, "es": {"other": "{value:ratio}"}},
    "an actionable signal needs the case other": {"actionable": True, "en": {"zero": "none"}, "es": {"zero": "nada"}},
    "a sentence may hold {value} only": {"en": {"other": "{x}"}, "es": {"other": "{x}"}},
    "a category takes one sentence": {
        "table": "accounts",
        "aggregate": "value",
        "column": "region",
        "en": {"other": "{value}"},
        "es": {"other": "{value}"},
    },
}


@pytest.mark.parametrize("told", REFUSED)
def test_malformed_words_are_refused(told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Signal.model_validate(CALLS | REFUSED[told])
    assert told in str(refused.value)


def test_a_fault_in_a_case_has_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    head = "[[signals]]\n" + "".join(f'{name} = "{value}"\n' for name, value in CALLS.items())
    words = 'en = { otehr = "x" }\nes = { other = "{who}" }\nbands = { low = 1, hihg = 2 }\n'
    (tmp_path / "advocate.toml").write_text(head + words, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_settings(tmp_path / "advocate.toml", [])
    told = [str(fault) for fault in refused.value.faults]
    assert any("[[signals]] calls en.otehr" in fault and "'other'" in fault for fault in told), told
    assert any("[[signals]] calls es.other: a sentence may hold {value} only" in fault for fault in told), told
    assert any("[[signals]] calls bands.hihg" in fault and "'high'" in fault for fault in told), told
    assert not any("as cases" in fault for fault in told)


def test_cases_are_written_into_a_models_file_and_read_back() -> None:
    declared = signal(COUNTED, CONTADAS)
    assert Signal.model_validate(declared.model_dump(mode="json")) == declared
    assert isinstance(declared.en, Cases)
