"""`rollback`: an earlier night is in use again."""

from typing import Any

from advocate_score.flows.deliver import delivered_too
from advocate_score.flows.project import Project
from advocate_score.publication.lock import locked
from advocate_score.publication.rollback import roll_back


def roll_back_to(project: Project, day: str | None) -> dict[str, Any]:
    """Points `current` to `day`, by default to the night before."""
    settings = project.settings
    with locked(settings.path(settings.outputs.folder)) as lock:
        done = roll_back(lock, day, mode=settings.outputs.mode)
        delivered = delivered_too(project, lock, f"{done.folder.name} is in use")
    return {
        "folder": str(done.folder),
        "date": done.folder.name,
        "run_id": done.run_id,
        "before": done.before,
        "withdrawn": list(done.withdrawn),
    } | delivered
