"""Lines → records of a delimited file, by RFC 4180 to the letter.

A cell either holds no quote or is quoted as a whole, with the quotes inside doubled. A line that breaks this is set
aside alone, so that a stray quote does not swallow the good rows after it.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress

import numpy as np

from advocate_score.errors import Fault, InputError
from advocate_score.sources.raw import BrokenRow

_LONGEST_OPEN_RECORD = 2**20
_PART_BYTES = 2**16
_QUOTE, _NEWLINE = b'"\n'


@dataclass
class Records:
    """Records of one block, each one line or several, with their row numbers; and the rows set aside."""

    texts: list[bytes] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    broken: list[BrokenRow] = field(default_factory=list)


def _parts(block: bytes) -> Iterator[bytes]:
    """Some lines at a time, so that a stray quote makes few of them slow."""
    start = 0
    while not start or start < len(block):
        end = block.find(b"\n", start + _PART_BYTES) + 1 or max(1, len(block))
        yield block[start:end]
        start = end


def _is_regular(lines: bytes, delimiter: bytes) -> bool:
    """Whether every quote stands at the border of a cell that is one line's, as in nearly all exports: then every line
    is a record. What this cannot say yes to may yet be whole."""
    if b"\r" in lines or len(delimiter) > 1:
        return False
    text = np.frombuffer(b"\n" + lines, np.uint8)
    quotes, ends = np.flatnonzero(text == _QUOTE), np.flatnonzero(text == _NEWLINE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    borders = np.concatenate([text[opening - 1], text[closing + 1]])
    in_one_line = np.searchsorted(ends, opening) == np.searchsorted(ends, closing)
    return bool(((borders == delimiter[0]) | (borders == _NEWLINE)).all() and in_one_line.all())


class RecordCutter:
    """Cuts blocks of whole lines into records; a quoted cell may run on over lines and blocks."""

    def __init__(self, place: str, delimiter: str) -> None:
        mark = re.escape(delimiter).encode()
        cell = rb'(?:"(?:[^"]++|"")*+"|[^"\r' + mark + rb"]*+)"
        cells = rb"(?:" + cell + mark + rb")*+"
        self._whole = re.compile(cells + cell)
        in_line = rb'(?:"(?:[^"]++|"")*+"|[^"\r\n' + mark + rb"]*+)"
        self._records = re.compile(rb"((?:" + in_line + mark + rb")*+" + in_line + rb")\n")
        self._open = re.compile(cells + rb'"(?:[^"]++|"")*+')
        self._place, self._delimiter = place, delimiter.encode()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._row = 0

    @property
    def is_inside_record(self) -> bool:
        return bool(self._pending)

    def count_plain(self, lines: int) -> int:
        """Counts a block of one-line records that needs no cutting; the row number of the first."""
        self._row += lines
        return self._row - lines + 1

    def cut(self, block: bytes) -> Records:
        result = Records()
        if block and not self._pending and not block.strip(b"\n"):
            self._row += block.count(b"\n")
            return result
        for part in _parts(block):
            if self._pending or not self._take_whole(part, result):
                lines = deque(part.removesuffix(b"\n").split(b"\n"))
                while lines:
                    lines.extendleft(reversed(self._take(lines.popleft(), result)))
        return result

    def _take_whole(self, part: bytes, result: Records) -> bool:
        """Adds all records at once where each is whole and none so long that its quote may be a stray one."""
        lines = part if part.endswith(b"\n") else part + b"\n"
        texts = lines[:-1].split(b"\n") if _is_regular(lines, self._delimiter) else self._records.findall(lines)
        if sum(map(len, texts)) + len(texts) != len(lines) or max(map(len, texts)) > _LONGEST_OPEN_RECORD:
            return False
        rows = range(self._row + 1, self._row + 1 + len(texts))
        self._row += len(texts)
        result.texts += filter(None, texts)
        result.rows += compress(rows, texts)
        return True

    def finish(self) -> None:
        """Refuses a file that ends inside a quoted cell."""
        if self._pending:
            place = f"{self._place} row {self._row + 1}"
            raise InputError([Fault(place, "opens a quote that is never closed.", "close it, or double it in a cell")])

    def _take(self, line: bytes, result: Records) -> list[bytes]:
        """Adds one line. Returns lines to be taken anew, where the quote before them turns out to be a stray one."""
        if not self._pending and b'"' not in line and b"\r" not in line:
            self._add(line, result)
            return []
        self._pending.append(line)
        self._pending_bytes += len(line)
        if self._pending_bytes > _LONGEST_OPEN_RECORD:
            self.finish()
        return [] if len(self._pending) > 1 and b'"' not in line else self._judge(result)

    def _judge(self, result: Records) -> list[bytes]:
        text = b"\n".join(self._pending)
        if self._whole.fullmatch(text):
            self._forget_pending()
            self._add(text, result)
        elif not self._open.fullmatch(text):
            first, *rest = self._forget_pending()
            self._row += 1
            code = "stray_quote" if b'"' in first else "stray_carriage_return"
            result.broken.append(BrokenRow(self._row, code, first.decode("utf-8", "backslashreplace")))
            return rest
        return []

    def _forget_pending(self) -> list[bytes]:
        lines, self._pending, self._pending_bytes = self._pending, [], 0
        return lines

    def _add(self, text: bytes, result: Records) -> None:
        """Blank lines are no rows, yet they count in the numbering, as they do in a spreadsheet."""
        self._row += 1
        if text:
            result.texts.append(text)
            result.rows.append(self._row)
