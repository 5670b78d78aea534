"""The nightly job: score every account, write the lists, publish them whole, and say so in the manifest and in the
object that `score --json` prints."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from advocate_score.dates import iso
from advocate_score.flows import account_scores, clock, datasets
from advocate_score.flows.account_scores import AccountScores, score_all_accounts
from advocate_score.flows.lists import ask_plan, programme_lists
from advocate_score.flows.preflight import refuse_ahead_of_clock, refuse_without_room, warn_of_old_tables
from advocate_score.flows.project import Data, Project, RunContext, open_data, resolve_as_of
from advocate_score.flows.report import Shown, report_page
from advocate_score.flows.safeguard import RECORD, hold_lost_noes, releases_file, warn_of_first_protection
from advocate_score.flows.stability_gate import StabilityResult, check_stability, reason_given, stands
from advocate_score.ladder import LEVELS
from advocate_score.monitoring.drift import profiles
from advocate_score.policy.moments import MomentEvents, moments
from advocate_score.publication.folder import held
from advocate_score.publication.history import Publication, last_night
from advocate_score.publication.list_files import list_files, parquet_bytes
from advocate_score.publication.lists import Described, Edition, candidates, resting
from advocate_score.publication.manifest import Provenance, level_counts, manifest, rule_counts
from advocate_score.publication.publisher import Published, publish, remove_expired
from advocate_score.publication.report import REPORT
from advocate_score.signals.compute import schema_hash
from advocate_score.sources.reader import file_digest


def provenance(project: Project, data: Data, night: AccountScores, as_of: datetime) -> Provenance:
    return Provenance(
        as_of=as_of,
        inputs=data.tables.digests,
        model=night.serving.identity,
        signal_schema=schema_hash(data.signals),
        configuration=hashlib.sha256(project.settings.canonical_json().encode()).hexdigest(),
        software=version("advocate-score"),
        protecting={"live": str(night.facts.live).lower(), "releases": _digest(releases_file(project.settings))},
    )


def _digest(file: Path) -> str:
    """sha256 of a file; '' where there is none."""
    return file_digest(file) if file.exists() else ""


def night_manifest(
    project: Project,
    data: Data,
    night: AccountScores,
    origin: Provenance,
    gate: StabilityResult,
    notes: Sequence[str],
    plan: Mapping[str, Any],
) -> dict[str, Any]:
    """`notes`: what the making of the lists has to tell. `plan`: how good the plan of asks is."""
    rows = {name: counts.told() for name, counts in data.tables.counts.items()}
    counts = {
        "accounts": len(night.accounts),
        "levels": level_counts(night.table, night.ranked, project.settings.ladder),
        "rules": rule_counts(night.verdicts),
        "not_yet_known": account_scores.rows_not_yet_known(data, origin.as_of),
        "contacts_objected": account_scores.objected_contacts(night.facts, origin.as_of),
    }
    reach = night.serving.selection
    banner = reach.banner(project.settings.outputs.language)
    told = [*_warnings(project, data, night, origin.as_of), *([banner] if banner else []), *_nobody(night)]
    warnings = [*data.tables.warnings, *night.guard.warnings(), *gate.warnings, *told, *notes]
    found = manifest(origin, project.settings.engine.name, rows, counts, warnings, reach.figures(), plan)
    protection = night.guard.figures() | {"forced": gate.reason if night.guard.refusals() else None}
    figures = {"hold": dict(gate.figures), "protection": protection}
    return found | figures | {"signals": profiles(night.accounts, data.signals)}


def _warnings(project: Project, data: Data, night: AccountScores, as_of: datetime) -> Iterator[str]:
    yield from night.serving.warnings
    yield from night.warnings
    yield from account_scores.silent_asks(data, project.settings, as_of)
    yield from account_scores.thin_levels(night.serving.model)


def _nobody(night: AccountScores) -> list[str]:
    """Empty lists are right only where somebody reads why."""
    if not night.ranked.empty:
        return []
    number = len(night.accounts)
    return [f"nobody may be asked: all {number} accounts rest." if number else "no account was known yet."]


def run_summary(
    project: Project, night: AccountScores, as_of: datetime, done: Published, told: dict[str, Any]
) -> dict[str, Any]:
    settings = project.settings
    names = {level.number: settings.ladder.name(level.number, settings.outputs.language) for level in LEVELS}
    return {
        "folder": str(done.folder),
        "as_of": iso(as_of),
        "run_id": done.run_id,
        "model": " ".join(dict.fromkeys((night.serving.identity["name"], night.serving.version))),
        "evidence": night.serving.model.evidence(),
        "unchanged": not done.fresh,
        "current": done.is_current,
        "held": told["hold"].get("held", False),
        "forced": told["hold"].get("forced"),
        "compared_with": told["hold"].get("compared_with"),
        "accounts": told["counts"]["accounts"],
        "levels": [
            {"level": int(n), "ask": names[int(n)], **figures} for n, figures in told["counts"]["levels"].items()
        ],
        "rows": told["rows"],
        "protection": told["protection"],
        "selection": told["selection"],
        "banner": night.serving.selection.banner(settings.outputs.language),
        "warnings": told["warnings"],
    }


def score_night(
    project: Project,
    as_of: str | None,
    *,
    backfill: bool,
    replace: bool,
    force: bool = False,
    reason: str | None = None,
    begun: RunContext | None = None,
) -> dict[str, Any]:
    """One publication. The lock, where the run has not `begun`, is taken first: a second run must not work in vain.

    `force`, with a `reason`, publishes a night that a gate would hold; see `flows.stability_gate`.
    """
    overruled = reason_given(force, reason)
    target, outputs = project.settings.path(project.settings.outputs.folder), project.settings.outputs
    with held(begun.lock if begun else target) as taken:
        refuse_without_room(project.settings, taken)
        with open_data(project) as data:
            instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
            refuse_ahead_of_clock(instant, overruled)
            old = warn_of_old_tables(project.settings, instant, data.tables.data_cut, as_of)
            night = score_all_accounts(project, data, instant, begun.champion if begun else None, live=not backfill)
            warn_of_first_protection(project, data, night.guard, instant)
            origin = provenance(project, data, night, instant)
            if not stands(taken.target, origin):
                hold_lost_noes(night.guard, overruled)
            gate = (
                check_stability(project, data, night, taken.target, origin, overruled).after(old).overruled(overruled)
            )
            project.progress.step("Publishing")
            files, told = _written(project, data, night, origin, gate, last_night(taken.target, instant))
            done = publish(taken, instant, files, told, replace=replace, backfill=backfill, mode=outputs.mode)
            expired = remove_expired(taken, outputs.retention_days, clock.now().date()) if done.is_current else []
            return run_summary(project, night, instant, done, told) | {"expired": expired}


def _written(
    project: Project,
    data: Data,
    night: AccountScores,
    origin: Provenance,
    gate: StabilityResult,
    past: Publication | None,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Every file of the publication, and its manifest. `past`: the last night, which the report compares with."""
    settings, as_of = project.settings, origin.as_of
    edition = Edition(as_of, night.serving.version, settings.outputs.language, settings.ladder)
    happened = datasets.happenings(data.engine, as_of, settings.policy.moments)
    described = _described(project, data, night, happened, as_of)
    listed = candidates(night.ranked, described, edition)
    further = programme_lists(project, data, night, described, edition)
    plan = ask_plan(project, data, night, described, edition)
    rest = resting(night.verdicts, night.facts.accounts)
    told = night_manifest(project, data, night, origin, gate, [*further.notes, *plan.notes], plan.solver)
    beside = {**further.files, **plan.files}
    files = list_files(night.table, listed, rest, beside, edition, settings.outputs)
    files[RECORD] = parquet_bytes(night.guard.record)
    if "html" in settings.outputs.formats:
        shown = Shown(described, happened, listed, beside, past)
        files[REPORT] = report_page(project, data, night, told, shown, edition)
    return files, told


def _described(
    project: Project, data: Data, night: AccountScores, happened: MomentEvents, as_of: datetime
) -> Described:
    policy, language = project.settings.policy, project.settings.outputs.language
    return Described(
        accounts=night.facts.accounts,
        outcomes=datasets.table(data.engine, "outcomes"),
        asks=night.facts.asks,
        contacts=datasets.contacts(data.engine, night.facts, night.ranked["account_id"], as_of, project.settings),
        moments=moments(happened, as_of, policy.moments, language),
        reasons=night.reasons[language],
    )
