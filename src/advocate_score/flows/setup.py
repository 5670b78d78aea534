"""First steps: `init`, `simulate`, and `demo`, which makes ranked lists from a simulated CRM."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.files import shipped_file
from advocate_score.flows.project import Progress, open_project
from advocate_score.ladder import LANGUAGES
from advocate_score.simulate.crm import TRUTH, simulate_crm, write_crm
from advocate_score.simulate.world import checked_world
from advocate_score.tables.dictionary import templates as table_templates

CONFIG = "advocate.toml"
_LANGUAGE = '\nlanguage = "{}"'


def init_folder(folder: Path, language: str = "en") -> dict[str, Any]:
    """Write a commented configuration, table templates and an empty tables folder; existing templates are kept.
    InputError if there is a configuration. `language`: of the lists and reports."""
    config, tables, templates = folder / CONFIG, folder / "tables", folder / "templates"
    if config.exists():
        raise InputError([Fault(str(config), "there is a configuration already.", "choose another folder")])
    for path in (tables, templates):
        path.mkdir(parents=True, exist_ok=True)
    for name, header in table_templates().items():
        with suppress(FileExistsError), (templates / name).open("x", encoding="utf-8") as file:
            file.write(header)
    config.write_text(shipped_config(language, "pipelines/starter.toml"), encoding="utf-8")
    return {"config": str(config), "tables": str(tables), "templates": str(templates)}


def shipped_config(language: str, name: str) -> str:
    """A shipped configuration, with its lists set to `language`."""
    text = shipped_file(name).read_text(encoding="utf-8")
    return text.replace(_LANGUAGE.format("en"), _LANGUAGE.format(language), 1)


def simulate_folder(out: Path, options: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Write a synthetic CRM; `options` are settings of `simulate.world.World`."""
    world = checked_world(options)
    _reject_real_tables(out)
    progress.step(f"Making a CRM of {world.accounts} accounts")
    crm = simulate_crm(world)
    progress.step("Writing tables")
    write_crm(crm, out)
    rows = [{"table": name, "rows": len(frame)} for name, frame in crm.tables.items()]
    return {"tables": rows, "folder": str(out / "tables"), "truth": str(out / "truth")}


def _reject_real_tables(out: Path) -> None:
    """Raise InputError unless the tables in `out` are an earlier simulation, known by its truth, and none is a link."""
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


_DEMO_CONFIG = "pipelines/demo.toml"
WORLD = {"accounts": 600, "asks": 2_500, "seed": 1}


def run_demo(out: Path, progress: Progress, language: str = "en") -> dict[str, Any]:
    """Run the demo in `out`, which must be new, empty, or an earlier demo's. `language`: of its lists."""
    from advocate_score.flows.promote import promote_version
    from advocate_score.flows.score import score_and_publish
    from advocate_score.flows.train import train_model

    config = write_demo_config(out, language)
    simulated = simulate_folder(out, WORLD, progress)
    project = open_project(config, [], progress)
    trained = train_model(project, None)
    promoted = promote_version(project, None, force=False, reason=None)
    scored = score_and_publish(project, None, backfill=False, replace=True)
    return {
        "config": str(config),
        "tables": simulated["folder"],
        "train": trained,
        "promote": promoted,
        "score": scored,
        "tracking_uri": project.settings.tracking_uri,
    }


def write_demo_config(out: Path, language: str = "en") -> Path:
    """Write the demo's configuration into `out` and return its path; InputError if `out` holds anything but a demo."""
    config, configurations = out / CONFIG, {lang: shipped_config(lang, _DEMO_CONFIG) for lang in LANGUAGES}
    is_demo = (
        config.is_file()
        and not config.is_symlink()
        and config.read_bytes() in {text.encode() for text in configurations.values()}
    )
    if out.exists() and not is_demo and any(out.iterdir()):
        raise InputError([Fault(f"--out {out}", "is not empty and not an earlier demo.", "name a new folder")])
    out.mkdir(parents=True, exist_ok=True)
    config.write_text(configurations[language], encoding="utf-8")
    return config
