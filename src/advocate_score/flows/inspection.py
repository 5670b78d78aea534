"""`check`, `signals` and `features`: the content of the tables, the signals that can be computed from them, and these
signals as a Parquet file."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score import dates
from advocate_score.dates import iso, local_day_text
from advocate_score.errors import Fault, InputError
from advocate_score.flows import datasets, preflight, protection, serving
from advocate_score.flows.project import Project, open_data, resolve_as_of
from advocate_score.frames import json_rows
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import Catalogue, Present
from advocate_score.signals.compute import write_signals


def write_features(project: Project, out: Path, as_of: str | None, asks: bool) -> dict[str, Any]:
    """Write the signals to `out`, completely or not at all.

    Parameters
    ----------
    project : the project. out : a Parquet file. as_of : the instant, None for the configured rule.
    asks : write one row per ask instead of one per account.
    """
    if out.is_dir():
        raise InputError([Fault("--out", f"{out} is a folder.", "name a file, such as features.parquet")])
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"the folder {out.parent} cannot be made: {error.strerror}."
        raise InputError([Fault("--out", problem, "name a file in a folder that can be written to")]) from error
    with open_data(project) as data:
        instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
        preflight.reject_ahead_of_clock(instant, None, as_of, data.tables.after_clock, project.settings.sources.as_of)
        spine = datasets.ask_spine(data, instant) if asks else datasets.account_spine(data, instant)
        project.progress.step(f"Computing {len(data.signals)} signals for {len(spine)} rows")
        written = data.folder / "features.parquet"
        write_signals(data.engine, spine, data.signals, project.settings.model.maturity_days, written)
        shutil.move(written, out)
    return {"file": str(out), "rows": len(spine), "signals": len(data.signals), "as_of": iso(instant)}


_DECLARED = ("name", "family", "table", "aggregate", "column", "lookback_days", "unit", "direction", "actionable")
COLUMNS = (*_DECLARED, "concept", "active", "why_inactive", "sentence")


def listing(catalogue: Catalogue, present: Present, language: str = "en") -> pd.DataFrame:
    """One row per declared signal, in the catalogue's order; `sentence` is a template with `{value}`."""
    inactive = catalogue.inactive(present)
    rows = [_row(signal, inactive.get(signal.name, ""), language) for signal in catalogue.signals]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"lookback_days": "Int64"})


def _row(signal: Signal, why_inactive: str, language: str) -> dict[str, object]:
    shown = signal.model_dump(include=set(COLUMNS))
    return shown | {"active": not why_inactive, "why_inactive": why_inactive, "sentence": signal.template(language)}


def check_tables(project: Project, *, explain_protection: bool = False) -> dict[str, Any]:
    """The data-quality summary by table, and what protects clients; FaultyInputError if configuration or tables cannot
    be used.

    explain_protection: also list the effects of the protecting rules, and the settings that resolve each.
    """
    settings = project.settings
    serving.chosen_recipe(settings)
    with open_data(project, with_remarks=True) as data:
        tables = data.tables
        as_of = resolve_as_of(settings, None, tables.data_cut) if tables.data_cut else dates.now()
        guard = protection.safeguard(project, data, as_of)
        warnings = [*guard.warnings(), *(f"{rows} lie after this machine's clock." for rows in tables.after_clock)]
        for warning in warnings:
            project.progress.warn(warning)
        return {
            "tables": [{"table": name, **counts.to_dict()} for name, counts in tables.counts.items()],
            "quality": dict(tables.quality),
            "warnings": [*tables.warnings, *warnings],
            "protection": guard.figures(),
            "held": guard.refusals(),
            "explained": protection.explained_protection(project, data, guard, as_of) if explain_protection else None,
            "quarantine": str(settings.path(settings.outputs.quarantine)),
            "quarantined": {name: str(path) for name, path in tables.quarantine.items()},
            "data_cut": iso(tables.data_cut) if tables.data_cut else None,
            "data_cut_local": local_day_text(tables.data_cut, settings.sources.zone) if tables.data_cut else None,
            "signals": len(data.signals),
        }


def list_signals(project: Project) -> dict[str, Any]:
    with open_data(project) as data:
        rows = listing(project.catalogue, data.tables.present, project.settings.outputs.language)
    active = int(rows["active"].sum())
    return {"signals": json_rows(rows), "active": active, "inactive": len(rows) - active}
