"""`features`: the signals as a Parquet file, for accounts as of one instant or for asks each as of its own."""

import shutil
from pathlib import Path
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.flows.frames import account_spine, ask_spine
from advocate_score.flows.project import Project, open_data, resolve_as_of
from advocate_score.signals.build import write_signals
from advocate_score.windows import iso


def write_features(project: Project, out: Path, as_of: str | None, asks: bool) -> dict[str, Any]:
    """Writes `out` whole or not at all."""
    if out.is_dir():
        raise InputError([Fault("--out", f"{out} is a folder.", "name a file, such as features.parquet")])
    out.parent.mkdir(parents=True, exist_ok=True)
    with open_data(project) as data:
        instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
        spine = ask_spine(data, instant) if asks else account_spine(data, instant)
        project.progress.step(f"Computing {len(data.signals)} signals for {len(spine)} rows")
        written = data.folder / "features.parquet"
        write_signals(data.engine, spine, data.signals, project.settings.model.maturity_days, written)
        shutil.move(written, out)
    return {"file": str(out), "rows": len(spine), "signals": len(data.signals), "as_of": iso(instant)}
