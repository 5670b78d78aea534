"""`init` and `simulate`: something to begin with."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.flows.progress import Progress
from advocate_score.shipped import shipped
from advocate_score.simulate.crm import simulate_crm
from advocate_score.simulate.files import TRUTH, write_crm
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
        with suppress(FileExistsError), (templates / name).open("x", encoding="utf-8") as file:
            file.write(header)
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
    """A made-up CRM replaces nothing but an earlier one, which has its truth beside it, and writes through no link."""
    folders = (out / "tables", out / "truth")
    problem = ""
    if links := [path.name for path in (*folders, *_files(folders)) if path.is_symlink()]:
        problem = f"holds links, and what they lead to would be replaced: {', '.join(links)}."
    elif _files(folders) and not all((out / "truth" / name).is_file() for name in TRUTH):
        problem = "holds tables that are no simulation, and would be replaced."
    if problem:
        raise InputError([Fault(f"--out {out}", problem, "name another folder")])


def _files(folders: Iterable[Path]) -> list[Path]:
    return [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
