"""`explain`: one account as a card, with what-if changes in the configured language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import first_free_days, iso, local_days
from advocate_score.flows import account_scores, datasets, protection
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.flows.serving import Serving, serving_model
from advocate_score.frames import json_day, json_rows
from advocate_score.model import protocol, what_if
from advocate_score.policy import eligibility, inputs, moments
from advocate_score.protection.rows_behind_rules import rows_behind_rule
from advocate_score.publication.lists import SUGGESTED_CONTACT
from advocate_score.publication.sentences import REASONS, note, what_if_sentences
from advocate_score.scoring import score_accounts


def what_if_rows(
    project: Project, data: Data, model: protocol.Model, account: pd.DataFrame, levels: Sequence[int]
) -> list[dict[str, Any]]:
    """Up to three changes for each of `levels`, with the model's readiness of `account` after each.

    Parameters
    ----------
    project, data : the project and its open tables. model : the model in service.
    account : one row with its signals. levels : the levels to explain.
    """
    settings = project.settings
    level_series = pd.Series(levels, dtype="int64")
    thresholds = level_series.map(settings.ladder.thresholds.of)
    changes = what_if.what_if(
        model, account.iloc[[0] * len(level_series)], level_series, data.signals, threshold=thresholds
    )
    signals = {signal.name: signal for signal in data.signals}
    changes["sentence"] = what_if_sentences(
        changes, signals, settings.outputs.language, account_scores.own_terms(settings)
    )
    return json_rows(changes.drop(columns="account_id"))


def explain_account(project: Project, account: str, as_of: str | None) -> dict[str, Any]:
    """The card of one account, given by its id or name; InputError if there is none or several."""
    with open_data(project) as data:
        instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
        known = datasets.known_accounts(data.engine, instant)
        account_id = known.only_match(account, known=f"as of {iso(instant)}")
        accounts = datasets.account_frame(data, project.settings, instant)
        serving = serving_model(project, data, accounts)
        return _card(project, data, accounts, account_id, instant, serving)


def _card(
    project: Project, data: Data, accounts: pd.DataFrame, account_id: str, as_of: datetime, serving: Serving
) -> dict[str, Any]:
    settings = project.settings
    account = accounts[accounts["account_id"] == account_id].reset_index(drop=True)
    curve = score_accounts(serving.model, account)
    facts = protection.safeguard(project, data, as_of).facts.of_accounts([account_id])
    verdict_rows = _verdicts(facts, as_of, settings)
    why = account_scores.reasons_by_language(project, serving.model, account, curve, facts, as_of)[
        settings.outputs.language
    ]
    rows = curve.merge(verdict_rows, on=["account_id", "level"]).merge(why, on=["account_id", "level"], how="left")
    names = {level: settings.ladder.name(level, settings.outputs.language) for level in settings.ladder.in_use}
    contacts = datasets.contacts(data.engine, facts, [account_id], as_of, settings)
    levels = [
        _level(row, names) | {"origins": _origins(facts, row, as_of, settings)}
        for row in rows.merge(contacts, on=["account_id", "level"]).to_dict("records")
    ]
    facts_row = facts.accounts.iloc[0]
    language = settings.outputs.language
    return {
        "account_id": account_id,
        "account_name": _text(facts_row["account_name"]),
        "as_of": iso(as_of),
        "model": f"{serving.identity['name']} {serving.version}",
        "levels": levels,
        "banner": serving.selection.banner(language),
        "what_if": what_if_rows(project, data, serving.model, account, _levels_worth_asking(rows)),
        "what_if_note": note(language),
        "owner": _text(facts_row["owner"]),
        "industry": _text(facts_row["industry"]),
        "moment": _moment(data, settings, account_id, as_of),
        "details": list(dict.fromkeys(level["detail"] for level in levels if level["detail"])),
    }


def _verdicts(facts: inputs.Facts, as_of: datetime, settings: Settings) -> pd.DataFrame:
    """The verdicts, with the days on which a rest began and on which the account is free again, in the firm's zone."""
    zone = settings.sources.zone
    effort = settings.ladder.effort_minutes
    rows = eligibility.verdicts(facts, as_of, settings.policy, settings.outputs.language, effort, zone)
    return rows.assign(since_local=local_days(rows["since"], zone), until_local=first_free_days(rows["free_at"], zone))


def _moment(data: Data, settings: Settings, account_id: str, as_of: datetime) -> str:
    """The strongest dated reason to ask now; '' if there is none."""
    events = datasets.moment_events(data.engine, as_of, settings.policy.moments)
    moment_rows = moments.moments(
        events, as_of, settings.policy.moments, settings.outputs.language, settings.sources.zone
    )
    return "".join(moment_rows.loc[moment_rows["account_id"] == account_id, "moment"])


def _levels_worth_asking(rows: pd.DataFrame) -> list[int]:
    """The levels that are eligible or rest only until a known date; a client's refusal is not treated as something to
    change."""
    refused = ~rows["eligible"] & (rows["until"].isna() | (rows["rule"] == "declined"))
    return [int(level) for level in rows.loc[~refused, "level"]]


def _level(row: dict[Any, Any], names: dict[int, str]) -> dict[str, Any]:
    return {
        "level": row["level"],
        "ask": names[row["level"]],
        "readiness": row["readiness"],
        "low": row["readiness_low"],
        "high": row["readiness_high"],
        "completion": None if pd.isna(row["completion"]) else row["completion"],
        "evidence": row["evidence"],
        "may_be_asked": bool(row["eligible"]),
        "rule": row["rule"],
        **{name: json_day(row[name]) for name in ("since", "until", "since_local", "until_local")},
        "detail": row["detail"],
        **{column: row[name] if row["eligible"] else "" for name, column in SUGGESTED_CONTACT.items()},
        "permission": row["permission"],
        "reasons": [reason for reason in (_text(row[name]) for name in REASONS) if reason],
    }


def _origins(facts: inputs.Facts, row: dict[Any, Any], as_of: datetime, settings: Settings) -> list[str]:
    return [] if row["eligible"] else rows_behind_rule(facts, row["rule"], row["level"], as_of, settings.policy)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
