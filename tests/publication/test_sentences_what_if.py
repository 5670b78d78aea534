import numpy as np
import pandas as pd
import pytest

from advocate_score.publication.sentences import note, what_if_sentences
from advocate_score.signals.catalogue import shipped_catalogue

SIGNALS = {one.name: one for one in shipped_catalogue().signals}
CHANGE = {"readiness_from": 0.416, "readiness_to": 0.527}


def told(language: str, **change: object) -> str:
    frame = pd.DataFrame([CHANGE | change], index=[7])
    sentences = what_if_sentences(frame, SIGNALS, language)
    assert sentences.index.tolist() == [7]
    return str(sentences.loc[7])


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "3 executive meetings and steering committees in the past year (now 1): readiness 53% instead of 42%",
        ),
        (
            "es",
            "3 reuniones de dirección y comités de seguimiento en el último año (ahora, 1): preparación del 53 % en "
            "lugar del 42 %",
        ),
    ],
)
def test_a_change_is_told_with_both_values_and_both_readings(language: str, sentence: str) -> None:
    assert told(language, signal="executive_meetings_365d", **{"from": 1.0, "to": 3.0}) == sentence


def test_the_present_value_is_written_as_the_sentence_writes_it() -> None:
    share = {"signal": "confirmed_outcome_share", "from": 1 / 3, "to": 2 / 3}
    assert told("en", **share).startswith("Has confirmed two in three results measured (now one in three): ")
    spanish = told("es", signal="contact_recency", **{"from": 65.7, "to": 12.0})
    assert spanish.startswith("Último contacto hace 12 días (ahora, hace 2 meses): ")


def test_what_never_was_is_told_so() -> None:
    assert "(now never)" in told("en", signal="executive_recency", **{"from": np.nan, "to": 30.0})
    assert "(ahora, nunca)" in told("es", signal="executive_recency", **{"from": np.nan, "to": 30.0})


def test_every_actionable_signal_can_be_told_in_both_languages() -> None:
    actionable = [one for one in shipped_catalogue().signals if one.actionable]
    assert actionable
    values = [(now, to) for now in (0.0, 1.0, 7.0, 400.0) for to in (0.0, 1.0, 2.0, 40.0)]
    changes = [{"signal": one.name, "from": now, "to": to} for one in actionable for now, to in values]
    rows = pd.DataFrame([CHANGE | change for change in changes])
    for language in ("en", "es"):
        sentences = what_if_sentences(rows, SIGNALS, language)
        assert sentences.str.match(r"\S.{8,} \((now|ahora,) \S.*\): ").all()
        assert not sentences.str.contains("{", regex=False).any()


def test_nothing_actionable_is_an_ask_or_a_favour() -> None:
    assert not [one.name for one in shipped_catalogue().signals if one.actionable and one.table in ("asks", "mentions")]


def test_the_note_calls_it_by_its_name() -> None:
    assert note("en").startswith("Model response, not effect")
    assert note("es").startswith("Respuesta del modelo, no efecto")
