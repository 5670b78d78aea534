"""The tables of the report's page, row by row, from the frames of the night."""

from collections.abc import Hashable, Iterator, Mapping
from itertools import takewhile
from typing import Any

import pandas as pd

from advocate_score.ladder import LANGUAGES
from advocate_score.publication.report_pack import FORMS, SHARES, Rows
from advocate_score.publication.sentences import REASONS
from advocate_score.spreadsheet_text import printable

_ACCOUNT = ("account_id", "account_name", "industry", "segment", "region", "owner")


def page_tables(
    candidates: Mapping[str, pd.DataFrame],
    plan: pd.DataFrame,
    pools: Mapping[str, pd.DataFrame],
    gaps: pd.DataFrame,
    moves: pd.DataFrame,
) -> Rows:
    """Every table of `report_pack.FORMS`. `candidates`: `publication.lists.candidates` in each language."""
    members = [frame.assign(pool=name) for name, frame in pools.items() if not frame.empty]
    return {
        "accounts": _accounts(candidates),
        "candidates": _candidates(candidates, set(zip(plan["account_id"], plan["level"], strict=True))),
        "plan": _plain("plan", plan),
        "moves": _plain("moves", moves),
        "pools": _plain("pools", pd.concat(members)) if members else [],
        "gaps": _plain("gaps", gaps[gaps["attribute"].notna()]),
    }


def _accounts(candidates: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """One row an account that is on any list, by its id."""
    found = {}
    for row in _records(_side_by_side(candidates, ("outcome_fact", "moment"))):
        told = {name: _text(row[name]) for name in _ACCOUNT}
        told |= _fact(*(_text(row[f"outcome_fact_{one}"]) for one in LANGUAGES))
        told |= {f"moment_{one}": _text(row[f"moment_{one}"]) for one in LANGUAGES}
        last = row["last_asked_at"]
        last_asked = "" if pd.isna(last) else f"{last:%Y-%m-%d}"
        found[row["account_id"]] = told | {"asks": int(row["asks_last_365d"]), "last_asked": last_asked}
    return [found[account] for account in sorted(found)]


def _candidates(candidates: Mapping[str, pd.DataFrame], planned: set[tuple[str, int]]) -> list[dict[str, Any]]:
    rows = []
    for row in _records(_side_by_side(candidates, REASONS)):
        told: dict[str, Any] = {f"{name}_{one}": _text(row[f"{name}_{one}"]) for name in REASONS for one in LANGUAGES}
        told |= {"account_id": _text(row["account_id"]), "contact": _text(row["suggested_contact_id"])}
        told |= {"permission": _text(row["permission"]), "level": int(row["level"]), "rank": int(row["rank"])}
        told |= {"planned": int((row["account_id"], row["level"]) in planned), "readiness": _share(row["readiness"])}
        rows.append(told | {"low": _share(row["readiness_low"]), "high": _share(row["readiness_high"])})
    return rows


def _side_by_side(candidates: Mapping[str, pd.DataFrame], said: tuple[str, ...]) -> pd.DataFrame:
    """One frame, whose columns in words stand in it once a language."""
    texts = {f"{name}_{one}": candidates[one][name] for name in said for one in LANGUAGES}
    return candidates[LANGUAGES[0]].assign(**texts)


def _plain(table: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    form = FORMS[table]
    return [
        {name: _text(row[name]) for name in form.texts}
        | {name: _share(row[name]) if name in SHARES else _number(row[name]) for name in form.plain}
        for row in _records(frame)
    ]


def _records(frame: pd.DataFrame) -> Iterator[dict[Hashable, Any]]:
    yield from frame.to_dict("records")


def _fact(english: str, spanish: str) -> dict[str, str]:
    """What both have in front, which is the client's own wording, and the rest of each."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(english, spanish, strict=False)))
    return {"fact": english[:same], "fact_en": english[same:], "fact_es": spanish[same:]}


def _text(value: Any) -> str:
    return printable(value) if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    if pd.isna(value):
        return None
    return int(value)


def _share(value: float) -> int | None:
    """In thousandths, which are shorter to write."""
    return None if pd.isna(value) else round(1000 * value)
