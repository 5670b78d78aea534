"""What was delivered to a database or a store, as people read it, on stdout."""

from typing import Any

from advocate_score.cli.terminal import line, worded

Result = dict[str, Any]


def deliver(result: Result) -> None:
    for place, done in result.items():
        told = {name: ", ".join(done[name]) or worded("nothing") for name in ("written", "removed")}
        line("Delivered to the {place}: nights {written}; taken out: {removed}.", "good", place=worded(place), **told)
        if done["forgotten"]:
            line("Rows of the account taken out of the database: {forgotten}", forgotten=done["forgotten"])


def too(result: Result) -> None:
    """Where a command delivers besides what it is for."""
    if "delivered" in result:
        deliver(result["delivered"])
