"""Merges answers to asks into the asks table, as rows that combine what the plan knew with the client's answer."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.schema import ASKS

Row = dict[str, Any]
_ANSWER_COLUMNS = (
    "contact_id",
    "asked_at",
    "response",
    "responded_at",
    "completed_at",
    "quality",
    "channel",
    "opportunity_id",
)
_TIMES = ("asked_at", "responded_at", "completed_at", "recorded_at")
_ANSWERED = ("accepted", "declined", "not_now")
_NEAREST = 3


@dataclass(frozen=True)
class Answer:
    """One reported answer. `values`: by column of the asks table, None where nothing was reported."""

    location: str
    ask_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class MergedAnswers:
    """`rows`: all rows to keep, by ask_id. `new`, `changed` and `unchanged`: the ids of the asks that were answered."""

    rows: Mapping[str, Row]
    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def merge_answers(
    recorded: Mapping[str, Row], planned: Mapping[str, Row], answers: Sequence[Answer], now: datetime, replace: bool
) -> MergedAnswers:
    """Return `recorded` updated with `answers`; merging the same answers again changes nothing.

    Parameters
    ----------
    recorded, planned : rows of the asks table by ask_id: those kept so far, and those of the plans or made off them.
    answers : the reported answers, merged in this order.
    now : naive UTC; stored as recorded_at of a new response that does not give its own.
    replace : allow an answer to overwrite values that were recorded before.

    Raises
    ------
    InputError
        with every answer that names an unknown ask, contradicts itself or, without `replace`, contradicts what was
        recorded before.
    """
    rows = dict(recorded)
    faults: list[Fault] = []
    for answer in answers:
        before = rows.get(answer.ask_id) or planned.get(answer.ask_id)
        if before is None:
            faults.append(_unknown_ask(answer, [*planned, *recorded]))
            continue
        row = _with_answer(before, answer, now, replace)
        earlier = rows.get(answer.ask_id, {}) if not replace else {}
        faults.extend(_contradictions(answer, earlier) or _faults(answer, row, now))
        rows[answer.ask_id] = row
    if faults:
        raise InputError(faults)
    answered = tuple(dict.fromkeys(answer.ask_id for answer in answers))
    return MergedAnswers(
        rows=rows,
        new=tuple(ask_id for ask_id in answered if ask_id not in recorded),
        changed=tuple(ask_id for ask_id in answered if ask_id in recorded and rows[ask_id] != recorded[ask_id]),
        unchanged=tuple(ask_id for ask_id in answered if ask_id in recorded and rows[ask_id] == recorded[ask_id]),
    )


def _unknown_ask(answer: Answer, known: Iterable[str]) -> Fault:
    """The fault of an answer to an ask of no plan; it names asks of that account alone, lest another is answered."""
    _, account, _ = [*answer.ask_id.split(":"), "", ""][:3]
    asks = [ask_id for ask_id in dict.fromkeys(known) if account and f":{account}:" in ask_id]
    nearest = difflib.get_close_matches(answer.ask_id, asks, n=_NEAREST)
    fix = "copy the ask_id from ask_plan.csv of a publication, or give account_id, level and asked_at" + (
        f"; of this account there are {', '.join(nearest)}" if nearest else ""
    )
    return Fault(answer.location, "no plan holds this ask.", fix)


def _contradictions(answer: Answer, before: Row) -> list[Fault]:
    """Return a fault for each column whose recorded value would change; filling a gap is not a contradiction."""
    pairs = {name: (before.get(name), answer.values.get(name)) for name in (*_ANSWER_COLUMNS, "recorded_at")}
    changed = [name for name, (old, new) in pairs.items() if old is not None and new is not None and old != new]
    problem = "was recorded with another value before."
    return [Fault(f"{answer.location} {name}", problem, "add --replace if the new value is right") for name in changed]


def _faults(answer: Answer, row: Row, now: datetime) -> Iterator[Fault]:
    for name in _TIMES:
        if row[name] is not None and row[name] > now:
            yield Fault(f"{answer.location} {name}", "lies in the future.", "correct the time")
    if row["responded_at"] is not None and row["response"] not in _ANSWERED:
        problem = "is given, but no answer that was made then."
        yield Fault(f"{answer.location} responded_at", problem, f"give a response: {', '.join(_ANSWERED)}")
    for name in ("completed_at", "quality"):
        if row[name] is not None and row["response"] != "accepted":
            problem = "is given of an ask that was not accepted."
            yield Fault(f"{answer.location} {name}", problem, "give the response accepted, or leave it out")
    for name in ("completed_at", "recorded_at"):
        if row["responded_at"] is not None and row[name] is not None and row[name] < row["responded_at"]:
            yield Fault(f"{answer.location} {name}", "lies before the answer.", "correct one of the two times")


def _with_answer(before: Row, answer: Answer, now: datetime, replace: bool) -> Row:
    """Return the row with the reported values; recorded_at of a new response is the reported one, else `now`."""
    values = {name: answer.values[name] for name in _ANSWER_COLUMNS if answer.values.get(name) is not None}
    row: Row = dict.fromkeys(ASKS.column_names) | dict(before) | values
    is_new_response = row["response"] is not None and row["response"] != before.get("response")
    if is_new_response and replace:
        row |= {name: values.get(name) for name in ("responded_at", "completed_at", "quality")}
    if answer.values.get("recorded_at") is not None:
        row["recorded_at"] = answer.values["recorded_at"]
    elif is_new_response:
        row["recorded_at"] = now
    return row
