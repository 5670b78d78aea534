"""Whatever was done to the nights, and wherever a delivery broke off: after a whole one both places say the same."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from advocate_score.delivery import database
from advocate_score.errors import InputError
from advocate_score.publication.folder import lock_folder
from advocate_score.publication.publisher import remove_expired, rewrite, roll_back
from advocate_score.publication.store import active_dates, read_manifest
from delivery.nights import FILES, Nights

DAYS = [f"2026-01-0{day}" for day in range(1, 6)]
STEPS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from(DAYS), st.sampled_from("abc")),
    st.tuples(st.just("roll back"), st.sampled_from([None, *DAYS])),
    st.tuples(st.just("expire"), st.integers(1, 3)),
    st.tuples(st.just("edit"), st.sampled_from(DAYS)),
    st.tuples(st.just("deliver")),
    st.tuples(st.just("break off"), st.integers(1, 6)),
)
OWN = database.dialect_of(FILES["sqlite"])


class BrokenOffError(BaseException):
    pass


def broken_off(nights: Nights, least: int) -> None:
    loaded = []

    def load(*words: Any) -> None:
        OWN.load(*words)
        loaded.append(1)
        if len(loaded) == least:
            raise BrokenOffError

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(database._DIALECTS, "sqlite", database.Dialect(**vars(OWN) | {"load": load}))  # type: ignore[arg-type]
        with contextlib.suppress(BrokenOffError):
            nights.deliver()


def edited(nights: Nights, day: str) -> None:
    """As an erasure rewrites a night: the same run, other files."""
    folder = nights.target / day
    if folder.exists():
        told = {name: value for name, value in read_manifest(folder).items() if name != "files"}
        told["erased"] = told.get("erased", 0) + 1
        content = (folder / "candidates.csv").read_bytes().splitlines(keepends=True)
        with lock_folder(nights.target) as lock:
            rewrite(lock, folder, {"candidates.csv": b"".join(content[:-1] or content)}, told, "private")


def done(nights: Nights, step: tuple[Any, ...]) -> None:
    match step:
        case ("publish", day, run):
            nights.publish(day, [f"{run}{number}" for number in range("abc".index(run) + 1)], run)
        case ("roll back", day):
            with contextlib.suppress(InputError):
                roll_back(nights.target, day)
        case ("expire", days):
            with lock_folder(nights.target) as lock:
                remove_expired(lock, days)
        case ("edit", day):
            edited(nights, day)
        case ("deliver",):
            nights.deliver()
        case ("break off", least):
            broken_off(nights, least)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(STEPS, min_size=1, max_size=8))
def test_both_places_say_the_same(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        nights = Nights(Path(folder), FILES["sqlite"])
        nights.publish(DAYS[0], ["a0"])
        for step in steps:
            done(nights, step)
        nights.deliver()
        published = {}
        for day in active_dates(nights.target):
            lines = (nights.target / day / "candidates.csv").read_text(encoding="utf-8").splitlines()
            if lines[1:]:
                published[day] = [line.split(",")[1] for line in lines[1:]]
        assert nights.listed() == published
        assert [str(day) for (day,) in nights.rows("SELECT night FROM advocate_nights ORDER BY 1")] == active_dates(
            nights.target
        )
