"""How a flow says what it is doing, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        """`what` is under way; `total` 0 means that its length is not known."""

    def warn(self, text: str) -> None:
        """Something that the reader should know and that stops nothing."""


class Silent:
    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        pass

    def warn(self, text: str) -> None:
        pass
