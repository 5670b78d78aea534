"""Results for people, on stdout: tables and cards, with green, amber or red. Every coloured cell also says so in words
or figures."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from advocate_score.cli.console import VERDICTS, Tone, day_words, line, next_step, number_words, table, translate

Result = dict[str, Any]


def deliver(result: Result) -> None:
    for destination, outcome in result.items():
        values = {name: ", ".join(outcome[name]) or translate("nothing") for name in ("written", "removed")}
        line(
            "Delivered to the {place}: nights {written}; taken out: {removed}.",
            "good",
            place=translate(destination),
            **values,
        )
        if outcome["forgotten"]:
            line("Rows of the account taken out of the database: {forgotten}", forgotten=outcome["forgotten"])


def also_delivered(result: Result) -> None:
    """Show the delivery that a command made besides its main task."""
    if "delivered" in result:
        deliver(result["delivered"])


_BAR = 20
_FULL, _EMPTY = "█", "░"


def explain(result: Result) -> None:
    line("{account_name}", "strong", **result)
    line(" · ".join(_about(result)))
    line("Model: {model}", "quiet", **result)
    line("")
    width = max(len(level["ask"]) for level in result["levels"])
    for level in result["levels"]:
        line("{level}  {ask}  {bar}  {percent}  {standing}", _tone(level), **_level_values(level, width))
    line("")
    _blocks(result["levels"])
    _reasons(result["levels"])
    if result["moment"]:
        line("Moment: {moment}", **result)
    _contacts(result["levels"])
    _what_if(result)
    if result["banner"]:
        line("Read with care: {banner}", "warn", **result)


def _about(result: Result) -> Iterator[str]:
    yield result["account_id"]
    if result["industry"]:
        yield result["industry"]
    if result["owner"]:
        yield f"{translate('owner')} {result['owner']}"
    yield translate("as of {as_of}").format(as_of=day_words(result["as_of"]))


def _level_values(level: Result, width: int) -> dict[str, object]:
    filled = round(level["readiness"] * _BAR)
    share, low, high, widest = (
        number_words(value, ".0%") for value in (level["readiness"], level["low"], level["high"], 1.0)
    )
    interval = f"({low} – {high})".ljust(2 * len(widest) + len("( – )"))
    return {
        "level": level["level"],
        "ask": f"{level['ask']:{width}}",
        "bar": _FULL * filled + _EMPTY * (_BAR - filled),
        "percent": f"{share.rjust(len(widest))} {interval}",
        "standing": _availability(level),
    }


def _availability(level: Result) -> str:
    if level["may_be_asked"]:
        return translate("may be asked")
    if level["until"]:
        return translate("rests until {until}").format(until=day_words(level["until_local"]))
    return translate("may not be asked")


def _tone(level: Result) -> Tone:
    """Green: may be asked. Amber: rests until a known date. Red: rests without a known end."""
    if level["may_be_asked"]:
        return "good"
    return "warn" if level["until"] else "bad"


def _blocks(levels: list[Result]) -> None:
    for detail, together in groupby(levels, lambda level: level["detail"]):
        alike = list(together)
        numbers = [level["level"] for level in alike]
        if detail:
            line("Why not now, {levels}: {detail}", levels=_levels(numbers), detail=detail)
            if rows := list(dict.fromkeys(row for level in alike for row in level["origins"])):
                line("  said in: {rows}", "quiet", rows=", ".join(rows))


def _reasons(levels: list[Result]) -> None:
    """Show the reasons; consecutive levels with the same reasons are shown together."""
    for reasons, alike in groupby(levels, lambda level: level["reasons"]):
        numbers = [level["level"] for level in alike]
        if reasons:
            line("Why, {levels}: {reasons}", levels=_levels(numbers), reasons=" · ".join(reasons))


def _contacts(levels: list[Result]) -> None:
    named = [level for level in levels if level["suggested_contact_id"]]
    for (contact, permission), alike in groupby(named, lambda row: (_contact(row), row["permission"])):
        numbers = _levels([level["level"] for level in alike])
        words = {"levels": numbers, "contact": contact, "permission": translate(permission)}
        line("Whom to ask, {levels}: {contact}, permission {permission}", **words)


def _contact(row: Result) -> str:
    """The person's name and position, with the id in brackets; the id alone where no name is shown."""
    name = ", ".join(filter(None, (row["suggested_contact"], row["contact_title"])))
    return f"{name} ({row['suggested_contact_id']})" if name else str(row["suggested_contact_id"])


def _what_if(result: Result) -> None:
    changes = result["what_if"]
    for change in (row for row in changes if row["level"] == changes[0]["level"]):
        line("What if, level {level}: {sentence}", **change)
    if changes:
        line(result["what_if_note"], "quiet")


def _levels(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"{translate('level')} {numbers[0]}"
    return f"{translate('levels')} {numbers[0]}–{numbers[-1]}"


CHECK_RESULTS = {True: "passed", False: "failed", None: "told"}
"""Words for the results of a gate's checks; a check that is `told` decides nothing."""

OUTCOME_TONES: dict[str, Tone] = {
    "as_predicted": "good",
    "too_few": "quiet",
    "too_high": "bad",
    "too_low": "bad",
    "wrong_order": "bad",
}


def warn_if_any(number: int) -> Tone:
    return "warn" if number else "good"


def good_if_any(number: int) -> Tone:
    return "good" if number else "warn"


def good_if_true(is_so: bool) -> Tone:
    return "good" if is_so else "warn"


def warn_if_true(is_so: bool) -> Tone:
    return "warn" if is_so else "good"


def always_warn(_: object) -> Tone:
    return "warn"


def always_quiet(_: object) -> Tone:
    return "quiet"


def check(result: Result) -> None:
    rows = [{"left_out": 0} | row for row in result["tables"]]
    shown = (*_COUNTED, "left_out") if any(row["left_out"] for row in rows) else _COUNTED
    table("Tables", rows, shown, {"quarantined": warn_if_any})
    reasons = [
        {"table": name, "reason": reason, "rows": rows}
        for name, quality in result["quality"].items()
        for reason, rows in quality["reasons"].items()
    ]
    if reasons:
        table("Quarantined rows", reasons, ("table", "reason", "rows"), {"reason": always_warn})
        line("The rows themselves: {folder}", folder=result["quarantine"])
    _protection(result)
    cut = result["data_cut_local"] or translate("no row has a date")
    line("Data cut: {cut} · signals active: {signals}", cut=cut, signals=result["signals"])
    next_step("score", "needs no model and no asks; 'train' learns from asks that were answered")


def _protection(result: Result) -> None:
    now, before = result["protection"]["facts"], result["protection"]["before"] or {}
    rows = [
        {"what": translate(_FACTS[kind]), "now": now[kind], "last time": before.get(kind, "")}
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
    "status": "accounts that are not clients, or are at risk",
    "unreadable": "rows that may say no and cannot be read",
    "unmatched": "rows that say no under an id that no account has",
}
_COUNTED = ("table", "rows_in", "accepted", "deduplicated", "quarantined")


def signals(result: Result) -> None:
    table("Signals", result["signals"], _SIGNAL, {"active": good_if_true, "why_inactive": always_quiet})
    line("{active} active, {inactive} inactive", active=result["active"], inactive=result["inactive"])


_SIGNAL = ("name", "table", "aggregate", "lookback_days", "direction", "active", "why_inactive")


def features(result: Result) -> None:
    line("{rows} rows × {signals} signals as of {as_of} → {file}", **result)


def train(result: Result) -> None:
    training_result(result)
    if result["gate"]["would_promote"]:
        next_step("promote")
    else:
        next_step("promote", "lists every check; as things stand the gate holds it back, and the model in use stays")


def training_result(result: Result) -> None:
    if result["tuned"]:
        _search_result(result["tuned"])
    if result["evaluation"]:
        table("Held-out asks, all origins together", result["evaluation"], ("method", "log_loss", "auc", "brier"))
    line("Mature asks as of {as_of}: {asks}, of which yes: {yes}; signals: {signals}", **result)
    references, would = _compared_with(result["gate"]["compared_with"]), result["gate"]["would_promote"]
    if would:
        line("Compared with {beside}, the promotion gate would promote it", "good", beside=references)
    else:
        line("Compared with {beside}, the promotion gate would hold it back", "warn", beside=references)
    line("Registered {model_name} version {version} as challenger (run {run_id})", **result)


def _compared_with(compared_with: str) -> str:
    """The phrase in the reader's language; the number of a version is not translated."""
    version = "".join(filter(str.isdigit, compared_with))
    words = compared_with.replace(version, "{version}") if version else compared_with
    return translate(words).format(version=version)


def _search_result(tuned: Result) -> None:
    """Show the choices in the notation of the recipes file."""
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
        rows = [*_each_reference_once(result["checks"])]
        tones = {translate(word): tone for word, tone in VERDICTS.items()}
        columns = ("reference", "check", "value", "bound", "result", "why")
        table("Promotion gate", rows, columns, {"result": tones.get})
    line("Version {version} of {model_name} is the champion.", "good", **result)
    next_step("score")


def _each_reference_once(checks: Sequence[Result]) -> Iterator[Result]:
    before = ""
    for check in checks:
        reference = check.get("reference") or ""
        shown = "" if reference == before else translate(reference.replace("_", " "))
        yield check | {"result": translate(CHECK_RESULTS[check["passed"]]), "reference": shown}
        before = reference


def backtest(result: Result) -> None:
    table("By origin: pooled log loss", result["by_origin"], tuple(result["by_origin"][0]))
    table("All origins together", result["evaluation"], ("method", "log_loss", "macro_log_loss", "auc", "brier"))
    table("Blend minus baseline, log loss, accounts resampled", result["differences"], _DIFFERENCE)
    if result["controls"]:
        table("Negative controls", result["controls"], tuple(result["controls"][0]))
    if result["predictions"]:
        line("Predictions: {file}", file=result["predictions"])
    if "run_id" in result:
        line("Logged to MLflow: run {run_id}", run_id=result["run_id"])


_DIFFERENCE = ("baseline", "difference", "low", "high", "p_better")


def score(result: Result) -> None:
    table("Publication as of {as_of}", result["levels"], _LISTED, {"listed": good_if_any}, **result)
    levels = (f"{translate('level')} {level} {translate(grade)}" for level, grade in result["evidence"].items())
    line("Model: {model} · evidence: {evidence}", model=result["model"], evidence=", ".join(levels))
    if result["banner"]:
        line("Read with care: {banner}", "warn", banner=result["banner"])
    if result["unchanged"]:
        line("Nothing changed since this date was published.", "good")
    else:
        line("Published {as_of} ({files} files).", "good", **result)
    if not result["current"]:
        line("Not in use: `current` leads to another night.", "warn")
    if result["forced"]:
        line("It would have been held; forced: {forced}", "warn", forced=result["forced"])
    if result["expired"]:
        line("Removed, older than [outputs] retention_days: {days}", days=", ".join(result["expired"]))
    also_delivered(result)
    line("Lists:  {folder}", folder=result["folder"])
    line("Report: {folder}/report.html", folder=result["folder"])
    if result["model"] == _NO_MODEL:
        next_step("train", _WHY_TRAIN if result["rows"].get("asks") else _WHY_TRAIN_LATER)


_LISTED = ("level", "ask", "eligible", "listed", "resting")
_NO_MODEL = "scorecard"
_WHY_TRAIN = "no model was promoted yet: readiness is the scorecard's"
_WHY_TRAIN_LATER = "once there are asks and answers; until then readiness is the scorecard's"


def rollback(result: Result) -> None:
    before, now = result["before"] or translate("nothing"), result["date"]
    if before == now:
        line("In use: {now}, as it was.", "good", now=now)
    else:
        line("In use: {now}, before: {before}.", "good", now=now, before=before)
    if result["withdrawn"]:
        days = ", ".join(result["withdrawn"])
        line("Withdrawn: {days}; back with 'rollback --to DATE', or by other inputs.", days=days)
    also_delivered(result)
    line("Lists:  {folder}", folder=result["folder"])


def match(result: Result) -> None:
    prospect = ", ".join(filter(None, (result["account"], *result["prospect"].values())))
    title = "{ask} for {prospect}, as of {as_of}: may be asked"
    rows = [row | _in_short(row) | {"last_asked_at": _day(row["last_asked_local"])} for row in result["matches"]]
    table(title, rows, _MATCHED, ask=result["ask"], prospect=prospect, as_of=day_words(result["as_of"]))
    for row in result["matches"]:
        line("{rank}. {account_name}: {why}. {outcome_fact}", **row)
        contact = _contact(row) or translate("nobody known")
        line(
            "   Whom to ask: {contact}, permission {permission}",
            contact=contact,
            permission=translate(row["permission"]),
        )
    if result["resting"]:
        resting = [row | _in_short(row) | {"until": _day(row["until_local"])} for row in result["resting"]]
        table("Ready, but resting", resting, _RESTING, {"until": always_warn})
    for row in result["resting"]:
        details = " · ".join([row["detail"], *row["substitutes"]])
        line("{rank}. {account_name}: {told}", rank=row["rank"], account_name=row["account_name"], told=details)
    line("Clients that share something with the prospect: {number}", number=result["fitting"])


def _day(iso_day: str | None) -> str:
    return day_words(iso_day) if iso_day else ""


def _in_short(row: Result) -> Result:
    return {name: number_words(row[name], ".0%") for name in ("fit", "readiness")}


_RESTING = ("rank", "account_id", "account_name", "fit", "rule", "until")
_MATCHED = ("rank", "account_id", "account_name", "owner", "fit", "readiness", "last_asked_at", "asks_last_365d")


def init(result: Result) -> None:
    config = f"--config {result['config']}"
    line("Configuration, with a comment on every setting: {config}", config=result["config"])
    line("Put your exports into {tables}, with headers as in {templates}.", **result)
    line("Enough to begin with: accounts, and one table of what happened, such as interactions. Then, in this order:")
    for words, why in _FIRST:
        command = f"advocate-score {words} {config}"
        line("  {command:{width}}  {why}", command=command, width=22 + len(config), why=translate(why))
    line("Nothing to try it on yet? advocate-score demo --out demo makes up clients and goes all the way.")


_FIRST = (
    ("check", "says what is wrong with the tables, and changes none"),
    ("score", "the lists: day one needs no model and no asks"),
    ("train", "once asks were answered; then 'promote'"),
)


def simulation(result: Result) -> None:
    table("Tables", result["tables"], ("table", "rows"))
    line("Tables: {folder} · truth, for evaluation only: {truth}", **result)


def demo(result: Result) -> None:
    training_result(result["train"])
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
    next_step("score --replace", "writes today's lists again")


def erase(result: Result) -> None:
    merged = result["accounts"] - 1
    line("Erased; also erased, because merged with it: {merged}" if merged else "Erased.", "good", merged=merged)
    if result["alike"]:
        text = "Not erased: accounts whose id differs from its own in spelling alone, such as in case: {alike}"
        line(text, "warn", alike=result["alike"])
    quarantined = sum(result["quarantine"].values())
    text = "Rows taken away: {recorded} of the kept asks, {quarantined} of the quarantine."
    line(text, recorded=result["recorded"], quarantined=quarantined)
    line("Publications rewritten: {days}", days=", ".join(result["publications"]) or translate("none held it"))
    for day, files in result["left_out"].items():
        line("{day}: files that were not as published are gone: {files}", day=day, files=", ".join(files))
    also_delivered(result)
    if result["models"]:
        table("Models that learned from it: train again to forget", result["models"], tuple(result["models"][0]))
    if result["models_not_known"]:
        versions = ", ".join(result["models_not_known"])
        line("Not known whether they learned from it: versions {versions}", "warn", versions=versions)
    _exports(result)


def _exports(result: Result) -> None:
    rows = ", ".join(f"{name} {number}" for name, number in result["exported"].items())
    if rows:
        text = "Your exports in {exports} still hold it, and are yours to edit: rows of {rows}"
        line(text, "warn", exports=result["exports"], rows=rows)
    if result["unread"]:
        line("Could not be read, and may hold it: {names}", "warn", names=", ".join(result["unread"]))
    line("Runs leave its rows out from now on. Backups, and files written with --out, are not reached.")
