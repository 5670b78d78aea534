"""`init` and `simulate`: something to begin with."""

from pathlib import Path
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.flows.progress import Progress
from advocate_score.shipped import shipped
from advocate_score.simulate.crm import simulate_crm
from advocate_score.simulate.files import write_crm
from advocate_score.simulate.world import checked_world
from advocate_score.tables.templates import templates as table_templates

CONFIG = "advocate.toml"
_LANGUAGE = '\nlanguage = "{}"'


def init_folder(folder: Path, language: str = "en") -> dict[str, Any]:
    """A commented configuration, table templates and an empty tables folder; what is there already stays. `language`:
    of the lists and reports to come."""
    config, tables, templates = folder / CONFIG, folder / "tables", folder / "templates"
    if config.exists():
        raise InputError([Fault(str(config), "there is a configuration already.", "choose another folder")])
    for place in (tables, templates):
        place.mkdir(parents=True, exist_ok=True)
    for name, header in table_templates().items():
        (templates / name).write_text(header, encoding="utf-8")
    config.write_text(shipped_in(language, "pipelines/starter.toml"), encoding="utf-8")
    return {"config": str(config), "tables": str(tables), "templates": str(templates)}


def shipped_in(language: str, name: str) -> str:
    """A shipped configuration, with its lists in that language."""
    text = shipped(name).read_text(encoding="utf-8")
    return text.replace(_LANGUAGE.format("en"), _LANGUAGE.format(language), 1)


def simulate_folder(out: Path, options: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Writes a synthetic CRM; `options` are settings of `simulate.world.World`."""
    world = checked_world(options)
    _refuse_real_tables(out)
    progress.step(f"Making a CRM of {world.accounts} accounts")
    crm = simulate_crm(world)
    progress.step("Writing tables")
    write_crm(crm, out)
    rows = [{"table": name, "rows": len(frame)} for name, frame in crm.tables.items()]
    return {"tables": rows, "folder": str(out / "tables"), "truth": str(out / "truth")}


def _refuse_real_tables(out: Path) -> None:
    """A made-up CRM replaces nothing but an earlier one, which has its truth beside it."""
    tables = out / "tables"
    if tables.is_dir() and any(tables.iterdir()) and not (out / "truth").is_dir():
        fix = "name another folder"
        raise InputError([Fault(f"--out {out}", "holds tables that are no simulation, and would be replaced.", fix)])
