"""Results about the programme for people, on stdout."""

from collections.abc import Sequence

from advocate_score.cli import render
from advocate_score.cli.console import Judge, line, next_step, number_words, table, translate
from advocate_score.cli.render import Result

_OVERALL_PERIODS = ("last_365d", "to_date")
_FORMS = {"share": ".1%", "money": "money", "days": ".0f", "points": ".0f", "count": ".0f"}
"""Unit → how its figures are written."""


def metrics(result: Result) -> None:
    for group, title in _GROUPS.items():
        rows = [
            _headline(row, result["currency"])
            for row in result["metrics"]
            if row["group"] == group and _is_headline(row)
        ]
        table(title, rows, _HEADLINE, {"note": render.always_warn}, as_of=result["as_of"])
    for by, title in (("level", "By level"), ("all", "Over time")):
        rows, columns = _pivot(result["metrics"], by, result["currency"])
        if rows:
            table(title, rows, ("metric", *columns))
    if result["advocates"]:
        table("Advocates who delivered most in the last 365 days", result["advocates"], tuple(result["advocates"][0]))
    for row in result["industries"]:
        if row["under_represented"]:
            shares = {name: number_words(row[name], ".0%") for name in ("share", "share_elsewhere")}
            line(_TOO_FEW, "warn", **(row | shares))
    _roi(result)
    for unmeasured in result["not_measurable"]:
        line(
            "Not measurable: {metric}: needs {needs}",
            "quiet",
            metric=unmeasured["metric"],
            needs=", ".join(unmeasured["needs"]),
        )
    if result["file"]:
        line("Every figure, also by industry, with its definition: {file}", file=result["file"])


_GROUPS = {
    "activity": "Activity, last 365 days to {as_of}",
    "outcome": "Outcome, last 365 days to {as_of}",
    "health": "Health, last 365 days to {as_of}",
}


_HEADLINE = ("metric", "value", "interval", "counted", "of", "note")
_TOO_FEW = (
    "Under-represented: {industry}, {advocates} of {accounts} accounts are advocates ({share}; elsewhere "
    "{share_elsewhere})"
)


def _is_headline(row: Result) -> bool:
    return row["by"] == "all" and row["period"] in _OVERALL_PERIODS


def _headline(row: Result, currency: str) -> Result:
    value, low, high = (_metric_text(row[name], row["unit"], currency) for name in ("value", "low", "high"))
    counts = {"counted": _metric_text(row["numerator"], "count"), "of": _metric_text(row["denominator"], "count")}
    note = translate("to date") if row["period"] == "to_date" else translate(row["note"].replace("_", " "))
    return {"metric": row["metric"], "value": value, "interval": low and f"{low} – {high}", **counts, "note": note}


def _metric_text(value: float | None, unit: str, currency: str = "") -> str:
    return "" if value is None else number_words(value, _FORMS.get(unit, ".2f"), currency)


def _pivot(rows: Sequence[Result], by: str, currency: str) -> tuple[list[Result], list[str]]:
    """Metrics as rows, levels or calendar periods as columns."""
    across = "period" if by == "all" else "of"
    chosen = [row for row in rows if row["by"] == by and not (by == "all" and row["period"] in _OVERALL_PERIODS)]
    by_metric: dict[str, Result] = {}
    for row in chosen:
        cells = by_metric.setdefault(row["metric"], {"metric": row["metric"]})
        cells[row[across]] = _metric_text(row["value"], row["unit"], currency)
    return list(by_metric.values()), list(dict.fromkeys(row[across] for row in chosen))


_RETURN = ("value", "low", "high", "benefit", "cost", "won_value", "won_deals", "break_even_attribution")
_RETURN_UNITS = dict.fromkeys(("benefit", "cost", "won_value"), "money") | {"won_deals": "count"}


def _roi(result: Result) -> None:
    estimate = result["roi"]
    if estimate is None:
        needs = ", ".join(result["roi_needs"]) or translate("deals that name the reference they had")
        line("Return on the programme: not estimated; needs {needs}", "quiet", needs=needs)
        return
    currency = estimate["currency"]
    cells = {name: _metric_text(estimate[name], _RETURN_UNITS.get(name, "share"), currency) for name in _RETURN}
    table("Return on the programme, an estimate", [cells], _RETURN)
    for sentence in result["roi_assumptions"][result["language"]]:
        line("- {sentence}", sentence=sentence)


def record(result: Result) -> None:
    if "history" in result:
        table("Changes of recorded asks", result["history"], ("changed_at", "changed_by", "what", "ask_id"))
        return
    if result["undone"]:
        line("Taken back: {asks}; left in {file}: {kept}", asks=len(result["undone"]), **_record_table(result))
        next_step("score --replace", "makes today's lists and plan without it")
        return
    counts = {what: len(result[what]) for what in ("new", "changed", "unchanged")}
    text = "Answers: {new} new, {changed} changed, {unchanged} unchanged; {kept} in all in {file}"
    line(text, kept=result["kept"], file=result["file"], **counts)
    if result["passed_over"]:
        line("Rows without an answer, passed over: {rows}", rows=result["passed_over"])
    if result["off_plan"]:
        line("Asks off the plan: {asks}", asks=len(result["off_plan"]))
    line("Every later run reads them beside the asks of the export; 'train' learns from them once they are mature.")
    if result["counts_at_once"]:
        next_step("score --replace", "takes who was asked or said no off today's lists and plan")


def _record_table(result: Result) -> Result:
    return {name: result[name] for name in ("kept", "file")}


def backup(result: Result) -> None:
    line("Recorded asks: {asks} copied to {file}", asks=result["asks"], file=result["file"])
    line("'erase' does not reach this copy: delete it once it is not needed.")


def restore(result: Result) -> None:
    text = "Recorded asks: {written} from the backup, {taken_away} taken away; {left_out} of erased accounts stay out"
    line(text, **{name: result[name] for name in ("written", "taken_away", "left_out")})


def monitor(result: Result) -> None:
    if result["realised"]:
        verdict_tones = {translate(verdict): tone for verdict, tone in render.OUTCOME_TONES.items()}
        tones: dict[str, Judge] = {"verdict": verdict_tones.get, "beats_history": render.good_if_true}
        rows = [_translate_row(row, "level", "verdict") for row in result["realised"]]
        table("Predicted and answered, as of {as_of}", rows, _REALISED, tones, as_of=result["as_of"])
    _segments(result["segments"])
    line(_JUDGED, **result["asks"])
    if result["drift"]:
        before, after = (
            f"{publication['date']} (version {publication.get('version', '?')})" for publication in result["compared"]
        )
        moved = [row for row in result["drift"] if row["drifted"]]
        shown = [_translate_row(row, "kind") for row in moved or result["drift"][:_CLOSEST]]
        table(_DRIFT, shown, _MOVED, {"drifted": render.warn_if_true}, before=before, after=after)
    for sentence in result["findings"][result["language"]]:
        line("- {sentence}", sentence=sentence)
    if not result["publications"]:
        next_step("score", "its predictions can be compared with answers once it exists")


def _segments(segments: Sequence[Result]) -> None:
    """The kinds of client with a verdict: those for which predictions were wrong, then the largest."""
    judged = [row for row in segments if row["judged"]]
    judged.sort(key=lambda row: (not row["wrong"], -row["n"]))
    rows = [_translate_row(row, "attribute", "verdict") for row in judged[:_MOST_SEGMENTS]]
    if rows:
        tones: dict[str, Judge] = {"verdict": {translate(one): tone for one, tone in render.OUTCOME_TONES.items()}.get}
        table(_BY_SEGMENT, rows, _SEGMENT, tones, shown=len(rows), judged=len(judged), all=len(segments))


def _translate_row(row: Result, *names: str) -> Result:
    return row | {name: translate(row[name]) for name in names}


_BY_SEGMENT = "By kind of client: {shown} of {judged} with enough answers, of {all}"
_SEGMENT = (
    "attribute",
    "value",
    "clients",
    "never_asked",
    "n",
    "predicted",
    "observed",
    "low",
    "high",
    "lift",
    "verdict",
)
_MOST_SEGMENTS = 12
_DRIFT = "Drift from {before} to {after}"
_JUDGED = (
    "Asks judged: {judged}; left out: {before_any_publication} made before any publication, {learned_from} that the "
    "model learned from"
)
_REALISED = ("level", "n", "accounts", "predicted", "observed", "low", "high", "verdict", "log_loss", "beats_history")
_MOVED = ("name", "kind", "n_before", "n_after", "before", "after", "psi", "bound", "drifted")
_CLOSEST = 5
"""If nothing has drifted, this many of those that came closest are shown."""
