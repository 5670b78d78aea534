"""How far a packed file may unpack: a bomb of a few kilobytes must fill neither the memory nor the disk.

What is declared in a packed file may be a lie, so that what comes out is counted. Exports shrink to a tenth or a
fiftieth; deflate itself ends at about a thousandth.
"""

from typing import Protocol

from advocate_score.errors import Fault, InputError

LARGEST_RATIO = 200
_ALWAYS_ALLOWED = 64 * 2**20


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class BoundedReader:
    """Reads on until more has come out than `packed` bytes may hold; InputError then."""

    def __init__(self, file: Readable, place: str, packed: int) -> None:
        self._file = file
        self._place = place
        self._packed = packed
        self._unpacked = 0

    def read(self, size: int, /) -> bytes:
        block = self._file.read(size)
        self._unpacked += len(block)
        refuse_bomb(self._place, self._unpacked, self._packed)
        return block


def refuse_bomb(place: str, unpacked: int, packed: int) -> None:
    """InputError where `unpacked` bytes are more than a file of `packed` bytes holds in good faith."""
    if unpacked > max(_ALWAYS_ALLOWED, LARGEST_RATIO * packed):
        problem = f"unpacks to more than {LARGEST_RATIO} times its size of {packed:,} bytes."
        raise InputError([Fault(place, problem, "export it unpacked")])
