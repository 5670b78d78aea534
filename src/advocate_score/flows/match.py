"""`match`: references for one prospect, and substitutes from clients who must not be asked."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

import pandas as pd

from advocate_score.config import Ladder, Settings
from advocate_score.dates import first_free_days, iso, local_days
from advocate_score.errors import Fault, InputError
from advocate_score.flows import datasets, protection, serving
from advocate_score.flows.datasets import account_frame
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.frames import json_day, json_value
from advocate_score.policy import coverage, eligibility, inputs, reference_match
from advocate_score.publication.lists import SUGGESTED_CONTACT, ask_history
from advocate_score.publication.sentences import cited_facts, outcome_facts
from advocate_score.scoring import score_accounts

_WHO = ("account_id", "account_name", *coverage.ATTRIBUTES, "owner")
_SHOWN = (
    *(*_WHO, "fit", "fits", "readiness", "readiness_low", "readiness_high", "evidence", "ready", "why"),
    *("outcome_fact", "last_asked_at", "last_asked_local", "asks_last_365d"),
)
_FREE = ("suggested_contact_id", "suggested_contact", "contact_title", "permission")
_RESTING = ("rule", "since", "until", "since_local", "until_local", "detail", "substitutes")


_REFERENCE_CALL = "reference_call"


@dataclass(frozen=True)
class Search:
    """A search: `level` is the level of the ask, None for that of a reference call; `top` the most rows of each list;
    `account` the id or name of a client that is the prospect; it has the attributes that `prospect` does not give."""

    prospect: reference_match.Prospect
    level: int | None
    top: int
    account: str = ""


@dataclass(frozen=True)
class _Question:
    """A search on open tables; `known` are the facts of the matching clients."""

    project: Project
    data: Data
    search: Search
    level: int
    known: inputs.Facts
    as_of: datetime

    @property
    def settings(self) -> Settings:
        return self.project.settings

    @property
    def language(self) -> str:
        return self.settings.outputs.language

    @property
    def zone(self) -> tzinfo:
        return self.settings.sources.zone


def match_prospect(project: Project, search: Search, as_of: str | None) -> dict[str, Any]:
    """The references for a prospect; InputError if no attribute of it is known, or no client shares one."""
    level = _level_of(search, project.settings.ladder)
    if not search.account:
        reference_match.require_attributes(search.prospect)
    with open_data(project) as data:
        instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
        facts = protection.safeguard(project, data, instant).facts
        search, account_id = _with_account(search, data, facts, instant)
        clients = coverage.clients_at(facts, instant, project.settings.policy)
        clients = clients[clients["account_id"] != account_id].reset_index(drop=True)
        for fault in reference_match.unmatched_attributes(clients, search.prospect):
            project.progress.warn(str(fault))
        fit = reference_match.matching_clients(clients, search.prospect, project.settings.policy.pools.fit)
        question = _Question(project, data, search, level, facts.of_accounts(fit["account_id"]), instant)
        matches = reference_match.rank_matches(fit, _scores_and_verdicts(question)).merge(
            clients[list(_WHO)], on="account_id"
        )
        return _result(question, _with_local_days(question, _with_sentences(question, matches)))


def _with_account(search: Search, data: Data, facts: inputs.Facts, as_of: datetime) -> tuple[Search, str]:
    """The search with the attributes and the name of the client that is its prospect, and that client's id."""
    if not search.account:
        return search, ""
    known = datasets.known_accounts(data.engine, as_of)
    account_id = known.only_match(search.account, known=f"as of {iso(as_of)}")
    own = facts.accounts[facts.accounts["account_id"] == account_id].iloc[0]
    attributes = {name: "" if pd.isna(own[name]) else str(own[name]) for name in coverage.ATTRIBUTES}
    prospect = attributes | {name: value for name, value in search.prospect.items() if value}
    reference_match.require_attributes(prospect)
    return replace(search, prospect=prospect, account=known.names[account_id] or account_id), account_id


def _level_of(search: Search, ladder: Ladder) -> int:
    levels = ladder.in_use
    level = search.level or levels.number_of(_REFERENCE_CALL)
    if level is None or level not in levels:
        problem = "is missing." if level is None else f"there is no level {level}."
        names = ", ".join(f"{number} {ladder.name(number, 'en')}" for number in levels)
        raise InputError([Fault("--level", problem, f"choose one of: {names}")])
    return level


def _result(question: _Question, matches: pd.DataFrame) -> dict[str, Any]:
    search = question.search
    eligible = matches[matches["eligible"]].head(search.top)
    rest = _with_substitutes(question, matches[~matches["eligible"] & matches["ready"]]).head(search.top)
    resting = _records(rest, (*_SHOWN, *_RESTING))
    return {
        "as_of": iso(question.as_of),
        "account": search.account,
        "prospect": {name: value for name, value in search.prospect.items() if value},
        "level": question.level,
        "ask": question.settings.ladder.name(question.level, question.language),
        "fitting": len(matches),
        "matches": _records(_with_contacts(question, eligible), (*_SHOWN, *_FREE)),
        "resting": [
            row | {"substitutes": reference_match.substitute_names(row["substitutes"], question.language)}
            for row in resting
        ],
    }


def _scores_and_verdicts(question: _Question) -> pd.DataFrame:
    """Readiness, verdict and ask history of the matching clients at the level."""
    settings, level, as_of = question.settings, question.level, question.as_of
    question.project.progress.step("Signals of every account")
    accounts = account_frame(question.data, settings, as_of)
    curve = score_accounts(serving.serving_model(question.project, question.data, accounts).model, accounts)
    effort = settings.ladder.effort_minutes
    verdict_rows = eligibility.verdicts(
        question.known, as_of, settings.policy, question.language, effort, question.zone
    )
    rows = curve[curve["level"] == level].merge(verdict_rows, on=["account_id", "level"])
    rows = rows.merge(ask_history(question.known.asks, as_of), on="account_id", how="left")
    asks = rows["asks_last_365d"].fillna(0).astype("int64")
    return rows.assign(asks_last_365d=asks, ready=rows["readiness"] >= settings.ladder.thresholds.of(level))


def _with_sentences(question: _Question, matches: pd.DataFrame) -> pd.DataFrame:
    """The matches with the sentence that says why, and the result that may be cited."""
    language, level = question.language, question.level
    outcomes = datasets.table(question.data.engine, "outcomes")
    fact = cited_facts(matches["account_id"], outcomes, question.as_of, language)
    reason = reference_match.match_reasons(
        matches, question.settings.ladder.thresholds.of(level), language, question.zone
    )
    return matches.assign(outcome_fact=fact, why=reason)


def _with_local_days(question: _Question, matches: pd.DataFrame) -> pd.DataFrame:
    """The matches with their days in the firm's zone, beside those in UTC."""
    return matches.assign(
        last_asked_local=local_days(matches["last_asked_at"], question.zone),
        since_local=local_days(matches["since"], question.zone),
        until_local=first_free_days(matches["free_at"], question.zone),
    )


def _with_contacts(question: _Question, eligible: pd.DataFrame) -> pd.DataFrame:
    listed_ids, engine = eligible["account_id"], question.data.engine
    people = datasets.contacts(engine, question.known, listed_ids, question.as_of, question.settings)
    people = people.rename(columns=SUGGESTED_CONTACT)
    return eligible.merge(people, on=["account_id", "level"], how="left")


def _with_substitutes(question: _Question, rest: pd.DataFrame) -> pd.DataFrame:
    """The ready, resting accounts that have a known end or a substitute; accounts without either are left out."""
    settings, as_of = question.settings, question.as_of
    outcomes = datasets.table(question.data.engine, "outcomes")
    stories = outcome_facts(outcomes[outcomes["shareable"].notna()], as_of).index
    resting_facts = question.known.of_accounts(rest["account_id"])
    every = eligibility.blocks(resting_facts, as_of, settings.policy, settings.ladder.effort_minutes)
    codes = reference_match.substitutes(every, question.level, rest["account_id"], stories, settings.ladder.in_use)
    rest = rest.assign(substitutes=rest["account_id"].map(codes.to_dict()).astype("str").fillna(""))
    return rest[(rest["substitutes"] != "") | rest["until"].notna()]


def _records(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows ready for JSON, with their rank: days as text, null for unknown values; the first is the best."""
    plain = [{name: _by_day(row[name]) for name in columns} for row in rows.to_dict("records")]
    return [{"rank": rank} | row for rank, row in enumerate(plain, 1)]


def _by_day(value: Any) -> Any:
    return json_day(value) if isinstance(value, pd.Timestamp) else json_value(value)
