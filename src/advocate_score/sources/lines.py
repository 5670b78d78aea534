"""A text file as blocks of whole lines in UTF-8, whatever its encoding and compression; nothing is guessed."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advocate_score.errors import Fault, InputError
from advocate_score.sources.unpacking import BoundedReader, Readable

BLOCK_BYTES = 16 * 2**20
LONGEST_LINE = 16 * 2**20
_MARKS_OF_OTHERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def line_blocks(path: Path, encoding: str, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Blocks ending in a newline (but the last one, where the file does not), with `\\n` for `\\r\\n`.

    Bytes that `encoding` does not know come through as they are, for the reader of the rows to find.
    """
    rest: list[bytes] = []
    waiting = 0
    for block in _utf8_blocks(path, encoding, block_bytes):
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join([*rest, block[:end]]).replace(b"\r\n", b"\n")
            rest, waiting = [], 0
        rest.append(block[end:])
        waiting += len(rest[-1])
        if waiting > LONGEST_LINE:
            problem = f"has a line of more than {LONGEST_LINE:,} bytes."
            raise InputError([Fault(path.name, problem, "export it anew, each row on a line of its own")])
    if last := b"".join(rest):
        yield last


def first_invalid_byte(path: Path) -> int | None:
    """Offset of the first byte, after decompression, that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with _opened(path) as file:
        while True:
            block = file.read(BLOCK_BYTES)
            undecided = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return offset - undecided + error.start
            if not block:
                return None
            offset += len(block)


def _utf8_blocks(path: Path, encoding: str, block_bytes: int) -> Iterator[bytes]:
    if encoding in ("utf-8", "utf-8-sig") or _is_marked(path):
        yield from _without_mark(path, block_bytes)
        return
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    with _opened(path) as file:
        while block := file.read(block_bytes):
            yield decoder.decode(block).encode("utf-8", "surrogateescape")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")


def _is_marked(path: Path) -> bool:
    """A file that says itself that it is UTF-8 is not what was declared, as spreadsheets save either."""
    with _opened(path) as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def _without_mark(path: Path, block_bytes: int) -> Iterator[bytes]:
    """Drops a UTF-8 mark; a mark of another encoding refuses the file."""
    with _opened(path) as file:
        first = file.read(block_bytes)
        if first.startswith(_MARKS_OF_OTHERS):
            problem = "is UTF-16 by its first two bytes (byte offset 0), where UTF-8 is declared."
            raise InputError([Fault(path.name, problem, "[sources] encoding = 'utf-16'")])
        yield first.removeprefix(codecs.BOM_UTF8)
        while block := file.read(block_bytes):
            yield block


@contextmanager
def _opened(path: Path) -> Iterator[Readable]:
    try:
        with path.open("rb") as plain:
            if path.name.casefold().endswith(".gz"):
                with gzip.GzipFile(fileobj=plain) as unpacked:
                    yield BoundedReader(unpacked, path.name, path.stat().st_size)
            else:
                yield plain
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError([Fault(path.name, "is a damaged or truncated gzip file.", "export it again")]) from error
    except UnicodeError as error:
        fault = Fault(path.name, "is not written in the declared encoding.", "declare the right [sources] encoding")
        raise InputError([fault]) from error
