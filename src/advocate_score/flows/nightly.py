"""What runs around a night: whose turn it is to score, decided before anything heavy is loaded, `deliver`, and
`rollback`."""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from advocate_score.errors import AdvocateScoreError, Fault, InputError, RefusedError
from advocate_score.flows.project import Project, RunContext, local_tables
from advocate_score.publication.folder import Lock, locked
from advocate_score.publication.publisher import roll_back
from advocate_score.tracking.champion import champion_ahead

if TYPE_CHECKING:
    from advocate_score.delivery.sync import Mirrored

_Delivery = Callable[[Collection[str]], "Mirrored"]


def deliver_nights(project: Project) -> dict[str, Any]:
    """Tells for each place the nights that were written and taken out.

    InputError where none is configured; AdvocateScoreError where one refuses, once the other has what it should have.
    """
    delivery = project.settings.delivery
    if delivery.database is None and delivery.store is None:
        fix = 'say where, such as database = "sqlite:///nights.db"'
        raise InputError([Fault("[delivery]", "names no database and no store: there is nowhere to deliver to.", fix)])
    with locked(project.settings.path(project.settings.outputs.folder)) as lock:
        told: dict[str, Any] = delivered_too(project, lock, "what is published stays as it is")["delivered"]
        return told


def delivered_too(project: Project, lock: Lock, done: str, erased: Collection[str] = ()) -> dict[str, Any]:
    """After what was `done` to the files, as `delivered`; empty where no place is configured.

    AdvocateScoreError where a place refuses: the files are as they should be, and whoever started this must know that
    the place does not show it.
    """
    told, refused = {}, []
    for name, deliver in _places(project, lock).items():
        project.progress.step(f"Delivering to the {name}")
        try:
            told[name] = _told(project, deliver(erased))
        except RefusedError as error:
            refused.append(str(error))
    if refused:
        later = "'erase' once more reaches it" if erased else "the next night makes up for it, or 'deliver'"
        why = f"but [delivery] does not show it yet; {later}"
        raise AdvocateScoreError("\n".join([f"{done}, {why}.", *refused]))
    return {"delivered": told} if told else {}


def _places(project: Project, lock: Lock) -> dict[str, _Delivery]:
    settings, target = project.settings, lock.target
    places: dict[str, _Delivery] = {}
    if settings.delivery.database is not None:
        from advocate_score.delivery.database import mirror

        places["database"] = partial(mirror, settings, settings.delivery.database, target)
    if settings.delivery.store is not None:
        from advocate_score.delivery.object_store import upload

        places["store"] = partial(upload, settings.delivery.store, target)
    return places


def _told(project: Project, done: "Mirrored") -> dict[str, Any]:
    for night in done.left:
        project.progress.warn(f"{night}: was not delivered, since its files are not as they were published.")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(done).items()}


def score_in_turn(project: Project, as_of: str | None, **choices: Any) -> dict[str, Any]:
    """`flows.score.score_night` with its `choices`, then the delivery; LockedError at once where another run holds the
    lock."""
    with locked(project.settings.path(project.settings.outputs.folder)) as lock:
        with champion_ahead(project.settings) as champion, local_tables(project) as near:
            from advocate_score.flows.score import score_night

            done = score_night(near, as_of, begun=RunContext(lock, champion), **choices)
        return done | delivered_too(project, lock, f"{done['folder']} is published, whole")


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
