"""The publication that a night is compared with: the one in use before it."""

from datetime import datetime
from pathlib import Path

from advocate_score.publication.past import Past
from advocate_score.publication.shelf import folder_of, read_manifest
from advocate_score.publication.standing import standing


def last_night(target: Path, as_of: datetime) -> Past | None:
    """The newest publication in use of a date before that of `as_of`: where `current` leads to, unless that date itself
    is written anew or an earlier one is made up for. None where there is none, or its manifest cannot be read."""
    today = folder_of(target, as_of).name
    days = [day for day in standing(target) if day < today]
    if not days:
        return None
    folder = target / days[-1]
    manifest = read_manifest(folder)
    return Past(folder, manifest) if "as_of" in manifest else None
