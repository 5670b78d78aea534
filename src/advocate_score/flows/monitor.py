"""`monitor`: compare the predictions of past publications with later answers, and measure the drift between
publications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score.asks import HISTORY
from advocate_score.dates import iso, lookback_start
from advocate_score.errors import Fault, InputError
from advocate_score.flows.datasets import account_frame, account_kinds, mature_asks, numbered_owners
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.frames import json_rows
from advocate_score.ladder import LANGUAGES
from advocate_score.monitoring.drift import drift
from advocate_score.monitoring.outcomes import (
    TOO_HIGH,
    TOO_LOW,
    Prediction,
    findings,
    realised_outcomes,
    with_predictions,
)
from advocate_score.monitoring.segments import ATTRIBUTES, by_segment, segment_findings, wrong
from advocate_score.publication.history import Publication, past_publications
from advocate_score.publication.store import nearest_dates
from advocate_score.signal_spec import Signal
from advocate_score.signals.compute import signal_frame
from advocate_score.tracking.ledger import learned_until


def monitor_publications(project: Project, as_of: str | None, against: str | None) -> dict[str, Any]:
    """The comparison and the drift; nothing is changed. InputError if `against` is not a publication before the last
    one."""
    settings = project.settings
    with open_data(project) as data:
        instant = resolve_as_of(settings, as_of, data.tables.data_cut)
        publications = past_publications(settings.path(settings.outputs.folder), instant)
        pair = _compared_pair(publications, against)
        project.progress.step(f"Predictions of {len(publications)} publications beside the answers")
        asks = with_predictions(mature_asks(data, settings, instant), _predictions(project, publications))
        outcomes = _realised_outcomes(project, data, asks)
        judged, kinds = asks[asks["readiness"].notna()], numbered_owners(account_kinds(data, instant, ATTRIBUTES))
        segments = by_segment(judged, kinds, set(asks["account_id"]), seed=settings.model.seed)
        drift_rows = None if pair is None else _drift(project, data, *pair)
    tables = _Tables(asks, outcomes, segments, drift_rows)
    return _result(instant, publications, pair, tables, settings.outputs.language)


def _compared_pair(publications: Sequence[Publication], against: str | None) -> tuple[Publication, Publication] | None:
    """The last publication and the one it is compared with: the requested one, otherwise the first of the same model,
    otherwise the one before. The earlier comes first."""
    named = {publication.folder.name: publication for publication in publications}
    if against is not None:
        earlier = list(named)[:-1]
        if against not in earlier:
            fix = (
                f"choose one of {', '.join(nearest_dates(against, earlier))}"
                if earlier
                else "publish another night first"
            )
            raise InputError([Fault("--against", f"{against} is not a publication before the last one.", fix)])
        return named[against], publications[-1]
    if len(publications) < 2:
        return None
    alike = next(publication for publication in publications if publication.model == publications[-1].model)
    return (publications[-2] if alike is publications[-1] else alike), publications[-1]


def _predictions(project: Project, publications: Sequence[Publication]) -> list[Prediction]:
    settings = project.settings
    learned = learned_until(settings.folder)
    tables = [(publication, publication.readiness()) for publication in publications]
    return [
        Prediction(publication.as_of, learned.get(publication.served), table)
        for publication, table in tables
        if table is not None
    ]


def _realised_outcomes(project: Project, data: Data, asks: pd.DataFrame) -> pd.DataFrame:
    """The outcomes of the predicted asks; the baselines learn from the asks that were mature before the first of
    them."""
    predicted_asks = asks[asks["readiness"].notna()].reset_index(drop=True)
    first = predicted_asks["asked_at"].min() if len(predicted_asks) else pd.Timestamp.max
    known = asks[asks["matures_at"] <= first]
    spine = predicted_asks[["account_id", "asked_at"]].rename(columns={"asked_at": "as_of"})
    history = signal_frame(data.engine, spine, HISTORY, project.settings.model.maturity_days)
    return realised_outcomes(pd.concat([predicted_asks, history], axis=1), known, seed=project.settings.model.seed)


def _drift(project: Project, data: Data, before: Publication, after: Publication) -> pd.DataFrame | None:
    """Drift of the published readiness, and of the signals, recomputed from today's tables for both instants.

    The earlier signals are those of the same weekday, up to six days earlier, because the days since the last contact
    follow the working week.
    """
    old, new = before.readiness(), after.readiness()
    if old is None or new is None:
        return None
    project.progress.step(f"Signals as of {iso(before.as_of)} and {iso(after.as_of)}")
    signals = [signal for signal in data.signals if not signal.grows_with_calendar]  # growing is no drift
    same_weekday = lookback_start(before.as_of, (before.as_of.date() - after.as_of.date()).days % 7)
    earlier, later = (
        _columns(account_frame(data, project.settings, instant), table, signals)
        for instant, table in ((same_weekday, old), (after.as_of, new))
    )
    kinds = {signal.name: "category" if signal.is_category else "signal" for signal in signals}
    return drift(earlier, later, dict.fromkeys(earlier, "readiness") | kinds)


def _columns(
    accounts: pd.DataFrame, readiness: pd.DataFrame, signals: Sequence[Signal]
) -> dict[str, "pd.Series[float]"]:
    """The columns to compare: readiness by level, then every signal."""
    levels = {str(level): rows["readiness"] for level, rows in readiness.groupby("level")}
    return levels | {signal.name: accounts[signal.name] for signal in signals}


@dataclass(frozen=True)
class _Tables:
    """What was compared: the mature asks, the outcomes by level and by kind of client, the drift."""

    asks: pd.DataFrame
    outcomes: pd.DataFrame
    segments: pd.DataFrame
    drift: pd.DataFrame | None

    def findings(self, since: str, language: str) -> list[str]:
        own = findings(self.outcomes, self.drift, since, language)
        return own if self.outcomes.empty else [*own, *segment_findings(self.segments, language)]

    @property
    def wrong(self) -> list[str]:
        """The levels, then the kinds of client, for which predictions were wrong."""
        levels = self.outcomes.loc[self.outcomes["verdict"].isin([TOO_HIGH, TOO_LOW]), "level"]
        kinds = wrong(self.segments)
        return [f"level {level}" for level in levels] + [
            f"{attribute} {value}" for attribute, value in zip(kinds["attribute"], kinds["value"], strict=True)
        ]


def _result(
    as_of: datetime,
    publications: Sequence[Publication],
    pair: tuple[Publication, Publication] | None,
    tables: _Tables,
    language: str,
) -> dict[str, Any]:
    asks = tables.asks
    compared = [] if pair is None else [{"date": publication.folder.name, **publication.model} for publication in pair]
    since = compared[0]["date"] if compared else ""
    words = {language: tables.findings(since, language) for language in LANGUAGES}
    return {
        "as_of": iso(as_of),
        "language": language,
        "publications": [publication.folder.name for publication in publications],
        "realised": json_rows(tables.outcomes),
        "segments": json_rows(tables.segments),
        "wrong": tables.wrong,
        "asks": {
            "judged": int(asks["readiness"].notna().sum()),
            "learned_from": int(asks["learned_from"].sum()),
            "before_any_publication": int((asks["readiness"].isna() & ~asks["learned_from"]).sum()),
        },
        "compared": compared,
        "drift": [] if tables.drift is None else json_rows(tables.drift),
        "findings": words,
    }
