"""A night whose signals are not those that the champion learned from is refused: names, order, types, meaning."""

from collections.abc import Callable
from pathlib import Path

import pytest

from advocate_score.signal_spec import Signal
from advocate_score.signals import catalogue
from advocate_score.signals.catalogue import Catalogue, shipped_catalogue
from flows.conftest import Run
from flows.test_score import files_of
from goals import sized

Variant = Callable[[list[Signal]], list[Signal]]
AFTER = "2026-01-02"


def other(which: str, **news: object) -> Variant:
    """The first signal whose aggregate is `which` that is not of accounts' own, declared otherwise."""

    def vary(signals: list[Signal]) -> list[Signal]:
        place = next(at for at, one in enumerate(signals) if one.aggregate == which and not one.is_category)
        declared = signals[place].model_dump() | news
        return [*signals[:place], Signal.model_validate(declared), *signals[place + 1 :]]

    return vary


def swapped(first: int, second: int) -> Variant:
    def vary(signals: list[Signal]) -> list[Signal]:
        signals[first], signals[second] = signals[second], signals[first]
        return signals

    return vary


def category(**news: object) -> Variant:
    def vary(signals: list[Signal]) -> list[Signal]:
        place = next(at for at, one in enumerate(signals) if one.is_category)
        return [*signals[:place], signals[place].model_copy(update=news), *signals[place + 1 :]]

    return vary


def own(name: str) -> Signal:
    what = {"family": "renewals", "table": "surveys", "aggregate": "count", "concept": "more"}
    return Signal.model_validate({"name": name, "en": "{value}", "es": "{value}", **what})


VARIANTS: dict[str, Variant] = {
    "one renamed": other("count", name="renamed"),
    "one mean renamed": other("mean", name="renamed"),
    "a category renamed": category(name="renamed"),
    "first and second change places": swapped(0, 1),
    "first and last change places": swapped(0, -1),
    "all reversed": lambda signals: signals[::-1],
    "first gone": lambda signals: signals[1:],
    "last gone": lambda signals: signals[:-1],
    "one more at the end": lambda signals: [*signals, own("one_more")],
    "one more in front": lambda signals: [own("one_more"), *signals],
    "a number becomes a category": other("value", column="industry", direction=0),
    "a category becomes a number": category(column="created_at"),
    "a category of another column": category(column="owner"),
    "another lookback": other("count", lookback_days=33),
    "another lookback of a mean": other("mean", lookback_days=33),
    "another fill": other("mean", fill=7.0),
    "another fill of days": other("recency", fill=999.0),
    "other rows counted": other("count", where={"account_id": ["x"]}),
    "sum instead of mean": other("mean", aggregate="sum"),
    "greatest instead of mean": other("mean", aggregate="max"),
}


@pytest.mark.goal("G21")
def test_every_variant_of_the_signals_is_refused_at_night(
    champion: Path, run: Run, monkeypatch: pytest.MonkeyPatch, measured: Callable[[str], None]
) -> None:
    before, whole = files_of(champion / "publications" / "current"), shipped_catalogue()
    names = list(VARIANTS)
    tried = names[:: len(names) // sized(5, len(names))]
    for name in tried:
        varied = VARIANTS[name](list(whole.signals))
        assert varied != list(whole.signals)
        other = Catalogue(tuple(varied), whole.concepts)
        monkeypatch.setattr(catalogue, "shipped_catalogue", lambda other=other: other)
        night = run(champion, "score", "--as-of", AFTER)
        assert night.code == 4, f"{name}: {night.code} {night.err}"
        assert "trained on other signals than tonight's" in night.err
    assert files_of(champion / "publications" / "current") == before
    monkeypatch.undo()
    measured(f"{len(tried)} variants of the signals, {len(tried)} refused with exit 4")
