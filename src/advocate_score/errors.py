"""Every error that the package raises on purpose.

AdvocateScoreError                 exit 1
├── RefusedError                   exit 2   the run cannot start on what it was given
│   ├── ConfigurationError                  one or more faults in the configuration
│   ├── InputError                          a table or file that must not be used
│   └── MissingExtraError                   an optional dependency is not installed
├── HeldError                      exit 3   a gate holds the result back
├── ModelRefusedError              exit 4   digest or schema of a model does not match
├── RegistryUnreachableError       exit 5   no registry and no usable cached champion
└── LockedError                    exit 75  another run holds the lock

Messages never contain the value of a cell that may be personal.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class AdvocateScoreError(Exception):
    """Whatever the package raises on purpose; `exit_code` is what the command line ends with."""

    exit_code = 1


class RefusedError(AdvocateScoreError):
    exit_code = 2


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    place: where it is · problem: what was seen and what is allowed · fix: how to correct it, '' if not known; a whole
    sentence if it begins with a capital letter.
    """

    place: str
    problem: str
    fix: str = ""

    def __str__(self) -> str:
        label = "" if self.fix[:1].isupper() else "Fix: "
        return f"{self.place}: {self.problem}" + (f" {label}{self.fix}" if self.fix else "")


def did_you_mean(name: str, names: Iterable[str], most: int = 1) -> str:
    """Advice for a Fault with the closest of `names`, at most `most` of them; empty if none is close."""
    close = difflib.get_close_matches(name, list(names), n=most)
    return "did you mean " + " or ".join(f"'{match}'" for match in close) + "?" if close else ""


class FaultyInputError(RefusedError):
    """Holds every fault found, each once, so that one run shows them all."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("\n".join(map(str, self.faults)))


class ConfigurationError(FaultyInputError):
    pass


class InputError(FaultyInputError):
    pass


class MissingExtraError(RefusedError):
    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}'. Fix: pip install 'advocate-score[{extra}]'")


class HeldError(AdvocateScoreError):
    exit_code = 3


class ModelRefusedError(AdvocateScoreError):
    exit_code = 4


class RegistryUnreachableError(AdvocateScoreError):
    exit_code = 5


class LockedError(AdvocateScoreError):
    exit_code = 75
