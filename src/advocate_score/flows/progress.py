"""The interface by which a flow reports progress, independent of how it is shown."""

from typing import Protocol


class Progress(Protocol):
    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        """`what` has started or continues; `total` 0 means that its length is unknown."""

    def warn(self, text: str) -> None:
        """A message that the reader should know; it stops nothing."""


class Silent:
    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        pass

    def warn(self, text: str) -> None:
        pass
