import numpy as np
import pandas as pd
import pytest

from advocate_score.publication.sentences import note, what_if_sentences
from advocate_score.signals.catalogue import shipped

SIGNALS = {one.name: one for one in shipped().signals}
CHANGE = {"concept": "executive_engagement", "readiness_from": 0.416, "readiness_to": 0.527}


def told(language: str, **change: object) -> str:
    frame = pd.DataFrame([CHANGE | change], index=[7])
    sentences = what_if_sentences(frame, SIGNALS, shipped().concepts, language)
    assert sentences.index.tolist() == [7]
    return str(sentences.loc[7])


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "Executives take part — executive meetings and steering committees in the last 12 months: 3 (now 1); "
            "readiness 53 % instead of 42 %",
        ),
        (
            "es",
            "Implicación de la dirección — reuniones de dirección y comités de seguimiento en los últimos 12 meses: 3 "
            "(ahora 1); preparación del 53 % en lugar del 42 %",
        ),
    ],
)
def test_a_change_is_told_with_its_label_units_and_both_readings(language: str, sentence: str) -> None:
    assert told(language, signal="executive_meetings_365d", **{"from": 1.0, "to": 3.0}) == sentence


def test_the_present_value_is_written_as_the_sentence_writes_it() -> None:
    assert "67% (now 33%)" in told("en", signal="confirmed_outcome_share", **{"from": 1 / 3, "to": 2 / 3})
    assert ": 12 (ahora 66);" in told("es", signal="contact_recency", **{"from": 65.7, "to": 12.0})


def test_what_never_was_is_told_so() -> None:
    assert "(now never)" in told("en", signal="executive_recency", **{"from": np.nan, "to": 30.0})
    assert "(ahora nunca)" in told("es", signal="executive_recency", **{"from": np.nan, "to": 30.0})


def test_a_concept_of_the_user_goes_by_its_slug() -> None:
    assert told("en", signal="sponsors", concept="own_idea", **{"from": 0.0, "to": 1.0}).startswith("Own idea — ")


def test_every_actionable_signal_can_be_told_in_both_languages() -> None:
    actionable = [one for one in shipped().signals if one.actionable]
    assert actionable
    rows = pd.DataFrame(
        [CHANGE | {"signal": one.name, "concept": one.concept, "from": 0.0, "to": 1.0} for one in actionable]
    )
    for language in ("en", "es"):
        assert what_if_sentences(rows, SIGNALS, shipped().concepts, language).str.len().gt(20).all()


def test_nothing_actionable_is_an_ask_or_a_favour() -> None:
    assert not [one.name for one in shipped().signals if one.actionable and one.table in ("asks", "mentions")]


def test_the_note_calls_it_by_its_name() -> None:
    assert note("en").startswith("Model response, not effect")
    assert note("es").startswith("Respuesta del modelo, no efecto")
