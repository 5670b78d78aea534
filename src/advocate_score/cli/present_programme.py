"""Results about the programme as people read them, on stdout."""

from collections.abc import Sequence

from advocate_score.cli.present import Result
from advocate_score.cli.terminal import line, table

_WHOLE = ("last_365d", "to_date")
_FORMS = {"share": "{:.1%}", "money": "{:,.0f}", "days": "{:.0f}", "asks": "{:.2f}", "points": "{:.0f}"}


def metrics(result: Result) -> None:
    for group in ("activity", "outcome", "health"):
        rows = [_headline(row) for row in result["metrics"] if row["group"] == group and _is_headline(row)]
        table(f"{group.capitalize()}, last 365 days to {result['as_of']}", rows, _HEADLINE)
    for by, title in (("level", "By level"), ("all", "Over time")):
        rows, columns = _crossed(result["metrics"], by)
        if rows:
            table(title, rows, ("metric", *columns))
    if result["advocates"]:
        table("Advocates who delivered most in the last 365 days", result["advocates"], tuple(result["advocates"][0]))
    for row in result["industries"]:
        if row["under_represented"]:
            line(_TOO_FEW[result["language"] == "es"].format(**row))
    _returned(result)
    for one in result["not_measurable"]:
        line(f"Not measurable: {one['metric']}: needs {', '.join(one['needs'])}")
    if result["file"]:
        line(f"Every figure, also by industry, with its definition: {result['file']}")


_HEADLINE = ("metric", "value", "interval", "counted", "of", "note")
_TOO_FEW = (
    "Under-represented: {industry}, {advocates} of {accounts} accounts are advocates ({share:.0%}; elsewhere "
    "{share_elsewhere:.0%})",
    "Poco representado: {industry}, {advocates} de {accounts} cuentas son defensoras ({share:.0%}; en el resto "
    "{share_elsewhere:.0%})",
)


def _is_headline(row: Result) -> bool:
    return row["by"] == "all" and row["period"] in _WHOLE


def _headline(row: Result) -> Result:
    unit = row["unit"]
    bounds = "" if row["low"] is None else f"{_shown(row['low'], unit)} – {_shown(row['high'], unit)}"
    counts = {"counted": _shown(row["numerator"], "money"), "of": _shown(row["denominator"], "money")}
    note = "to date" if row["period"] == "to_date" else row["note"].replace("_", " ")
    return {"metric": row["metric"], "value": _shown(row["value"], unit), "interval": bounds, **counts, "note": note}


def _shown(value: float | None, unit: str) -> str:
    return "" if value is None else _FORMS.get(unit, "{:.2f}").format(value)


def _crossed(rows: Sequence[Result], by: str) -> tuple[list[Result], list[str]]:
    """Metrics down, levels or calendar periods across."""
    across = "period" if by == "all" else "of"
    chosen = [row for row in rows if row["by"] == by and not (by == "all" and row["period"] in _WHOLE)]
    found: dict[str, Result] = {}
    for row in chosen:
        cells = found.setdefault(row["metric"], {"metric": row["metric"]})
        cells[row[across]] = _shown(row["value"], row["unit"])
    return list(found.values()), list(dict.fromkeys(row[across] for row in chosen))


_RETURN = ("value", "low", "high", "benefit", "cost", "won_value", "won_deals", "break_even_attribution")
_RETURN_UNITS = dict.fromkeys(("benefit", "cost", "won_value", "won_deals"), "money")


def _returned(result: Result) -> None:
    found = result["roi"]
    if found is None:
        needs = ", ".join(result["roi_needs"]) or "deals that name the reference they had"
        line(f"Return on the programme: not estimated; needs {needs}")
        return
    cells = {name: _shown(found[name], _RETURN_UNITS.get(name, "share")) for name in _RETURN}
    table(f"Return on the programme, an estimate {found['currency']}", [cells], _RETURN)
    for sentence in result["roi_assumptions"][result["language"]]:
        line(f"- {sentence}")


def record(result: Result) -> None:
    counts = ", ".join(f"{len(result[what])} {what}" for what in ("new", "changed", "unchanged"))
    line(f"Answers: {counts}; {result['kept']} kept in {result['file']}")
    line("Every later run reads them beside the asks of the export; 'train' learns from them once they are mature.")


def monitor(result: Result) -> None:
    table(f"Predicted and answered, as of {result['as_of']}", result["realised"], _REALISED)
    counts = result["asks"]
    left_out = f"{counts['before_any_publication']} made before any publication, {counts['learned_from']} learned from"
    line(f"{counts['judged']} asks judged; left out: {left_out}")
    if result["drift"]:
        before, after = (f"{one['date']} (version {one.get('version', '?')})" for one in result["compared"])
        moved = [row for row in result["drift"] if row["drifted"]]
        table(f"Drift from {before} to {after}", moved or result["drift"][:_CLOSEST], _MOVED)
    for sentence in result["findings"][result["language"]]:
        line(f"- {sentence}")


_REALISED = ("level", "n", "accounts", "predicted", "observed", "low", "high", "verdict", "log_loss", "beats_history")
_MOVED = ("name", "kind", "n_before", "n_after", "before", "after", "psi", "bound", "drifted")
_CLOSEST = 5
"""Where nothing has drifted, so many that came closest to it are shown."""
