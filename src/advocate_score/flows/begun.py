"""What a night has already when it begins, before anything heavy is loaded."""

from dataclasses import dataclass

from advocate_score.publication.lock import Lock
from advocate_score.tracking.fetch_ahead import Fetching


@dataclass(frozen=True)
class Begun:
    """The lock on the publications, and the champion under way."""

    lock: Lock
    champion: Fetching
