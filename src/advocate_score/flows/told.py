"""What a night tells of itself: its manifest, and the object that `score --json` prints."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from advocate_score.flows import remarks
from advocate_score.flows.hold import Gate
from advocate_score.flows.project import Data, Project
from advocate_score.flows.safeguard import releases_file
from advocate_score.flows.scored import Scored
from advocate_score.ladder import LEVELS
from advocate_score.publication.counts import level_counts, rule_counts
from advocate_score.publication.manifest import Provenance, manifest
from advocate_score.publication.publisher import Published
from advocate_score.scoring.profile import profiles
from advocate_score.signals.build import schema_hash
from advocate_score.sources.read import file_digest
from advocate_score.windows import iso


def provenance(project: Project, data: Data, night: Scored, as_of: datetime) -> Provenance:
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
    night: Scored,
    origin: Provenance,
    gate: Gate,
    notes: Sequence[str],
    plan: Mapping[str, Any],
) -> dict[str, Any]:
    """`notes`: what the making of the lists has to tell. `plan`: how good the plan of asks is."""
    rows = {name: counts.told() for name, counts in data.tables.counts.items()}
    counts = {
        "accounts": len(night.accounts),
        "levels": level_counts(night.table, night.ranked, project.settings.ladder),
        "rules": rule_counts(night.verdicts),
        "not_yet_known": remarks.rows_not_yet_known(data, origin.as_of),
        "contacts_objected": remarks.objected_contacts(night.facts, origin.as_of),
    }
    reach = night.serving.selection
    banner = reach.banner(project.settings.outputs.language)
    told = [*_warnings(project, data, night, origin.as_of), *([banner] if banner else []), *_nobody(night)]
    warnings = [*data.tables.warnings, *night.guard.warnings(), *gate.warnings, *told, *notes]
    found = manifest(origin, project.settings.engine.name, rows, counts, warnings, reach.figures(), plan)
    protection = night.guard.figures() | {"forced": gate.reason if night.guard.refusals() else None}
    figures = {"hold": dict(gate.figures), "protection": protection}
    return found | figures | {"signals": profiles(night.accounts, data.signals)}


def _warnings(project: Project, data: Data, night: Scored, as_of: datetime) -> Iterator[str]:
    yield from night.serving.warnings
    yield from night.warnings
    yield from remarks.silent_asks(data, project.settings, as_of)
    yield from remarks.thin_levels(night.serving.model)


def _nobody(night: Scored) -> list[str]:
    """Empty lists are right only where somebody reads why."""
    if not night.ranked.empty:
        return []
    number = len(night.accounts)
    return [f"nobody may be asked: all {number} accounts rest." if number else "no account was known yet."]


def night_result(
    project: Project, night: Scored, as_of: datetime, done: Published, told: dict[str, Any]
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
