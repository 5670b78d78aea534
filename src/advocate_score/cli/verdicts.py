"""What is green, amber or red in a table. Each cell so coloured says it in words or figures too."""

from advocate_score.cli.terminal import Tone

WORDS = {True: "passed", False: "failed", None: "told"}
"""How a check of a gate ended; what is told decides nothing."""

OF_REALISED: dict[str, Tone] = {"as_predicted": "good", "too_few": "quiet", "too_high": "bad", "too_low": "bad"}


def few_are_well(number: int) -> Tone:
    return "warn" if number else "good"


def some_are_well(number: int) -> Tone:
    return "good" if number else "warn"


def yes_is_well(is_so: bool) -> Tone:
    return "good" if is_so else "warn"


def no_is_well(is_so: bool) -> Tone:
    return "warn" if is_so else "good"


def needs_a_look(_: object) -> Tone:
    return "warn"


def aside(_: object) -> Tone:
    return "quiet"
