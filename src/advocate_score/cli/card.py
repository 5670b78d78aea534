"""One account as a readable card, on stdout."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from advocate_score.cli.terminal import Tone, line, worded

Result = dict[str, Any]

_BAR = 20
_FULL, _EMPTY = "█", "░"


def explain(result: Result) -> None:
    line("{account_name}", "strong", **result)
    line(" · ".join(_about(result)))
    line("Model: {model}", "quiet", **result)
    line("")
    width = max(len(level["ask"]) for level in result["levels"])
    for level in result["levels"]:
        line("{level}  {ask}  {bar}  {percent}  {standing}", _tone(level), **_shown(level, width))
    line("")
    _rest(result["levels"])
    _why(result["levels"])
    if result["moment"]:
        line("Moment: {moment}", **result)
    _whom(result["levels"])
    _what_if(result)
    if result["banner"]:
        line("Read with care: {banner}", "warn", **result)


def _about(result: Result) -> Iterator[str]:
    yield result["account_id"]
    if result["industry"]:
        yield result["industry"]
    if result["owner"]:
        yield f"{worded('owner')} {result['owner']}"
    yield worded("as of {as_of}").format(**result)


def _shown(level: Result, width: int) -> dict[str, object]:
    filled = round(level["readiness"] * _BAR)
    interval = f"({level['low']:.0%} – {level['high']:.0%})"
    return {
        "level": level["level"],
        "ask": f"{level['ask']:{width}}",
        "bar": _FULL * filled + _EMPTY * (_BAR - filled),
        "percent": f"{level['readiness']:>4.0%} {interval:13}",
        "standing": _standing(level),
    }


def _standing(level: Result) -> str:
    if level["may_be_asked"]:
        return worded("may be asked")
    if level["until"]:
        return worded("rests until {until}").format(**level)
    return worded("may not be asked")


def _tone(level: Result) -> Tone:
    """Green: may be asked. Amber: rests until a day. Red: not at all."""
    if level["may_be_asked"]:
        return "good"
    return "warn" if level["until"] else "bad"


def _rest(levels: list[Result]) -> None:
    for detail, together in groupby(levels, lambda level: level["detail"]):
        alike = list(together)
        numbers = [level["level"] for level in alike]
        if detail:
            line("Why not now, {levels}: {detail}", levels=_levels(numbers), detail=detail)
            if rows := list(dict.fromkeys(row for level in alike for row in level["origins"])):
                line("  said in: {rows}", "quiet", rows=", ".join(rows))


def _why(levels: list[Result]) -> None:
    """Levels in a row that have the same reasons share them."""
    for reasons, alike in groupby(levels, lambda level: level["reasons"]):
        numbers = [level["level"] for level in alike]
        if reasons:
            line("Why, {levels}: {reasons}", levels=_levels(numbers), reasons=" · ".join(reasons))


def _whom(levels: list[Result]) -> None:
    named = [level for level in levels if level["suggested_contact_id"]]
    for (contact, permission), alike in groupby(named, lambda row: (row["suggested_contact_id"], row["permission"])):
        numbers = _levels([level["level"] for level in alike])
        line("Whom to ask, {levels}: {contact}, permission {permission}", **_asked(numbers, contact, permission))


def _asked(levels: str, contact: str, permission: str) -> dict[str, str]:
    return {"levels": levels, "contact": contact, "permission": worded(permission)}


def _what_if(result: Result) -> None:
    changes = result["what_if"]
    for change in (one for one in changes if one["level"] == changes[0]["level"]):
        line("What if, level {level}: {sentence}", **change)
    if changes:
        line(result["what_if_note"], "quiet")


def _levels(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"{worded('level')} {numbers[0]}"
    return f"{worded('levels')} {numbers[0]}–{numbers[-1]}"
