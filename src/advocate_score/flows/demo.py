"""`demo`: from nothing to ranked lists, on a made-up CRM."""

from pathlib import Path
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.flows.progress import Progress
from advocate_score.flows.project import open_project
from advocate_score.flows.promote import promote_version
from advocate_score.flows.score import score_night
from advocate_score.flows.start import CONFIG, shipped_in, simulate_folder
from advocate_score.flows.train import train_model
from advocate_score.ladder import LANGUAGES

_CONFIGURED = "pipelines/demo.toml"
WORLD = {"accounts": 600, "asks": 2_500, "seed": 1}


def run_demo(out: Path, progress: Progress, language: str = "en") -> dict[str, Any]:
    """Everything lands in `out`, which is new, empty, or an earlier demo's. `language`: of its lists."""
    config = configured_demo(out, language)
    simulated = simulate_folder(out, WORLD, progress)
    project = open_project(config, [], progress)
    trained = train_model(project, None)
    promoted = promote_version(project, None, force=False, reason=None)
    scored = score_night(project, None, backfill=False, replace=True)
    return {
        "config": str(config),
        "tables": simulated["folder"],
        "train": trained,
        "promote": promoted,
        "score": scored,
        "tracking_uri": project.settings.tracking_uri,
    }


def configured_demo(out: Path, language: str = "en") -> Path:
    """Writes the demo's configuration into `out` and gives its path; a demo overwrites nothing but a demo."""
    config, ours = out / CONFIG, {one: shipped_in(one, _CONFIGURED) for one in LANGUAGES}
    is_ours = (
        config.is_file()
        and not config.is_symlink()
        and config.read_bytes() in {text.encode() for text in ours.values()}
    )
    if out.exists() and not is_ours and any(out.iterdir()):
        raise InputError([Fault(f"--out {out}", "is not empty and not an earlier demo.", "name a new folder")])
    out.mkdir(parents=True, exist_ok=True)
    config.write_text(ours[language], encoding="utf-8")
    return config
