"""The tables as the programme's figures read them: nothing in them was unknown at the as-of instant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_literal
from advocate_score.flows.frames import mature_asks
from advocate_score.flows.project import Data, Project
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.programme.periods import Period
from advocate_score.programme.records import EVENTS, Records
from advocate_score.publication.past import latest_before, past_publications
from advocate_score.signals.as_of import Cut, known_rows
from advocate_score.windows import iso

_ON_THE_LADDER = ("asks", "assets")
_READING = {"account_id": "str", "level": "int64", "as_of": "datetime64[us]", "eligible": "bool", "ready": "bool"}


def programme_records(project: Project, data: Data, as_of: datetime, periods: Sequence[Period]) -> Records:
    """`periods`: those of which the last publication is wanted."""
    settings = project.settings
    cut = Cut(as_of, settings.model.maturity_days)
    return Records(
        as_of=as_of,
        settings=settings.programme,
        accounts=_accounts(data.engine, as_of),
        answers=mature_asks(data, settings, as_of),
        readings=_readings(project, as_of, periods),
        opportunities=_opportunities(data.engine, as_of),
        **{name: _events(data.engine, name, cut) for name in EVENTS},
    )


def _events(engine: Engine, table: str, cut: Cut) -> pd.DataFrame:
    rows = engine.frame(f"SELECT * FROM ({known_rows(table, EVENTS[table], cut, None)}) k ORDER BY _happened, _key")
    return rows[rows["level"] >= 1] if table in _ON_THE_LADDER else rows


def _accounts(engine: Engine, as_of: datetime) -> pd.DataFrame:
    known = f"(created_at IS NULL OR created_at < {quote_literal(as_of)})"
    present = "COALESCE(status, '') <> 'deleted'"
    return engine.frame(f"SELECT account_id, industry FROM accounts WHERE {known} AND {present} ORDER BY account_id")


def _opportunities(engine: Engine, as_of: datetime) -> pd.DataFrame:
    """How a deal ended is known once it is closed; one without a date of opening, from then on."""
    before = quote_literal(as_of)
    ended = f"closed_at < {before}"
    return engine.frame(
        "SELECT opportunity_id, industry, value, opened_at, "
        f"CASE WHEN {ended} THEN closed_at END AS closed_at, CASE WHEN {ended} THEN won END AS won "
        f"FROM opportunities WHERE COALESCE(opened_at, closed_at) < {before} ORDER BY opportunity_id"
    )


def _readings(project: Project, as_of: datetime, periods: Sequence[Period]) -> pd.DataFrame:
    """account_id, level, as_of, eligible, ready, from the last publication of each period."""
    past = past_publications(project.settings.path(project.settings.outputs.folder), as_of)
    last = {one.folder: one for period in periods if (one := latest_before(past, period.start, period.end))}
    read = [(one.as_of, one.readiness()) for one in last.values()]
    parts = [_ready(project, table, instant) for instant, table in read if table is not None]
    nothing = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _READING.items()})
    return pd.concat(parts, ignore_index=True) if parts else nothing


def _ready(project: Project, table: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    thresholds = project.settings.ladder.thresholds
    at = table["level"].map({level: thresholds.of(level) for level in LEVEL_NUMBERS})
    judged = table.assign(as_of=as_of, ready=table["readiness"] >= at)
    return judged[list(_READING)].astype(_READING)


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Ready for JSON: no NaN, instants as ISO text."""
    return [{str(name): _cell(value) for name, value in row.items()} for row in rows.to_dict("records")]


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return None if pd.isna(value) else iso(pd.Timestamp(value).to_pydatetime())
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
