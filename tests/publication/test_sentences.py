from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from advocate_score.publication.sentences import COLUMNS, missing_phrases, reasons, with_lost_renewals
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.text import Text

CONCEPTS = {
    "renewal": Text("Renewed the contract", "Renovación del contrato"),
    "nps": Text("NPS answers", "Respuestas NPS"),
}


def signal(name: str, concept: str, **more: object) -> Signal:
    text = {"en": f"{{value:.0f}} {name}", "es": f"{{value:.0f}} {name} (es)"}
    return Signal(
        **{"name": name, "family": "renewals", "table": "renewals", "aggregate": "count"} | text | more, concept=concept
    )


SIGNALS = {
    "renewals": signal("renewals", "renewal"),
    "score": signal("score", "nps"),
    "visits": signal("visits", "visiting"),
    "calls": signal("calls", "calling"),
    "industry": signal(
        "industry",
        "industry",
        table="accounts",
        aggregate="value",
        column="industry",
        en="industry: {value}",
        es="sector: {value}",
    ),
}


def explained(*rows: tuple) -> pd.DataFrame:
    """One account from (concept, signal, value, contribution, stable)."""
    names = ["concept", "signal", "value", "contribution", "stable"]
    return pd.DataFrame(rows, columns=names).assign(account_id="a", level=2)


def told(*rows: tuple, language: str = "en", signals: dict[str, Signal] = SIGNALS) -> list[str]:
    found = reasons(explained(*rows), signals, CONCEPTS, language)
    assert tuple(found.columns) == COLUMNS
    return list(found.iloc[0, 2:])


def test_what_speaks_for_comes_first_and_the_strongest_of_it() -> None:
    rows = [
        ("nps", "score", 9.0, -3.0, True),
        ("renewal", "renewals", 2.0, 0.5, True),
        ("visiting", "visits", 7.0, 0.7, True),
    ]
    assert told(*rows) == ["7 visits", "2 renewals", "Against: 9 score"]
    assert told(*rows, language="es") == ["7 visits (es)", "2 renewals (es)", "En contra: 9 score (es)"]


def test_a_concept_speaks_once_and_three_are_enough() -> None:
    rows = [
        ("nps", "score", 9.0, 1.0, True),
        ("nps", "renewals", 9.0, 0.9, True),
        ("renewal", "renewals", 2.0, 0.8, True),
        ("visiting", "visits", 7.0, 0.7, True),
        ("calling", "calls", 7.0, 0.6, True),
    ]
    assert told(*rows) == ["9 score", "2 renewals", "7 visits"]


@pytest.mark.parametrize("value", [None, float("nan")])
def test_unknown_values_are_told_as_such(value: float | None) -> None:
    assert told(("renewal", "renewals", value, -1.0, True)) == ["Against: no data on renewed the contract", "", ""]
    assert told(("nps", "score", value, -1.0, True))[0] == "Against: no data on NPS answers"
    assert told(("visiting", "visits", value, -1.0, True), language="es")[0] == "En contra: sin datos de visiting"


@pytest.mark.parametrize("value", [None, float("nan")])
def test_not_to_know_a_thing_is_no_reason_for(value: float | None) -> None:
    assert told(("renewal", "renewals", value, 1.0, True)) == ["", "", ""]


def test_what_is_not_stable_is_not_told() -> None:
    rows = [
        ("nps", "score", 9.0, 1.0, False),
        ("renewal", "renewals", 2.0, 0.8, True),
        ("visiting", "visits", 7.0, -0.7, False),
    ]
    assert told(*rows) == ["2 renewals", "", ""]
    assert told(rows[0]) == ["", "", ""]


def test_a_concept_speaks_by_its_first_signal_that_has_words_for_the_side() -> None:
    bands = {"direction": 1, "bands": {"low": 1, "high": 5}}
    own = {
        "silent": signal("silent", "calling", reason=False),
        "graded": signal("graded", "calling", en={"high": "{value} calls"}, es={"high": "{value} llamadas"}, **bands),
        "visits": signal("visits", "calling"),
    }
    rows = [("calling", name, 3.0, 1.0, True) for name in own]
    assert told(*rows, signals=own) == ["3 visits", "", ""]
    assert told(*rows[:2], signals=own) == ["", "", ""]


def test_a_sentence_of_cases_goes_on_after_the_colon_and_a_firms_own_keeps_its_letters() -> None:
    own = {
        "praise": signal("praise", "praise", direction=1, en={"zero": "No praise"}, es={"zero": "Ningún elogio"}),
        "logins": signal("logins", "logins", en="Salesforce logins: {value:.0f}", es="Entradas: {value:.0f}"),
    }
    rows = [("praise", "praise", 0.0, -1.0, True), ("logins", "logins", 3.0, -0.5, True)]
    assert told(*rows, signals=own) == ["Against: no praise", "Against: Salesforce logins: 3", ""]


def test_what_is_missing_is_named_and_a_trouble_is_not_missing() -> None:
    signals = {one.name: one for one in shipped_catalogue().signals}
    rows = [
        ("problems", "open_cases", 2.0, -0.9, True),
        ("tone", "contact_sentiment_365d", -0.5, -0.8, False),
        ("outcomes", "outcomes_all", 3.0, 0.7, True),
        ("confirmed_outcomes", "confirmed_outcomes_730d", 0.0, -0.5, True),
    ]

    def missing(*rows: tuple, language: str = "en") -> list[str]:
        return missing_phrases(explained(*rows), signals, CONCEPTS, language)["missing"].tolist()

    assert missing(*rows) == ["No result confirmed by the client in the past two years"]
    assert missing(*rows, language="es") == ["Ningún resultado confirmado por el cliente en los dos últimos años"]
    assert missing(*rows[:3]) == [""]
    assert missing(("referrals", "referral_recency", None, -0.5, True)) == ["Has not referred us yet"]


def test_categories_are_told_in_words() -> None:
    assert told(("industry", "industry", "Energy", 1.0, True))[0] == "industry: Energy"


def test_every_explained_row_has_its_reasons_in_order() -> None:
    frame = pd.DataFrame(
        {
            "account_id": ["b", "a", "a"],
            "level": [1, 2, 1],
            "concept": "renewal",
            "signal": "renewals",
            "value": [1.0, 2.0, 3.0],
            "contribution": 1.0,
            "stable": True,
        }
    )
    found = reasons(frame, SIGNALS, CONCEPTS)
    assert found["reason_1"].tolist() == ["3 renewals", "2 renewals", "1 renewals"]
    assert reasons(frame.head(0), SIGNALS, CONCEPTS).empty


@pytest.mark.parametrize(("zone", "day"), [("UTC", "19"), ("Europe/Madrid", "20")])
def test_a_lost_renewal_is_on_the_day_of_the_zone(zone: str, day: str) -> None:
    rows = pd.DataFrame([("a", 1, "3 reviews", "", ""), ("b", 1, "", "", "")], columns=list(COLUMNS))
    losses = pd.Series({"a": pd.Timestamp(2025, 5, 19, 22)})
    shown = with_lost_renewals(rows, losses, zone=ZoneInfo(zone))
    assert shown["reason_2"].tolist() == [f"Against: did not renew on {day} May 2025", ""]
    spanish = with_lost_renewals(rows, losses, "es", ZoneInfo(zone))
    assert spanish["reason_2"].tolist() == [f"En contra: no renovó el {day} de mayo de 2025", ""]
