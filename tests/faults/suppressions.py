"""Who may not be asked, read from the exports by other means than the program's: plain rows, dates and sets."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

LEVELS = (1, 2, 3, 4, 5)
Row = dict[str, str]
Pairs = set[tuple[str, int]]


def rows_of(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def tables_of(firm: Path) -> dict[str, list[Row]]:
    return {path.stem: rows_of(path) for path in (firm / "tables").glob("*.csv")}


def instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=None) if text else None


def suppressed(tables: dict[str, list[Row]], as_of: datetime) -> dict[str, Pairs]:
    """Rule → account and level that must not be asked; a few rules, none of them whole."""

    def before(row: Row, *names: str) -> bool:
        times = [instant(row.get(name, "")) for name in names]
        return all(time is None or time < as_of for time in times) and times[0] is not None

    def within(time: datetime | None, days: int) -> bool:
        return time is not None and as_of - timedelta(days=days) < time < as_of

    def everywhere(accounts: set[str]) -> Pairs:
        return {(account, level) for account in accounts for level in LEVELS}

    asks = [row for row in tables["asks"] if int(row["level"] or 0) >= 1 and before(row, "asked_at")]
    answered = [row for row in asks if before(row, "responded_at", "recorded_at")]
    contacts = [row for row in tables["contacts"] if before(row, "created_at")]
    heard = {row["account_id"] for row in contacts if not before(row, "objected_at")}
    denials = [row for row in tables["permissions"] if _denies(row, as_of) and not row["contact_id"]]
    return {
        "status": everywhere({row["account_id"] for row in tables["accounts"] if row["status"] in _GONE}),
        "cooldown": everywhere({row["account_id"] for row in asks if within(instant(row["asked_at"]), 90)}),
        "declined": _answered(answered, "declined", as_of, 365),
        "not_now": _answered(answered, "not_now", as_of, 120),
        "open_case": everywhere(
            {
                row["account_id"]
                for row in tables["cases"]
                if before(row, "opened_at") and not before(row, "closed_at") and row["severity"] in ("1", "2")
            }
        ),
        "objection": everywhere({row["account_id"] for row in contacts} - heard),
        "denied": everywhere({row["account_id"] for row in denials}),
    }


_GONE = ("deleted", "churned", "at_risk")


def _answered(asks: list[Row], response: str, as_of: datetime, days: int) -> Pairs:
    latest: dict[tuple[str, int], datetime] = {}
    for row in asks:
        key, time = (row["account_id"], int(row["level"])), instant(row["responded_at"])
        if row["response"] == response and time is not None:
            latest[key] = max(latest.get(key, time), time)
    return {key for key, time in latest.items() if as_of - timedelta(days=days) < time}


def _denies(row: Row, as_of: datetime) -> bool:
    start, end = instant(row["valid_from"]), instant(row["valid_to"])
    valid = (start is None or start <= as_of) and (end is None or end > as_of)
    return row["status"] == "denied" and row["channel"] == "any" and valid


def objected(tables: dict[str, list[Row]], as_of: datetime) -> set[str]:
    times = {row["contact_id"]: instant(row["objected_at"]) for row in tables["contacts"]}
    return {contact for contact, time in times.items() if time is not None and time < as_of}


def offered(publication: Path) -> Pairs:
    """Account and level of every row that invites to ask, whichever file it stands in."""
    names = ["candidates.csv", "ask_plan.csv", "reference_pool.csv", "advisory_board.csv"]
    paths = [*publication.glob("level_*.csv"), *(publication / name for name in names)]
    rows = [row for path in paths for row in rows_of(path)]
    owners = [row for path in (publication / "by_owner").glob("*.csv") for row in rows_of(path)]
    rows += [row for row in owners if row["state"] == "candidate"]
    found = {(row["account_id"], int(row["level"])) for row in rows}
    loaded = rows_of(publication / "crm_load.csv")
    return found | {(row["account_id"], level) for row in loaded for level in LEVELS if row[f"eligible_{level}"] == "1"}


def suggested(publication: Path) -> set[str]:
    """Contacts named anywhere for an ask."""
    rows = [row for path in publication.rglob("*.csv") for row in rows_of(path)]
    return {row["suggested_contact_id"] for row in rows if row.get("suggested_contact_id")}
