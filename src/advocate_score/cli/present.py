"""Results as people read them, on stdout."""

import sys
from collections.abc import Sequence
from typing import Any

Result = dict[str, Any]

WIDTH = 120
"""Columns of text where there is no terminal to ask."""


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
    _table("Held-out asks, all origins together", result["evaluation"], ("method", "log_loss", "auc", "brier"))
    _line(f"{result['asks']} mature asks as of {result['as_of']}, {result['yes']} yes, {result['signals']} signals")
    _line(f"Registered {result['model_name']} version {result['version']} as challenger (run {result['run_id']})")


def promote(result: Result) -> None:
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
    _line("Nothing changed since this date was published." if result["unchanged"] else "Published, whole.")
    _line(f"Lists:  {result['folder']}")
    _line(f"Report: {result['folder']}/report.html")


def explain(result: Result) -> None:
    _line(f"{result['account_name']} ({result['account_id']}) as of {result['as_of']}, model {result['model']}")
    _table("Readiness", result["levels"], ("level", "ask", "readiness", "low", "high", "may_be_asked", "rule", "until"))
    for level in result["levels"]:
        if level["reasons"]:
            _line(f"Level {level['level']}: " + " · ".join(level["reasons"]))
    for line in result["details"]:
        _line(line)


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


def _line(text: str) -> None:
    print(text)


def _table(title: str, rows: Sequence[Result], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        numeric = bool(rows) and all(isinstance(row.get(column), int | float) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDTH).print(table)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4f}"
        case _:
            return str(value)
