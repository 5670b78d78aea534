"""What `erase` did, as people read it, on stdout."""

from advocate_score.cli import present_delivery
from advocate_score.cli.present import Result
from advocate_score.cli.terminal import line, table, worded


def erase(result: Result) -> None:
    merged = result["accounts"] - 1
    line("Erased, with {merged} merged with it." if merged else "Erased.", "good", merged=merged)
    if result["alike"]:
        told = "Not erased: {alike} accounts of other ids that differ from its own in spelling alone, such as in case"
        line(told, "warn", alike=result["alike"])
    quarantined = sum(result["quarantine"].values())
    told = "Rows taken away: {recorded} of the kept asks, {quarantined} of the quarantine."
    line(told, recorded=result["recorded"], quarantined=quarantined)
    line("Publications rewritten: {days}", days=", ".join(result["publications"]) or worded("none held it"))
    for day, files in result["left_out"].items():
        line("{day}: files that were not as published are gone: {files}", day=day, files=", ".join(files))
    present_delivery.too(result)
    if result["models"]:
        table("Models that learned from it: train again to forget", result["models"], tuple(result["models"][0]))
    if result["models_not_known"]:
        versions = ", ".join(result["models_not_known"])
        line("Not known whether they learned from it: versions {versions}", "warn", versions=versions)
    _exports(result)


def _exports(result: Result) -> None:
    rows = ", ".join(f"{name} {number}" for name, number in result["exported"].items())
    if rows:
        told = "Your exports in {exports} still hold it, and are yours to edit: rows of {rows}"
        line(told, "warn", exports=result["exports"], rows=rows)
    if result["unread"]:
        line("Could not be read, and may hold it: {names}", "warn", names=", ".join(result["unread"]))
    line("Runs leave its rows out from now on. Backups, and files written with --out, are not reached.")
