"""`check` and `signals`: what the tables hold, and what can be computed from them."""

from typing import Any

from advocate_score.flows import clock
from advocate_score.flows.project import Project, open_data, resolve_as_of
from advocate_score.flows.protection_explained import explained_protection
from advocate_score.flows.recipes import chosen_recipe
from advocate_score.flows.safeguard import safeguard
from advocate_score.signals.listing import listing
from advocate_score.windows import iso


def check_tables(project: Project, *, explain_protection: bool = False) -> dict[str, Any]:
    """The data-quality summary, table by table, and what protects clients; FaultyInputError where configuration or
    tables must not be used.

    explain_protection: also what the protecting rules do here, and which settings settle it.
    """
    settings = project.settings
    chosen_recipe(settings)
    with open_data(project) as data:
        tables = data.tables
        as_of = resolve_as_of(settings, None, tables.data_cut) if tables.data_cut else clock.now()
        guard = safeguard(project, data, as_of)
        for warning in guard.warnings():
            project.progress.warn(warning)
        return {
            "tables": [{"table": name, **counts.told()} for name, counts in tables.counts.items()],
            "quality": dict(tables.quality),
            "warnings": [*tables.warnings, *guard.warnings()],
            "protection": guard.figures(),
            "held": guard.refusals(),
            "explained": explained_protection(project, data, guard, as_of) if explain_protection else None,
            "quarantine": str(settings.path(settings.outputs.quarantine)),
            "quarantined": {name: str(path) for name, path in tables.quarantine.items()},
            "data_cut": iso(tables.data_cut) if tables.data_cut else None,
            "signals": len(data.signals),
        }


def list_signals(project: Project) -> dict[str, Any]:
    with open_data(project) as data:
        rows = listing(project.catalogue, data.tables.present, project.settings.outputs.language)
    active = int(rows["active"].sum())
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {"signals": records, "active": active, "inactive": len(rows) - active}
