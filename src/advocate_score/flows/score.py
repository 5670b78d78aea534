"""The nightly job: score every account, write the lists, publish them completely or not at all, and describe the run in
the manifest and in the object that `score --json` prints."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from advocate_score import dates
from advocate_score.dates import iso
from advocate_score.errors import HeldError, InputError
from advocate_score.files import digest_of_file
from advocate_score.flows import account_scores, datasets, lists, preflight, protection, report, stability_gate
from advocate_score.flows.account_scores import AccountScores, score_all_accounts
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.monitoring.drift import profiles
from advocate_score.policy.moments import MomentEvents, moments
from advocate_score.publication import columns, folder, history, list_files, publisher
from advocate_score.publication.lists import candidates, resting
from advocate_score.publication.manifest import Provenance, level_counts, manifest, rule_counts
from advocate_score.publication.report import REPORT
from advocate_score.signals.compute import schema_hash


def provenance(project: Project, data: Data, scores: AccountScores, as_of: datetime) -> Provenance:
    """Everything that decides the content of the publication.

    Parameters
    ----------
    project, data : the project and its open tables. scores : of all accounts. as_of : the instant of prediction.
    """
    return Provenance(
        as_of=as_of,
        inputs=data.tables.digests,
        model=scores.serving.identity,
        signal_schema=schema_hash(data.signals),
        configuration=hashlib.sha256(project.settings.canonical_json().encode()).hexdigest(),
        software=version("advocate-score"),
        protecting={
            "live": str(scores.facts.live).lower(),
            "releases": _file_digest(protection.releases_file(project.settings)),
        },
    )


def _file_digest(file: Path) -> str:
    """sha256 of a file; '' if it does not exist."""
    return digest_of_file(file) if file.exists() else ""


def publication_manifest(
    project: Project,
    data: Data,
    scores: AccountScores,
    origin: Provenance,
    gate: stability_gate.StabilityResult,
    notes: Sequence[str],
    plan: Mapping[str, Any],
) -> dict[str, Any]:
    """The manifest of the publication.

    Parameters
    ----------
    project, data : the project and its open tables. scores : of all accounts. origin : the provenance.
    gate : the result of the stability gate. notes : messages of the lists.
    plan : figures on the quality and limits of the ask plan.
    """
    rows = {name: counts.to_dict() for name, counts in data.tables.counts.items()}
    counts = {
        "accounts": len(scores.accounts),
        "levels": level_counts(scores.table, scores.ranked, project.settings.ladder),
        "rules": rule_counts(scores.verdicts),
        "not_yet_known": account_scores.rows_not_yet_known(data, origin.as_of),
        "contacts_objected": account_scores.objected_contacts(scores.facts, origin.as_of),
    }
    selection_bias = scores.serving.selection
    banner = selection_bias.banner(project.settings.outputs.language)
    notices = [*_warnings(project, data, scores, origin.as_of), *([banner] if banner else []), *_why_empty(scores)]
    warnings = [*data.tables.warnings, *scores.guard.warnings(), *gate.warnings, *notices, *notes]
    document = manifest(origin, project.settings.engine.name, rows, counts, warnings, selection_bias.figures(), plan)
    guard = scores.guard
    forced = {"forced": gate.reason if guard.refusals() else None}
    protected = guard.figures() | {"before": guard.before_this_date} | forced
    figures = {"hold": dict(gate.figures), "protection": protected}
    return document | figures | {"signals": profiles(scores.accounts, data.signals)}


def _warnings(project: Project, data: Data, scores: AccountScores, as_of: datetime) -> Iterator[str]:
    yield from scores.serving.warnings
    yield from scores.warnings
    yield from account_scores.unanswered_asks_warning(data, project.settings, as_of)
    yield from account_scores.thin_level_warnings(scores.serving.model)


def _why_empty(scores: AccountScores) -> list[str]:
    """A message that explains empty lists."""
    if not scores.ranked.empty:
        return []
    number = len(scores.accounts)
    return [f"nobody may be asked: every account rests ({number})." if number else "no account was known yet."]


def run_summary(
    project: Project,
    scores: AccountScores,
    as_of: datetime,
    published: publisher.PublishResult,
    manifest: dict[str, Any],
) -> dict[str, Any]:
    """The object that `score --json` prints.

    Parameters
    ----------
    project : the project. scores : of all accounts. as_of : the instant of prediction.
    published : the result of publishing. manifest : of the publication.
    """
    settings = project.settings
    names = {level: settings.ladder.name(level, settings.outputs.language) for level in settings.ladder.in_use}
    return {
        "folder": str(published.folder),
        "as_of": iso(as_of),
        "run_id": published.run_id,
        "model": " ".join(dict.fromkeys((scores.serving.identity["name"], scores.serving.version))),
        "evidence": scores.serving.model.evidence(),
        "files": sum(file.is_file() for file in published.folder.rglob("*")),
        "unchanged": not published.fresh,
        "current": published.is_current,
        "held": manifest["hold"].get("held", False),
        "forced": manifest["hold"].get("forced"),
        "compared_with": manifest["hold"].get("compared_with"),
        "accounts": manifest["counts"]["accounts"],
        "levels": [
            {"level": int(n), "ask": names[int(n)], **figures} for n, figures in manifest["counts"]["levels"].items()
        ],
        "rows": manifest["rows"],
        "protection": manifest["protection"],
        "selection": manifest["selection"],
        "banner": scores.serving.selection.banner(settings.outputs.language),
        "warnings": manifest["warnings"],
    }


def score_and_publish(
    project: Project,
    as_of: str | None,
    *,
    backfill: bool,
    replace: bool,
    force: bool = False,
    reason: str | None = None,
    own_lock: folder.Lock | None = None,
) -> dict[str, Any]:
    """Score all accounts and publish the lists.

    The lock is acquired first unless it is given, so that a second run fails before it does any work.

    Parameters
    ----------
    project : the project. as_of : the instant, None for the configured rule.
    backfill : allow a date before the newest publication. replace : overwrite a date made from other inputs.
    force, reason : publish although a gate would hold it, with the reason; see `flows.stability_gate`.
    own_lock : the lock on the publications, if the caller holds it.
    """
    overruled = stability_gate.overruling_reason(force, reason)
    target, outputs = project.settings.path(project.settings.outputs.folder), project.settings.outputs
    with folder.held_or_new_lock(own_lock or target) as lock:
        preflight.require_disk_space(project.settings, lock)
        with open_data(project) as data:
            instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
            preflight.reject_ahead_of_clock(
                instant, overruled, as_of, data.tables.after_clock, project.settings.sources.as_of
            )
            age_warnings = preflight.warn_of_old_tables(project.settings, instant, data.tables.data_cut, as_of)
            scores = score_all_accounts(project, data, instant, live=not backfill)
            protection.warn_of_first_protection(project, data, scores.guard, instant)
            origin = provenance(project, data, scores, instant)
            gate = _pass_gates(project, data, scores, lock.target, origin, overruled)
            gate = gate.with_warnings(age_warnings).overruled_by(overruled)
            project.progress.step("Publishing")
            files, manifest = _render_files(
                project, data, scores, origin, gate, history.previous_publication(lock.target, instant)
            )
            published = publisher.publish(
                lock, instant, files, manifest, replace=replace, backfill=backfill, mode=outputs.mode
            )
            expired = (
                publisher.remove_expired(lock, outputs.retention_days, dates.now().date())
                if published.is_current
                else []
            )
            return run_summary(project, scores, instant, published, manifest) | {"expired": expired}


def _pass_gates(
    project: Project, data: Data, scores: AccountScores, target: Path, origin: Provenance, overruled: str | None
) -> stability_gate.StabilityResult:
    """The result of the stability gate. HeldError with every reason to hold, so that who forces has read them all."""
    is_new = overruled is None and not stability_gate.is_published(target, origin)
    message = protection.lost_noes_message(scores.guard) if is_new else ""
    try:
        gate = stability_gate.check_stability(project, data, scores, target, origin, overruled)
    except (HeldError, InputError) as error:
        if not message:
            raise
        raise HeldError(f"{message}\n{error}") from error
    if message:
        raise HeldError(message)
    return gate


def _render_files(
    project: Project,
    data: Data,
    scores: AccountScores,
    origin: Provenance,
    gate: stability_gate.StabilityResult,
    previous: history.Publication | None,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Every file of the publication, and its manifest. `previous`: the previous publication, for comparison in the
    report."""
    settings, as_of = project.settings, origin.as_of
    edition = columns.Edition(
        as_of, scores.serving.version, settings.outputs.language, settings.ladder, settings.sources.zone
    )
    events = datasets.moment_events(data.engine, as_of, settings.policy.moments)
    described = _describe(project, data, scores, events, edition)
    listed = candidates(scores.ranked, described, edition)
    programme = lists.programme_lists(project, data, scores, described, edition)
    plan = lists.ask_plan(project, data, scores, described, edition)
    resting_accounts = resting(scores.verdicts, described, edition)
    manifest = publication_manifest(project, data, scores, origin, gate, [*programme.notes, *plan.notes], plan.solver)
    extra_frames = {**programme.files, **plan.files}
    files = list_files.list_files(scores.table, listed, resting_accounts, extra_frames, edition, settings.outputs)
    files[protection.RECORD] = list_files.parquet_bytes(scores.guard.record)
    if "html" in settings.outputs.formats:
        contents = report.ReportContents(described, events, listed, extra_frames, resting_accounts, previous)
        files[REPORT] = report.report_page(project, data, scores, manifest, contents, edition)
    return files, manifest


def _describe(
    project: Project, data: Data, scores: AccountScores, events: MomentEvents, edition: columns.Edition
) -> columns.Described:
    as_of, language, policy = edition.as_of, edition.language, project.settings.policy
    return columns.Described(
        accounts=scores.facts.accounts,
        outcomes=datasets.table(data.engine, "outcomes"),
        asks=scores.facts.asks,
        contacts=datasets.contacts(data.engine, scores.facts, scores.ranked["account_id"], as_of, project.settings),
        moments=moments(events, as_of, policy.moments, language, edition.zone),
        reasons=scores.reasons[language],
    )
