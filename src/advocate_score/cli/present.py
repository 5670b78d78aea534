"""Results as people read them, on stdout."""

from typing import Any

from advocate_score.cli import present_delivery, verdicts
from advocate_score.cli.terminal import VERDICTS, line, next_step, table, worded

Result = dict[str, Any]


def check(result: Result) -> None:
    rows = [{"left_out": 0} | row for row in result["tables"]]
    shown = (*_COUNTED, "left_out") if any(row["left_out"] for row in rows) else _COUNTED
    table("Tables", rows, shown, {"quarantined": verdicts.few_are_well})
    reasons = [
        {"table": name, "reason": reason, "rows": rows}
        for name, quality in result["quality"].items()
        for reason, rows in quality["reasons"].items()
    ]
    if reasons:
        table("Quarantined rows", reasons, ("table", "reason", "rows"), {"reason": verdicts.needs_a_look})
        line("The rows themselves: {folder}", folder=result["quarantine"])
    _protection(result)
    cut = result["data_cut"] or worded("no row has a date")
    line("Data cut: {cut} · signals active: {signals}", cut=cut, signals=result["signals"])
    next_step("score", "needs no model and no asks; 'train' learns from asks that were answered")


def _protection(result: Result) -> None:
    now, before = result["protection"]["facts"], result["protection"]["before"] or {}
    rows = [
        {"what": worded(_FACTS[kind]), "now": now[kind], "last time": before.get(kind, "")}
        for kind in _FACTS
        if kind in now
    ]
    if rows:
        table("What protects clients", rows, ("what", "now", "last time"))
    for refusal in result["held"]:
        line("score would hold: {why}", "warn", why=refusal)
    if result["explained"] is not None:
        table("What the protecting rules do here", result["explained"], ("what", "where", "number", "settles"))


_FACTS = {
    "objection": "contacts who objected",
    "denial": "permissions denied",
    "case": "open cases",
    "pending": "renewals pending",
    "loss": "renewals lost",
    "refusal": "asks refused",
    "ask": "asks made lately",
    "status": "accounts that are no clients, or at risk",
    "unreadable": "rows that may be a no and cannot be read",
    "unmatched": "noes under an id that no account has",
}
_COUNTED = ("table", "rows_in", "accepted", "deduplicated", "quarantined")


def signals(result: Result) -> None:
    table("Signals", result["signals"], _SIGNAL, {"active": verdicts.yes_is_well, "why_inactive": verdicts.aside})
    line("{active} active, {inactive} inactive", active=result["active"], inactive=result["inactive"])


_SIGNAL = ("name", "table", "aggregate", "lookback_days", "direction", "active", "why_inactive")


def features(result: Result) -> None:
    line("{rows} rows × {signals} signals as of {as_of} → {file}", **result)


def train(result: Result) -> None:
    trained(result)
    if result["gate"]["would_promote"]:
        next_step("promote")
    else:
        next_step("promote", "lists every check; as things stand it holds, and what serves stays in use")


def trained(result: Result) -> None:
    if result["tuned"]:
        _searched(result["tuned"])
    table("Held-out asks, all origins together", result["evaluation"], ("method", "log_loss", "auc", "brier"))
    line("{asks} mature asks as of {as_of}, {yes} yes, {signals} signals", **result)
    beside, would = _beside(result["gate"]["compared_with"]), result["gate"]["would_promote"]
    if would:
        line("Put beside {beside}, the gate would promote it", "good", beside=beside)
    else:
        line("Put beside {beside}, the gate would hold it", "warn", beside=beside)
    line("Registered {model_name} version {version} as challenger (run {run_id})", **result)


def _beside(compared_with: str) -> str:
    """In the reader's language; the number of a version is not part of the words."""
    version = "".join(filter(str.isdigit, compared_with))
    words = compared_with.replace(version, "{version}") if version else compared_with
    return worded(words).format(version=version)


def _searched(tuned: Result) -> None:
    """The choices as they would stand in the recipes file."""
    if tuned["choices"]:
        line("{trials} recipes tried, log loss {log_loss_before:.4f} → {log_loss:.4f} on later asks", **tuned)
    else:
        line("No recipe tried was better.")
    for name, value in tuned["choices"].items():
        line("  {name} = {value}", name=name, value=value)


def promote(result: Result) -> None:
    if result["returned"]:
        line("It was champion before, and returned without the gate.")
    else:
        rows = [check | {"result": worded(verdicts.WORDS[check["passed"]])} for check in result["checks"]]
        told = {worded(word): tone for word, tone in VERDICTS.items()}
        table("Promotion gate", rows, ("check", "value", "bound", "result", "why"), {"result": told.get})
    line("Version {version} of {model_name} is the champion.", "good", **result)
    next_step("score")


def backtest(result: Result) -> None:
    table("By origin: pooled log loss", result["by_origin"], tuple(result["by_origin"][0]))
    table("All origins together", result["evaluation"], ("method", "log_loss", "macro_log_loss", "auc", "brier"))
    table("Blend minus baseline, log loss, accounts resampled", result["differences"], _DIFFERENCE)
    if result["controls"]:
        table("Negative controls", result["controls"], tuple(result["controls"][0]))
    if result["predictions"]:
        line("Predictions: {file}", file=result["predictions"])


_DIFFERENCE = ("baseline", "difference", "low", "high", "p_better")


def score(result: Result) -> None:
    table("Publication as of {as_of}", result["levels"], _LISTED, {"listed": verdicts.some_are_well}, **result)
    levels = (f"{worded('level')} {level} {worded(grade)}" for level, grade in result["evidence"].items())
    line("Model: {model} · evidence: {evidence}", model=result["model"], evidence=", ".join(levels))
    if result["banner"]:
        line("Read with care: {banner}", "warn", banner=result["banner"])
    line("Nothing changed since this date was published." if result["unchanged"] else "Published, whole.", "good")
    if not result["current"]:
        line("Not in use: `current` leads to another night.", "warn")
    if result["forced"]:
        line("It would have been held; forced: {forced}", "warn", forced=result["forced"])
    if result["expired"]:
        line("Removed, older than [outputs] retention_days: {days}", days=", ".join(result["expired"]))
    present_delivery.too(result)
    line("Lists:  {folder}", folder=result["folder"])
    line("Report: {folder}/report.html", folder=result["folder"])
    if result["model"] == _NO_MODEL:
        next_step("train", _TO_TRAIN if result["rows"].get("asks") else _TO_TRAIN_LATER)


_LISTED = ("level", "ask", "eligible", "listed", "resting")
_NO_MODEL = "scorecard"
_TO_TRAIN = "no model was promoted yet: readiness is the scorecard's"
_TO_TRAIN_LATER = "once there are asks and answers; until then readiness is the scorecard's"


def rollback(result: Result) -> None:
    before, now = result["before"] or worded("nothing"), result["date"]
    if before == now:
        line("In use: {now}, as it was.", "good", now=now)
    else:
        line("In use: {now}, before: {before}.", "good", now=now, before=before)
    if result["withdrawn"]:
        days = ", ".join(result["withdrawn"])
        line("Withdrawn: {days}; back with 'rollback --to DATE', or by other inputs.", days=days)
    present_delivery.too(result)
    line("Lists:  {folder}", folder=result["folder"])


def match(result: Result) -> None:
    prospect = ", ".join(result["prospect"].values())
    title = "{ask} for {prospect}, as of {as_of}: may be asked"
    rows = [row | {"permission": worded(row["permission"])} for row in result["matches"]]
    table(title, rows, _MATCHED, ask=result["ask"], prospect=prospect, as_of=result["as_of"])
    for row in result["matches"]:
        line("{rank}. {account_name}: {why}. {outcome_fact}", **row)
    if result["resting"]:
        table("Ready, but resting", result["resting"], _RESTING, {"until": verdicts.needs_a_look})
    for row in result["resting"]:
        told = " · ".join([row["detail"], *row["substitutes"]])
        line("{rank}. {account_name}: {told}", rank=row["rank"], account_name=row["account_name"], told=told)
    line("{number} clients share something with the prospect.", number=result["fitting"])


_RESTING = ("rank", "account_id", "account_name", "fit", "rule", "until")
_MATCHED = (
    *("rank", "account_id", "account_name", "owner", "fit", "readiness"),
    *("last_asked_at", "asks_last_365d", "suggested_contact_id", "permission"),
)


def init(result: Result) -> None:
    config = f"--config {result['config']}"
    line("Configuration, with a comment on every setting: {config}", config=result["config"])
    line("Put your exports into {tables}, with headers as in {templates}.", **result)
    line("Enough to begin with: accounts, and one table of what happened, such as interactions. Then, in this order:")
    for words, why in _FIRST:
        command = f"advocate-score {words} {config}"
        line("  {command:{width}}  {why}", command=command, width=22 + len(config), why=worded(why))
    line("Nothing to try it on yet? advocate-score demo --out demo makes up clients and goes all the way.")


_FIRST = (
    ("check", "says what is wrong with the tables, and changes none"),
    ("score", "the lists: day one needs no model and no asks"),
    ("train", "once asks were answered; then 'promote'"),
)


def simulated(result: Result) -> None:
    table("Tables", result["tables"], ("table", "rows"))
    line("Tables: {folder} · truth, for evaluation only: {truth}", **result)


def demo(result: Result) -> None:
    trained(result["train"])
    promoted = result["promote"]
    passed = sum(bool(check["passed"]) for check in promoted["checks"])
    line("Promoted version {version}: {passed} checks of the gate passed", version=promoted["version"], passed=passed)
    score(result["score"])
    line("Tables and configuration: {tables}, {config}", **result)
    line("MLflow: mlflow ui --backend-store-uri {tracking_uri}   (in .venv/bin after 'make demo')", **result)


def release(result: Result) -> None:
    line("{account_id} may be asked again, as far as {rule} goes", "good", **result)
    for source in result["released"]:
        line("  {source}", source=source)
    line("Kept with your name and reason in {file}", "quiet", file=result["file"])
    next_step("score --replace", "writes today's lists anew")
