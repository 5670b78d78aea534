"""The nightly job: score every account, write the lists, publish them whole."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from typing import Any

from advocate_score.flows import rules
from advocate_score.flows.ask_plan import Planned, ask_plan
from advocate_score.flows.programme_lists import programme_lists
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.flows.scored import Scored, scored
from advocate_score.ladder import LEVELS
from advocate_score.policy.moment import moments
from advocate_score.publication.counts import level_counts, rule_counts
from advocate_score.publication.list_files import list_files
from advocate_score.publication.lists import Described, Edition, candidates
from advocate_score.publication.lock import locked
from advocate_score.publication.manifest import Provenance, manifest
from advocate_score.publication.publisher import Published, publish
from advocate_score.publication.report import Night, report_html
from advocate_score.publication.resting import resting
from advocate_score.signals.build import schema_hash
from advocate_score.windows import iso


def score_night(project: Project, as_of: str | None, *, backfill: bool, replace: bool) -> dict[str, Any]:
    """One publication. The lock is taken first, so that a second run ends at once instead of working in vain."""
    target = project.settings.path(project.settings.outputs.folder)
    with locked(target) as lock, open_data(project) as data:
        instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
        night = scored(project, data, instant)
        project.progress.step("Publishing")
        files, told = _written(project, data, night, instant)
        mode = project.settings.outputs.mode
        done = publish(lock, instant, files, told, replace=replace, backfill=backfill, mode=mode)
        return _result(project, night, instant, done, told)


def _written(project: Project, data: Data, night: Scored, as_of: datetime) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Every file of the publication, and its manifest."""
    settings = project.settings
    edition = Edition(as_of, night.serving.version, settings.outputs.language, settings.ladder)
    described = _described(project, data, night, as_of)
    listed = candidates(night.ranked, described, edition)
    further = programme_lists(project, data, night, described, edition)
    plan = ask_plan(project, data, night, described, edition)
    rest = resting(night.verdicts, night.facts.accounts)
    told = _manifest(project, data, night, as_of, plan, further.notes)
    files = list_files(night.table, listed, rest, {**further.files, **plan.files}, edition, settings.outputs)
    if "html" in settings.outputs.formats:
        language = settings.outputs.language
        card, banner = _model_card(night, language), night.serving.selection.banner(language)
        page = Night(told["counts"]["levels"], told["counts"]["rules"], told, card, banner)
        files["report.html"] = report_html(listed, page, edition)
    return files, told


def _described(project: Project, data: Data, night: Scored, as_of: datetime) -> Described:
    policy, language = project.settings.policy, project.settings.outputs.language
    return Described(
        accounts=night.facts.accounts,
        outcomes=rules.table(data.engine, "outcomes"),
        asks=night.facts.asks,
        contacts=rules.contacts(data.engine, night.facts, night.ranked["account_id"], as_of, project.settings),
        moments=moments(rules.happenings(data.engine, as_of, policy.moments), as_of, policy.moments, language),
        reasons=night.reasons,
    )


def _manifest(
    project: Project, data: Data, night: Scored, as_of: datetime, plan: Planned, notes: Sequence[str]
) -> dict[str, Any]:
    provenance = Provenance(
        as_of=as_of,
        inputs=data.tables.digests,
        model=night.serving.identity,
        signal_schema=schema_hash(data.signals),
        configuration=hashlib.sha256(project.settings.canonical_json().encode()).hexdigest(),
        software=version("advocate-score"),
    )
    rows = {name: asdict(counts) for name, counts in data.tables.counts.items()}
    counts = {
        "accounts": len(night.accounts),
        "levels": level_counts(night.table, night.ranked, project.settings.ladder),
        "rules": rule_counts(night.verdicts),
    }
    reach = night.serving.selection
    banner = reach.banner(project.settings.outputs.language)
    told = [banner] if banner else []
    warnings = [*data.tables.warnings, *night.serving.warnings, *told, *_nobody(night), *notes, *plan.notes]
    return manifest(provenance, project.settings.engine.name, rows, counts, warnings, reach.figures(), plan.solver)


def _nobody(night: Scored) -> list[str]:
    """Empty lists are right only where somebody reads why."""
    if not night.ranked.empty:
        return []
    number = len(night.accounts)
    return [f"nobody may be asked: all {number} accounts rest." if number else "no account was known yet."]


def _model_card(night: Scored, language: str) -> dict[str, str]:
    serving, spanish = night.serving, language == "es"
    trained = iso(serving.trained_as_of) if serving.trained_as_of else "—"
    return {
        "modelo" if spanish else "model": f"{serving.identity['name']} {serving.version}",
        "aprendió hasta" if spanish else "learned up to": trained,
        "respaldo por nivel" if spanish else "evidence by level": ", ".join(serving.model.evidence().values()),
    }


def _result(project: Project, night: Scored, as_of: datetime, done: Published, told: dict[str, Any]) -> dict[str, Any]:
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
        "levels": [
            {"level": int(n), "ask": names[int(n)], **figures} for n, figures in told["counts"]["levels"].items()
        ],
        "rows": told["rows"],
        "selection": told["selection"],
        "banner": night.serving.selection.banner(settings.outputs.language),
        "warnings": told["warnings"],
    }
