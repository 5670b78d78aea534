"""What `erase` did, as people read it, on stdout."""

from advocate_score.cli.present import Result
from advocate_score.cli.terminal import line, table


def erase(result: Result) -> None:
    merged = result["accounts"] - 1
    line("Erased" + (f", with {merged} merged with it." if merged else "."))
    quarantined = sum(result["quarantine"].values())
    line(f"Rows taken away: {result['recorded']} of the kept asks, {quarantined} of the quarantine.")
    line(f"Publications rewritten: {', '.join(result['publications']) or 'none held it'}")
    for day, files in result["left_out"].items():
        line(f"{day}: files that were not as published are gone: {', '.join(files)}")
    if result["models"]:
        table("Models that learned from it: train again to forget", result["models"], tuple(result["models"][0]))
    if result["models_not_known"]:
        versions = ", ".join(result["models_not_known"])
        line(f"Not known whether they learned from it: versions {versions}")
    _exports(result)


def _exports(result: Result) -> None:
    rows = ", ".join(f"{name} {number}" for name, number in result["exported"].items())
    if rows:
        line(f"Your exports in {result['exports']} still hold it, and are yours to edit: rows of {rows}")
    if result["unread"]:
        line(f"Could not be read, and may hold it: {', '.join(result['unread'])}")
    line("Runs leave its rows out from now on. Backups, and files written with --out, are not reached.")
