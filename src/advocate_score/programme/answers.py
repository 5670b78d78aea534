"""Answers to planned asks become rows of the asks table: what the plan knew of each, and what the client said."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.schema import ASKS

Row = dict[str, Any]
_SAID = ("contact_id", "asked_at", "response", "responded_at", "completed_at", "quality", "channel", "opportunity_id")
_TIMES = ("asked_at", "responded_at", "completed_at", "recorded_at")
_ANSWERED = ("accepted", "declined", "not_now")
_NEAREST = 3


@dataclass(frozen=True)
class Answer:
    """What was told of one ask. `said`: by column of the asks table, None where nothing was said."""

    place: str
    ask_id: str
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """`rows` by ask_id: all that is to be kept. The others name the asks that are new, changed, or were known."""

    rows: Mapping[str, Row]
    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def keep(
    kept: Mapping[str, Row], planned: Mapping[str, Row], answers: Sequence[Answer], now: datetime, replace: bool
) -> Kept:
    """`kept` with the answers laid over it; the same answers again change nothing.

    InputError names every answer that is not to an ask planned or kept, contradicts itself or, without `replace`,
    what was told before.
    """
    rows = dict(kept)
    faults: list[Fault] = []
    for answer in answers:
        before = rows.get(answer.ask_id) or planned.get(answer.ask_id)
        if before is None:
            faults.append(_unknown(answer, [*planned, *kept]))
            continue
        row = _laid_over(before, answer, now, replace)
        told_before = rows.get(answer.ask_id, {}) if not replace else {}
        faults.extend(_contradictions(answer, told_before) or _faults(answer, row, now))
        rows[answer.ask_id] = row
    if faults:
        raise InputError(faults)
    told = tuple(dict.fromkeys(answer.ask_id for answer in answers))
    return Kept(
        rows=rows,
        new=tuple(one for one in told if one not in kept),
        changed=tuple(one for one in told if one in kept and rows[one] != kept[one]),
        unchanged=tuple(one for one in told if one in kept and rows[one] == kept[one]),
    )


def _unknown(answer: Answer, known: Iterable[str]) -> Fault:
    nearest = difflib.get_close_matches(answer.ask_id, dict.fromkeys(known), n=_NEAREST)
    fix = f"the nearest are {', '.join(nearest)}" if nearest else "take ask_id from ask_plan.csv of a publication"
    return Fault(answer.place, f"no plan holds the ask '{answer.ask_id}'.", fix)


def _contradictions(answer: Answer, before: Row) -> list[Fault]:
    """A gap that is filled contradicts nothing."""
    told = {name: (before.get(name), answer.said.get(name)) for name in (*_SAID, "recorded_at")}
    changed = [name for name, (old, new) in told.items() if old is not None and new is not None and old != new]
    problem = "was told otherwise before."
    return [Fault(f"{answer.place} {name}", problem, "--replace, if this is right") for name in changed]


def _faults(answer: Answer, row: Row, now: datetime) -> Iterator[Fault]:
    for name in _TIMES:
        if row[name] is not None and row[name] > now:
            yield Fault(f"{answer.place} {name}", "lies in the future.", "mend the time")
    if row["responded_at"] is not None and row["response"] not in _ANSWERED:
        problem = "is given, but no answer that was made then."
        yield Fault(f"{answer.place} responded_at", problem, f"give a response: {', '.join(_ANSWERED)}")
    for name in ("completed_at", "quality"):
        if row[name] is not None and row["response"] != "accepted":
            problem = "is given of an ask that was not accepted."
            yield Fault(f"{answer.place} {name}", problem, "give the response accepted, or leave it out")
    for name in ("completed_at", "recorded_at"):
        if row["responded_at"] is not None and row[name] is not None and row[name] < row["responded_at"]:
            yield Fault(f"{answer.place} {name}", "lies before the answer.", "mend one of the two times")


def _laid_over(before: Row, answer: Answer, now: datetime, replace: bool) -> Row:
    """The row with what was said. From when the firm knew the answer: as told, else from now on."""
    said = {name: answer.said[name] for name in _SAID if answer.said.get(name) is not None}
    row: Row = dict.fromkeys(ASKS.column_names) | dict(before) | said
    news = row["response"] is not None and row["response"] != before.get("response")
    if news and replace:
        row |= {name: said.get(name) for name in ("responded_at", "completed_at", "quality")}
    if answer.said.get("recorded_at") is not None:
        row["recorded_at"] = answer.said["recorded_at"]
    elif news:
        row["recorded_at"] = now
    return row
