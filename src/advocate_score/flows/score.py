"""The nightly job: score every account, write the lists, publish them whole."""

from datetime import datetime
from typing import Any

from advocate_score.flows import clock, rules
from advocate_score.flows.ask_plan import ask_plan
from advocate_score.flows.begun import Begun
from advocate_score.flows.earlier_protection import RECORD
from advocate_score.flows.freshness import refuse_ahead_of_clock, warn_of_old_tables
from advocate_score.flows.hold import Gate, judged, reason_given, stands
from advocate_score.flows.last_night import last_night
from advocate_score.flows.programme_lists import programme_lists
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.flows.protection_explained import warn_of_first_protection
from advocate_score.flows.report_page import Shown, report_page
from advocate_score.flows.room import refuse_without_room
from advocate_score.flows.safeguard import hold_lost_noes
from advocate_score.flows.scored import Scored, scored
from advocate_score.flows.told import night_manifest, night_result, provenance
from advocate_score.policy.moment import Happenings, moments
from advocate_score.publication.list_files import list_files, parquet_bytes
from advocate_score.publication.lists import Described, Edition, candidates
from advocate_score.publication.lock import held
from advocate_score.publication.manifest import Provenance
from advocate_score.publication.past import Past
from advocate_score.publication.publisher import publish
from advocate_score.publication.report_without import REPORT
from advocate_score.publication.resting import resting
from advocate_score.publication.retention import remove_expired


def score_night(
    project: Project,
    as_of: str | None,
    *,
    backfill: bool,
    replace: bool,
    force: bool = False,
    reason: str | None = None,
    begun: Begun | None = None,
) -> dict[str, Any]:
    """One publication. The lock, where the run has not `begun`, is taken first: a second run must not work in vain.

    `force`, with a `reason`, publishes a night that a gate would hold; see `flows.hold`.
    """
    overruled = reason_given(force, reason)
    target, outputs = project.settings.path(project.settings.outputs.folder), project.settings.outputs
    with held(begun.lock if begun else target) as taken:
        refuse_without_room(project.settings, taken)
        with open_data(project) as data:
            instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
            refuse_ahead_of_clock(instant, overruled)
            old = warn_of_old_tables(project.settings, instant, data.tables.data_cut, as_of)
            night = scored(project, data, instant, begun.champion if begun else None, live=not backfill)
            warn_of_first_protection(project, data, night.guard, instant)
            origin = provenance(project, data, night, instant)
            if not stands(taken.target, origin):
                hold_lost_noes(night.guard, overruled)
            gate = judged(project, data, night, taken.target, origin, overruled).after(old).overruled(overruled)
            project.progress.step("Publishing")
            files, told = _written(project, data, night, origin, gate, last_night(taken.target, instant))
            done = publish(taken, instant, files, told, replace=replace, backfill=backfill, mode=outputs.mode)
            expired = remove_expired(taken, outputs.retention_days, clock.now().date()) if done.is_current else []
            return night_result(project, night, instant, done, told) | {"expired": expired}


def _written(
    project: Project, data: Data, night: Scored, origin: Provenance, gate: Gate, past: Past | None
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Every file of the publication, and its manifest. `past`: the last night, which the report compares with."""
    settings, as_of = project.settings, origin.as_of
    edition = Edition(as_of, night.serving.version, settings.outputs.language, settings.ladder)
    happened = rules.happenings(data.engine, as_of, settings.policy.moments)
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


def _described(project: Project, data: Data, night: Scored, happened: Happenings, as_of: datetime) -> Described:
    policy, language = project.settings.policy, project.settings.outputs.language
    return Described(
        accounts=night.facts.accounts,
        outcomes=rules.table(data.engine, "outcomes"),
        asks=night.facts.asks,
        contacts=rules.contacts(data.engine, night.facts, night.ranked["account_id"], as_of, project.settings),
        moments=moments(happened, as_of, policy.moments, language),
        reasons=night.reasons[language],
    )
