"""What is masked before two runs are compared: everything that differs from run to run of one and the same checkout.

Two things are held still and need no mask: the clock and the secret by which erased accounts are known (`still`).
Instants at which MLflow began and ended something are not read at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch


@dataclass(frozen=True)
class Rule:
    """In files whose name fits `files`, `instead` takes the place of what `pattern` finds."""

    why: str
    files: str
    pattern: re.Pattern[str]
    instead: str


def _rule(why: str, files: str, pattern: str, instead: str) -> Rule:
    return Rule(why, files, re.compile(pattern), instead)


RULES = (
    _rule("a folder of Python's tempfile", "*", r"\{work\}/tmp/tmp[a-z0-9_]{8}", "{temporary}"),
    _rule("the log names each run of a command by chance", "*.err", r'("run": ")[0-9a-f]{12}"', r'\1{run}"'),
    _rule("how long a command took", "*.err", r'("seconds": )[0-9.e-]+', r"\1{seconds}"),
    _rule("a digest of files that hold ids and paths", "*.json", r'("wrapping": ")[0-9a-f]{64}"', r'\1{digest}"'),
    _rule("a path of code", "*/MLmodel", r"(model_code_path: )\{checkout\}/.*/", r"\1{checkout}/{code}/"),
    _rule("the size counts the file of code below", "*/MLmodel", r"(model_size_bytes: )\d+", r"\1{size}"),
    _rule("MLflow keeps a file of code, which imports", "*.py", r"\badvocate_score(\.\w+)+", "advocate_score.{module}"),
)
"""Used on text alone, and after the stand-ins."""


def masked(text: str, name: str, stand_ins: Mapping[str, str]) -> str:
    """`text` of the file `name`. `stand_ins`: for the two folders, and for the ids that MLflow gave; the longest first,
    since a folder may stand in another."""
    for known in sorted(stand_ins, key=len, reverse=True):
        text = text.replace(known, stand_ins[known])
    for rule in RULES:
        if fnmatch(name, rule.files):
            text = rule.pattern.sub(rule.instead, text)
    return text


def masked_bytes(content: bytes, name: str, stand_ins: Mapping[str, str]) -> bytes:
    """Of what is no text, nothing is masked."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    return masked(text, name, stand_ins).encode("utf-8")
