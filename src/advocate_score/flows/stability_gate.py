"""The stability gate: hold a publication that differs too much from the previous one until the user gives a reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.errors import Fault, HeldError, InputError
from advocate_score.flows.account_scores import AccountScores
from advocate_score.flows.project import Data, Project
from advocate_score.flows.serving import SCORECARD, earlier_readiness
from advocate_score.frames import KEYS
from advocate_score.monitoring.drift import moved_signals
from advocate_score.monitoring.stability import Limits, Movement, movements
from advocate_score.publication.history import Publication, previous_publication
from advocate_score.publication.manifest import Provenance
from advocate_score.publication.store import folder_of, is_whole, read_manifest
from advocate_score.schema import ACCOUNTS
from advocate_score.tables.recorded_asks import RECORDED
from advocate_score.text import counted

_FORCE = "'score --force --reason TEXT' publishes all the same, and the manifest records why"
_SIGNAL_DRIFT_FACTOR = 2.0
"""A signal may drift this many times as far as readiness, because a single signal need not affect any score."""
_SIGNALS_NAMED = 5
_MIN_ROWS_LOST = 10


@dataclass(frozen=True)
class StabilityResult:
    """`figures`: the manifest's entry `hold`; `warnings`: also for the manifest. `reason`: why gates are overruled,
    None if they are not."""

    figures: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reason: str | None = None

    def with_warnings(self, warnings: tuple[str, ...]) -> "StabilityResult":
        """The result with earlier warnings placed first."""
        return replace(self, warnings=(*warnings, *self.warnings))

    def overruled_by(self, reason: str | None) -> "StabilityResult":
        return replace(self, reason=reason)


NO_COMPARISON = {"compared_with": None, "held": False, "forced": None}


def overruling_reason(force: bool, reason: str | None) -> str | None:
    """The reason for overruling gates, None if they are not overruled; InputError if `force` comes without a reason."""
    if force and not (reason or "").strip():
        raise InputError([Fault("--force", "to overrule a gate needs a reason.", "add --reason TEXT")])
    return reason if force else None


def check_stability(
    project: Project, data: Data, scores: AccountScores, target: Path, origin: Provenance, reason: str | None
) -> StabilityResult:
    """Compare the run with the previous publication. If the same publication already exists, its earlier result is
    returned.

    Parameters
    ----------
    project, data : the project and its open tables. scores : of all accounts. target : the publications folder.
    origin : the provenance of the run. reason : why gates are overruled, None if they are not.

    Raises
    ------
    InputError
        if a table has lost [sources] refuse_fall of its rows, without a `reason`.
    HeldError
        if scores or signals have moved beyond their bounds, without a `reason`.
    """
    if is_published(target, origin):
        return StabilityResult(read_manifest(folder_of(target, origin.as_of)).get("hold", {}))
    previous = previous_publication(target, origin.as_of)
    return StabilityResult(NO_COMPARISON) if previous is None else _compare(previous, project, data, scores, reason)


def is_published(target: Path, origin: Provenance) -> bool:
    """Whether the same publication already exists and is complete."""
    folder = folder_of(target, origin.as_of)
    return read_manifest(folder).get("run_id") == origin.run_id and is_whole(folder)


def _compare(
    previous: Publication, project: Project, data: Data, scores: AccountScores, reason: str | None
) -> StabilityResult:
    fallen = _fallen_tables(project, data, previous)
    levels, notes = _levels(project, data, scores, previous)
    signals = _signals(project, scores, previous)
    reasons = [
        *(_level_reason(movement) for movement in levels if movement.held),
        *_signal_sentences(signals[signals["held"]]),
    ]
    if reason is None:
        _raise_if_held(previous, fallen, reasons)
    figures = {
        "compared_with": previous.folder.name,
        "run_id": previous.manifest.get("run_id"),
        "levels": [movement.figures() for movement in levels],
        "signals": signals.round(4).to_dict("records"),
        "rows_fallen": fallen,
        "held": bool(fallen or reasons),
        "forced": reason if fallen or reasons else None,
    }
    signal_notes = _signal_sentences(signals[~signals["held"]])
    return StabilityResult(figures, (*notes, *signal_notes, *_same_export_warning(data, previous)))


def _raise_if_held(previous: Publication, fallen: Mapping[str, Mapping[str, int]], reasons: list[str]) -> None:
    since = f"since the publication of {previous.folder.name}"
    if fallen:
        raise InputError([_fallen_table_fault(name, rows, since) for name, rows in fallen.items()])
    if reasons:
        lines = [f"nothing was published: the lists moved more {since} than the limits allow.", *reasons]
        raise HeldError("\n".join([*lines, f"Fix: look at what the tables say; if it is right, {_FORCE}."]))


def _fallen_table_fault(table: str, rows: Mapping[str, int], since: str) -> Fault:
    share = 1 - rows["now"] / rows["before"]
    now, limit = counted(rows["now"], "row", "rows"), "more than [sources] refuse_fall allows"
    problem = f"{now} in place of {rows['before']:,}, a fall of {share:.0%} {since}, {limit}."
    return Fault(table, problem, f"export the whole table; if the fall is right, {_FORCE}")


def _fallen_tables(project: Project, data: Data, previous: Publication) -> dict[str, dict[str, int]]:
    """The tables that lost at least [sources] refuse_fall of their rows: rows before and now. A missing table has lost
    all.

    Tables other than accounts may lose a few rows, whatever their share.
    """
    limit = project.settings.sources.refuse_fall
    erased = {RECORDED} if previous.manifest.get("erased") else set()  # `erase` removed rows from the kept asks
    row_counts = previous.manifest.get("rows", {})
    before = {name: int(counts["rows_in"]) for name, counts in row_counts.items() if name not in erased}
    now = {name: data.tables.counts[name].rows_in if name in data.tables.counts else 0 for name in before}
    lost = {name: rows - now[name] for name, rows in before.items()}
    return {
        name: {"before": rows, "now": now[name]}
        for name, rows in before.items()
        if lost[name] >= (1 if name == ACCOUNTS.name else _MIN_ROWS_LOST) and lost[name] >= limit * rows
    }


def _levels(
    project: Project, data: Data, scores: AccountScores, previous: Publication
) -> tuple[list[Movement], list[str]]:
    """The movement of every level, and remarks on the comparison for the reader."""
    operations, list_size = project.settings.operations, project.settings.outputs.list_size
    before = previous.readiness((*KEYS, "readiness"))
    if before is None:
        return [], [f"the readiness of {previous.folder.name} cannot be read: no comparison with it was made."]
    after = _readiness_by_previous_model(project, data, scores, previous)
    if after is None:
        return [], [f"the model is another than on {previous.folder.name}, and that one cannot score tonight's tables."]
    levels = movements(before, after, Limits(operations.most_drift, operations.least_overlap, list_size))
    return levels, [_remark(movement, previous) for movement in levels if movement.uneasy]


def _signals(project: Project, scores: AccountScores, previous: Publication) -> pd.DataFrame:
    """The signals that moved beyond chance and the reporting limit: signal, psi, chance, held."""
    most = project.settings.operations.most_drift
    drifts = moved_signals(previous.manifest.get("signals", {}), scores.accounts)
    notable = drifts[drifts["psi"] > drifts["chance"].clip(lower=most)]
    return notable.assign(held=notable["psi"] > _SIGNAL_DRIFT_FACTOR * most)


def _readiness_by_previous_model(
    project: Project, data: Data, scores: AccountScores, previous: Publication
) -> pd.DataFrame | None:
    """Today's readiness by the model of the previous publication, because a promotion passed its own gate and is not a
    change of the tables. If the promotion overruled its gate and a champion served before, today's own readiness is
    compared instead, since no other check was made."""
    unproven = scores.serving.is_forced and previous.model.get("name") != SCORECARD
    if unproven or previous.model == scores.serving.identity:
        return scores.table
    return earlier_readiness(project, data, scores.accounts, previous.model)


def _remark(movement: Movement, previous: Publication) -> str:
    stayed = f"{movement.overlap:.0%} of the best {movement.best} of {previous.folder.name} stayed"
    return f"level {movement.level}: {stayed}; see why."


def _level_reason(movement: Movement) -> str:
    parts = [f"level {movement.level}:"]
    if movement.drifted:
        parts.append(f"readiness has moved, stability index {movement.psi:.2f}, the limit is {movement.psi_bound:.2f};")
    if movement.reshuffled:
        parts.append(
            f"{movement.overlap:.0%} of its best {movement.best} stayed, the limit is {movement.overlap_bound:.0%};"
        )
    return " ".join(parts).rstrip(";") + "."


def _signal_sentences(signals: pd.DataFrame) -> Iterator[str]:
    for row in signals.head(_SIGNALS_NAMED).to_dict("records"):
        yield f"signal {row['signal']} has moved: stability index {row['psi']:.2f}."
    if len(signals) > _SIGNALS_NAMED:
        more = counted(len(signals) - _SIGNALS_NAMED, "more signal has", "more signals have")
        yield f"{more} moved."


def _same_export_warning(data: Data, previous: Publication) -> list[str]:
    if dict(data.tables.digests) != previous.manifest.get("inputs"):
        return []
    return [f"every table is the same file as on {previous.folder.name}: see whether the export still runs."]
