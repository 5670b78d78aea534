"""Breaks a file at random, as far in as its wrapping lets the damage reach the reader."""

import gzip
import io
import zipfile
import zlib
from random import Random

_WORDS = (
    *(b'"', b'""', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\n\n", b"\0", b"\xff", b"\xf3", b"\xef\xbb\xbf"),
    *(b"\xff\xfe", b"=1+1", b"null", b"#N/A", b"NaN", b"-inf", b"1e999", b"1.23E+11", b"1.234,56", b"'"),
    *(b"\xe2\x80\x8b", b"\xe2\x80\xae", b"2024-02-30", b"9999-12-31", b"0000-00-00", b"45306", b"03/04/2025"),
    *(b"2024-03-31T02:30:00", b"2024-05-01T10:00:00Z", b"account_id", b"A1", b"-1", b"{", b"}", b"[", b'":'),
    *(b"\\ud800", b"\\u0000", b"x" * 40_000, b"," * 300, b"[" * 2_000, b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;"),
    *(b"<row r='99999999'>", b"</c>", b't="e"', b't="s"', b"<f>1+1</f>"),
)


def mutated(name: str, content: bytes, other: bytes, random: Random) -> bytes:
    """`content` broken in one to eight places; half of the packed files are broken inside and packed anew."""
    if random.random() < 0.5:
        if name.endswith(".gz"):
            return gzip.compress(_broken(_unpacked(content), _unpacked(other), random), mtime=0)
        if name.endswith(".xlsx"):
            return _broken_workbook(content, random)
    return _broken(content, other, random)


def _unpacked(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return content


def _broken_workbook(content: bytes, random: Random) -> bytes:
    """One part of the archive broken, with the right lengths and checksums around it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        names = whole.namelist()
        sheets = [name for name in names if "sheet" in name.casefold() or "shared" in name.casefold()]
        chosen = random.choice(sheets if sheets and random.random() < 0.7 else names)
        for name in names:
            part = whole.read(name)
            archive.writestr(name, _broken(part, part, random) if name == chosen else part)
    return buffer.getvalue()


def _broken(content: bytes, other: bytes, random: Random) -> bytes:
    result = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        _break(result, other, random)
    return bytes(result)


def _break(content: bytearray, other: bytes, random: Random) -> None:
    at = random.randrange(len(content) + 1)
    end = min(len(content), at + random.choice((1, 2, 8, 64, 1_000)))
    match random.randrange(8):
        case 0 if at < len(content):
            content[at] ^= 1 << random.randrange(8)
        case 1 if at < len(content):
            content[at] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
        case 2:
            del content[at:end]
        case 3:
            content[at:at] = content[at:end] * random.choice((1, 2, 50))
        case 4:
            del content[at:]
        case 5:
            start = random.randrange(len(other) + 1)
            content[at:end] = other[start : start + random.choice((4, 64, 1_000))]
        case _:
            content[at : random.choice((at, end))] = random.choice(_WORDS)
