"""Results as people read them, on stdout."""

from typing import Any

from advocate_score.cli.terminal import line as _line
from advocate_score.cli.terminal import table as _table

Result = dict[str, Any]


def check(result: Result) -> None:
    _table("Tables", result["tables"], ("table", "rows_in", "accepted", "deduplicated", "quarantined"))
    reasons = [
        {"table": table, "reason": reason, "rows": rows}
        for table, quality in result["quality"].items()
        for reason, rows in quality["reasons"].items()
    ]
    if reasons:
        _table("Quarantined rows", reasons, ("table", "reason", "rows"))
        _line(f"The rows themselves: {result['quarantine']}")
    _line(f"Data cut: {result['data_cut'] or 'no row has a date'} · signals active: {result['signals']}")


def signals(result: Result) -> None:
    columns = ("name", "table", "aggregate", "lookback_days", "direction", "active", "why_inactive")
    _table("Signals", result["signals"], columns)
    _line(f"{result['active']} active, {result['inactive']} inactive")


def features(result: Result) -> None:
    _line(f"{result['rows']} rows × {result['signals']} signals as of {result['as_of']} → {result['file']}")


def train(result: Result) -> None:
    _trained(result)
    _line("Next: advocate-score promote")


def _trained(result: Result) -> None:
    if result["tuned"]:
        _searched(result["tuned"])
    _table("Held-out asks, all origins together", result["evaluation"], ("method", "log_loss", "auc", "brier"))
    _line(f"{result['asks']} mature asks as of {result['as_of']}, {result['yes']} yes, {result['signals']} signals")
    gate = result["gate"]
    _line(f"Put beside {gate['compared_with']}, the gate would {'promote' if gate['would_promote'] else 'hold'} it")
    _line(f"Registered {result['model_name']} version {result['version']} as challenger (run {result['run_id']})")


def _searched(tuned: Result) -> None:
    """The choices as they would stand in the recipes file."""
    losses = f"log loss {tuned['log_loss_before']:.4f} → {tuned['log_loss']:.4f} on later asks"
    _line(f"{tuned['trials']} recipes tried, {losses}" if tuned["choices"] else "No recipe tried was better.")
    for name, value in tuned["choices"].items():
        _line(f"  {name} = {value}")


def promote(result: Result) -> None:
    if result["returned"]:
        _line("It was champion before, and returned without the gate.")
    else:
        _table("Promotion gate", result["checks"], ("check", "value", "bound", "passed", "why"))
    _line(f"Version {result['version']} of {result['model_name']} is the champion.")


def backtest(result: Result) -> None:
    _table("By origin: pooled log loss", result["by_origin"], tuple(result["by_origin"][0]))
    _table("All origins together", result["evaluation"], ("method", "log_loss", "macro_log_loss", "auc", "brier"))
    _table("Blend minus baseline, log loss, accounts resampled", result["differences"], _DIFFERENCE)
    if result["controls"]:
        _table("Negative controls", result["controls"], tuple(result["controls"][0]))
    if result["predictions"]:
        _line(f"Predictions: {result['predictions']}")


_DIFFERENCE = ("baseline", "difference", "low", "high", "p_better")


def score(result: Result) -> None:
    _table(f"Publication as of {result['as_of']}", result["levels"], ("level", "ask", "eligible", "listed", "resting"))
    evidence = ", ".join(f"level {level} {grade}" for level, grade in result["evidence"].items())
    _line(f"Model: {result['model']} · evidence: {evidence}")
    if result["banner"]:
        _line(f"Read with care: {result['banner']}")
    _line("Nothing changed since this date was published." if result["unchanged"] else "Published, whole.")
    if not result["current"]:
        _line("Not in use: `current` leads to another night.")
    if result["forced"]:
        _line(f"It would have been held; forced: {result['forced']}")
    if result["expired"]:
        _line(f"Removed, older than [outputs] retention_days: {', '.join(result['expired'])}")
    _line(f"Lists:  {result['folder']}")
    _line(f"Report: {result['folder']}/report.html")


def rollback(result: Result) -> None:
    before, now = result["before"] or "nothing", result["date"]
    _line(f"In use: {now}, as it was." if before == now else f"In use: {now}, before: {before}.")
    if result["withdrawn"]:
        _line(f"Withdrawn: {', '.join(result['withdrawn'])}; back with 'rollback --to DATE', or by other inputs.")
    _line(f"Lists:  {result['folder']}")


def explain(result: Result) -> None:
    _line(f"{result['account_name']} ({result['account_id']}) as of {result['as_of']}, model {result['model']}")
    _table("Readiness", result["levels"], ("level", "ask", "readiness", "low", "high", "may_be_asked", "rule", "until"))
    for level in result["levels"]:
        if level["reasons"]:
            _line(f"Level {level['level']}: " + " · ".join(level["reasons"]))
    if result["what_if"]:
        _line(result["what_if_note"])
    for change in (one for one in result["what_if"] if one["level"] == result["what_if"][0]["level"]):
        _line(f"Level {change['level']}: {change['sentence']}")
    if result["banner"]:
        _line(f"Read with care: {result['banner']}")
    for line in result["details"]:
        _line(line)


def match(result: Result) -> None:
    prospect = ", ".join(result["prospect"].values())
    _table(f"{result['ask']} for {prospect}, as of {result['as_of']}: may be asked", result["matches"], _MATCHED)
    for row in result["matches"]:
        _line(f"{row['rank']}. {row['account_name']}: {row['why']}. {row['outcome_fact']}")
    if result["resting"]:
        _table("Ready, but resting", result["resting"], ("rank", "account_id", "account_name", "fit", "rule", "until"))
    for row in result["resting"]:
        _line(f"{row['rank']}. {row['account_name']}: " + " · ".join([row["detail"], *row["substitutes"]]))
    _line(f"{result['fitting']} clients share something with the prospect.")


_MATCHED = (
    *("rank", "account_id", "account_name", "owner", "fit", "readiness"),
    *("last_asked_at", "asks_last_365d", "suggested_contact_id", "permission"),
)


def init(result: Result) -> None:
    _line(f"Configuration: {result['config']}")
    _line(f"1. Put your exports into {result['tables']}, named as the headers in {result['templates']}")
    _line(f"2. advocate-score check --config {result['config']}")
    _line(f"3. advocate-score score --config {result['config']}   (day one needs no model and no ask history)")
    _line(f"4. advocate-score train --config {result['config']}; advocate-score promote --config {result['config']}")


def simulated(result: Result) -> None:
    _table("Tables", result["tables"], ("table", "rows"))
    _line(f"Tables: {result['folder']} · truth, for evaluation only: {result['truth']}")


def demo(result: Result) -> None:
    _trained(result["train"])
    promoted = result["promote"]
    passed = sum(bool(check["passed"]) for check in promoted["checks"])
    _line(f"Promoted version {promoted['version']}: {passed} checks of the gate passed")
    score(result["score"])
    _line(f"Tables and configuration: {result['tables']}, {result['config']}")
    _line(f"MLflow: mlflow ui --backend-store-uri {result['tracking_uri']}   (in .venv/bin after 'make demo')")
