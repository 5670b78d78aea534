"""Whose turn it is to score: decided before anything heavy is loaded, so that a second run ends at once."""

from typing import Any

from advocate_score.flows.begun import Begun
from advocate_score.flows.deliver import delivered_too
from advocate_score.flows.project import Project, at_hand
from advocate_score.publication.lock import locked
from advocate_score.tracking.champion import champion_ahead


def score_in_turn(project: Project, as_of: str | None, **choices: Any) -> dict[str, Any]:
    """`flows.score.score_night` with its `choices`, then the delivery; LockedError at once where another run holds the
    lock."""
    with locked(project.settings.path(project.settings.outputs.folder)) as lock:
        with champion_ahead(project.settings) as champion, at_hand(project) as near:
            from advocate_score.flows.score import score_night

            done = score_night(near, as_of, begun=Begun(lock, champion), **choices)
        return done | delivered_too(project, lock, f"{done['folder']} is published, whole")
