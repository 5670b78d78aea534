"""The contact rules: status, consent and objection, open cases and renewals, cooldown and yearly cap, earlier refusals,
effort, and rows that cannot be read. Each returns the accounts it blocks and until when.

The export has no history of the account's status, so a backfilled publication uses today's. The weight of earlier asks
halves with time, so that a client rests in proportion to the effort given rather than for a fixed span.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.asks import asks_before
from advocate_score.dates import lookback_start
from advocate_score.frames import among, known_before, merge_frames
from advocate_score.policy import inputs
from advocate_score.policy.permissions import level_denials, permissions_at
from advocate_score.text import Text

YEAR_DAYS = 365
_INSTANT = pd.Timedelta(microseconds=1)


def cooldown(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Block [last ask, last ask + cooldown), whatever the answer."""
    last = asks_before(facts.asks, facts.horizon(as_of)).groupby("account_id", as_index=False)["asked_at"].max()
    until = last["asked_at"] + pd.Timedelta(days=policy.cooldown_days)
    rows = last.assign(since=last["asked_at"], until=until, figure=float(policy.cooldown_days))
    return inputs.block(rows.loc[until > as_of, ["account_id", "since", "until", "figure"]], "cooldown", facts.levels)


def yearly_cap(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Block while [as_of − 365 d, as_of) holds as many asks as are allowed in a year.

    The account is free again once enough of the oldest asks have left the lookback to allow one more.
    """
    cap = policy.max_asks_per_year
    if cap == 0:
        return inputs.block(
            inputs.existing_at(facts.accounts, as_of)[["account_id"]].assign(figure=0.0), "yearly_cap", facts.levels
        )
    asks = inputs.unique_asks(asks_before(facts.asks, facts.horizon(as_of)))
    recent = asks[asks["asked_at"] >= lookback_start(as_of, YEAR_DAYS)].sort_values("asked_at", ascending=False)
    by_account = recent.groupby("account_id")["asked_at"]
    asks_in_year = by_account.transform("size").astype("float64")
    until = recent["asked_at"] + pd.Timedelta(days=YEAR_DAYS) + _INSTANT  # an ask of a year ago still counts
    rows = recent.assign(since=by_account.transform("max"), until=until, figure=asks_in_year)
    last_to_drop = by_account.cumcount() + 1 == cap
    return inputs.block(rows.loc[last_to_drop, ["account_id", "since", "until", "figure"]], "yearly_cap", facts.levels)


RESTING_STATUSES = ("deleted", "churned", "at_risk")
"""Statuses of accounts that are not asked. Each is also the code of its rule."""


def blocks_by_status(facts: inputs.Facts, as_of: datetime, _: config.Policy, *, status: str) -> pd.DataFrame:
    """Block accounts of one status; the status is also the rule's code."""
    accounts = inputs.existing_at(facts.accounts, as_of)
    return inputs.block(accounts.loc[accounts["status"] == status, ["account_id"]], status, facts.levels)


def account_statuses(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Block accounts by their present status (deleted, churned, at risk, merged), whatever happened recently."""
    of_status = (blocks_by_status(facts, as_of, policy, status=status) for status in RESTING_STATUSES)
    return pd.concat([*of_status, merged_accounts(facts, as_of, policy)], ignore_index=True)


def merged_accounts(facts: inputs.Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """Block accounts that were merged into another one."""
    accounts = inputs.existing_at(facts.accounts, as_of)
    survivor = accounts["merged_into"].fillna("")
    return inputs.block(
        accounts.loc[(survivor != "") & (survivor != accounts["account_id"]), ["account_id"]], "merged", facts.levels
    )


_CONTACT_LEVEL = ["account_id", "contact_id", "level"]


def permission_denied(facts: inputs.Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """Block where the account denied every channel that the level needs, or any use.

    An unknown permission blocks nothing, because asking is how permission is obtained.
    """
    accounts = facts.accounts["account_id"]
    accounts_with_permissions = accounts[among(accounts, facts.permissions["account_id"])]
    permissions = permissions_at(facts.permissions, as_of, live=facts.live)
    return inputs.block(
        level_denials(permissions.of_accounts(accounts_with_permissions), facts.levels),
        "permission_denied",
        facts.levels,
    )


def contact_objection(facts: inputs.Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """Block accounts whose every known contact asked not to be approached."""
    contacts = _known_contacts(facts, as_of)
    by_account = contacts.groupby("account_id")
    nobody_left = by_account["objected"].all()
    since = by_account["objected_at"].max()[nobody_left].rename("since").reset_index()
    return inputs.block(since, "contact_objection", facts.levels)


def contacts_denied(facts: inputs.Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """Block a level when every known contact objected or personally denied it."""
    availability = contact_availability(facts.of_accounts(_accounts_with_contact_permissions(facts, as_of)), as_of)
    by_level = availability.groupby(["account_id", "level"], as_index=False).agg(
        available=("available", "any"), since=("since", "max"), until=("until", "min")
    )
    return inputs.block(
        by_level.loc[~by_level["available"], ["account_id", "level", "since", "until"]], "contacts_denied", facts.levels
    )


def contact_availability(facts: inputs.Facts, as_of: datetime) -> pd.DataFrame:
    """Every known contact × level: `available`, and `since`, `until` of a personal denial.

    A person known only from such a denial is also a contact, and not available.
    """
    permissions = permissions_at(facts.permissions, as_of, live=facts.live).contacts()
    denials = level_denials(permissions, facts.levels).assign(denied=True)
    contact_levels = merge_frames(
        inputs.every_level(_known_contacts(facts, as_of), facts.levels), denials, _CONTACT_LEVEL, "outer"
    )
    free = contact_levels["denied"].isna() & ~inputs.is_true(contact_levels["objected"])
    return contact_levels.assign(available=free)[[*_CONTACT_LEVEL, "available", "since", "until"]]


def _accounts_with_contact_permissions(facts: inputs.Facts, as_of: datetime) -> pd.Series:
    """The accounts with a contact that objected or has a personal permission; only these can be left without a
    contact."""
    objected, is_personal = inputs.have_objected(facts, as_of), facts.permissions["contact_id"].fillna("") != ""
    accounts: pd.Series = pd.concat(
        [facts.contacts.loc[objected, "account_id"], facts.permissions.loc[is_personal, "account_id"]]
    )
    return accounts


def _known_contacts(facts: inputs.Facts, as_of: datetime) -> pd.DataFrame:
    """The contacts met before `as_of` who still exist, and every contact who objected, even if met later or gone."""
    contacts, objected = facts.contacts, inputs.have_objected(facts, as_of)
    met = contacts["created_at"].isna() | (contacts["created_at"] < facts.horizon(as_of))
    known = (met & ~inputs.are_deleted(contacts)) | objected
    return contacts.assign(objected=objected).loc[known, ["account_id", "contact_id", "objected_at", "objected"]]


_RECOMMITTED = ("renewal", "expansion")
_SETTLED = (*_RECOMMITTED, "non_renewal")


def open_cases(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Block while a case of `resting_case_severity` or worse is not known to be closed."""
    rows = facts.cases[are_open_and_severe(facts, as_of, policy)].sort_values(["severity", "opened_at"])
    worst = rows.drop_duplicates("account_id").rename(columns={"opened_at": "since", "severity": "figure"})
    return inputs.block(worst[["account_id", "since", "figure"]], "open_case", facts.levels)


def are_open_and_severe(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.Series:
    """For each row of cases, whether it makes its account rest at `as_of`. An unknown severity does not; a case without
    a time of its own counts as opened."""
    cases = facts.cases
    is_open = cases["closed_at"].isna() | (cases["closed_at"] >= as_of)
    is_severe = cases["severity"] <= policy.resting_case_severity
    return is_open & is_severe & ~(cases["opened_at"] >= facts.horizon(as_of))


def pending_renewals(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Block while a renewal is pending: from `pending_rest_days` before it is due, or at once without a due date, until
    a later renewal, expansion or loss is known."""
    latest = unsettled_pending(facts, as_of, policy).drop_duplicates("account_id", keep="last")
    rows = latest.rename(columns={"occurred_at": "since", "due_at": "when"})
    return inputs.block(rows[["account_id", "since", "when"]], "pending_renewal", facts.levels)


def lost_renewals(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Block for `lost_renewal_rest_days` after a contract was not renewed, or until a later renewal or expansion."""
    latest = unsettled_losses(facts, as_of).drop_duplicates("account_id", keep="last")
    until = latest["occurred_at"] + pd.Timedelta(days=policy.lost_renewal_rest_days)
    rows = latest.assign(since=latest["occurred_at"], until=until, figure=float(policy.lost_renewal_rest_days))
    return inputs.block(
        rows.loc[until > as_of, ["account_id", "since", "until", "figure"]], "lost_renewal", facts.levels
    )


def unsettled_pending(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Pending renewals that are near enough to their due date and have no known result."""
    events = known_before(facts.renewals, facts.horizon(as_of))
    pending = events[events["kind"] == "pending"].sort_values(["occurred_at", "due_at"])
    begins = pending["due_at"] - pd.Timedelta(days=policy.pending_rest_days)
    due_soon = pending[begins.isna() | (begins <= as_of)]
    return due_soon[~_followed_by(due_soon, events, _SETTLED, as_of, on_the_same_day=True)]


def unsettled_losses(facts: inputs.Facts, as_of: datetime) -> pd.DataFrame:
    """Contracts that were not renewed, however long ago, without a later renewal or expansion."""
    events = known_before(facts.renewals, facts.horizon(as_of))
    lost = events[events["kind"] == "non_renewal"].sort_values("occurred_at")
    return lost[~_followed_by(lost, events, _RECOMMITTED, as_of)]


def latest_losses(facts: inputs.Facts, as_of: datetime, days: int) -> pd.Series:
    """account_id → when its latest contract was not renewed, within the last `days` days; later events are ignored."""
    events = known_before(facts.renewals, facts.horizon(as_of))
    recent = events["occurred_at"] >= pd.Timestamp(as_of) - pd.Timedelta(days=days)
    lost: pd.Series = events[recent & (events["kind"] == "non_renewal")].groupby("account_id")["occurred_at"].max()
    return lost


def _followed_by(
    rows: pd.DataFrame, events: pd.DataFrame, kinds: tuple[str, ...], as_of: datetime, *, on_the_same_day: bool = False
) -> pd.Series:
    """Whether an event of one of `kinds`, known before `as_of`, came later; with `on_the_same_day`, also at the same
    instant."""
    settling = known_before(events[events["kind"].isin(kinds)], as_of)
    latest = settling.groupby("account_id")["occurred_at"].max()
    last = latest.reindex(rows["account_id"]).set_axis(rows.index)
    followed: pd.Series = last >= rows["occurred_at"] if on_the_same_day else last > rows["occurred_at"]
    return followed


def declined(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    return _rest_after_answer(facts, as_of, "declined", policy.decline_rest_days)


def not_now(facts: inputs.Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    return _rest_after_answer(facts, as_of, "not_now", policy.not_now_rest_days)


def _rest_after_answer(facts: inputs.Facts, as_of: datetime, response: str, days: int) -> pd.DataFrame:
    """Block [answer, answer + days); the latest such answer of a level counts."""
    answers = inputs.answers_known_before(facts.asks, facts.horizon(as_of))
    answers = answers[answers["response"] == response].sort_values("answered_at")
    latest = answers.drop_duplicates(["account_id", "level"], keep="last")
    rows = latest.assign(since=latest["answered_at"], until=latest["answered_at"] + pd.Timedelta(days=days))
    resting = rows.loc[rows["until"] > as_of, ["account_id", "level", "since", "until"]]
    return inputs.block(resting.assign(figure=float(days)), response, facts.levels)


_CONTACT = ["account_id", "contact_id"]


def account_effort(facts: inputs.Facts, as_of: datetime, policy: config.Policy, effort: config.Effort) -> pd.DataFrame:
    """Block every level until the account's minutes have decayed to `max_effort_minutes`.

    Parameters
    ----------
    facts : the tables that the contact rules read. as_of : the instant to judge at.
    policy : half-life and limits, in days and minutes. effort : minutes that an ask of each level costs.
    """
    fatigued = _find_fatigued(facts, as_of, policy, effort, ["account_id"], policy.max_effort_minutes)
    return inputs.block(fatigued[["account_id", "since", "until", "figure"]], "effort", facts.levels)


def contacts_effort(facts: inputs.Facts, as_of: datetime, policy: config.Policy, effort: config.Effort) -> pd.DataFrame:
    """Block a level while every contact who may be asked for it is fatigued; it is free when the first of them is.

    Parameters
    ----------
    facts : the tables that the contact rules read. as_of : the instant to judge at.
    policy : half-life and limits, in days and minutes. effort : minutes that an ask of each level costs.
    """
    fatigued = fatigued_contacts(facts, as_of, policy, effort)
    availability = contact_availability(facts.of_accounts(fatigued["account_id"]), as_of)
    available = availability.loc[availability["available"], [*_CONTACT, "level"]]
    with_effort = merge_frames(available, fatigued, _CONTACT)
    contacts = with_effort.assign(is_fatigued=with_effort["until"].notna()).groupby(
        ["account_id", "level"], as_index=False
    )
    by_level = contacts.agg(
        all_contacts_fatigued=("is_fatigued", "all"),
        since=("since", "max"),
        until=("until", "min"),
        figure=("figure", "min"),
    )
    all_fatigued = by_level[by_level["all_contacts_fatigued"].astype(bool)]
    return inputs.block(
        all_fatigued[["account_id", "level", "since", "until", "figure"]], "contacts_effort", facts.levels
    )


def fatigued_contacts(
    facts: inputs.Facts, as_of: datetime, policy: config.Policy, effort: config.Effort
) -> pd.DataFrame:
    """Contacts with a load above `max_contact_effort_minutes`: account_id, contact_id, since, until, figure.

    Parameters
    ----------
    facts : the tables that the contact rules read. as_of : the instant to judge at.
    policy : half-life and limits, in days and minutes. effort : minutes that an ask of each level costs.
    """
    return _find_fatigued(facts, as_of, policy, effort, _CONTACT, policy.max_contact_effort_minutes)


def _find_fatigued(
    facts: inputs.Facts, as_of: datetime, policy: config.Policy, effort: config.Effort, keys: list[str], limit: float
) -> pd.DataFrame:
    """Holders above `limit`: `figure` is the load at `as_of` in minutes; `until` is when it will have decayed to
    `limit`."""
    half_life = policy.effort_half_life_days
    spent = _effort_minutes(facts, as_of, policy, effort)
    age = inputs.age_days(spent["since"], as_of).clip(lower=0)
    weighing = spent.assign(figure=spent["minutes"] * np.exp2(-age / half_life))
    load = weighing.groupby(keys, as_index=False).agg(figure=("figure", "sum"), since=("since", "max"))
    above_limit = load[load["figure"] > limit]
    wait = pd.to_timedelta(half_life * np.log2(above_limit["figure"] / limit), unit="D")
    return above_limit.assign(until=(pd.Timestamp(as_of) + wait).astype("datetime64[us]"))


def _effort_minutes(facts: inputs.Facts, as_of: datetime, policy: config.Policy, effort: config.Effort) -> pd.DataFrame:
    """Each ask's minutes, and `since`: when a "yes" known before `as_of` was given, otherwise when the ask was made."""
    asks = inputs.unique_asks(asks_before(facts.asks, facts.horizon(as_of)))
    answers = inputs.answers_known_before(facts.asks, facts.horizon(as_of))
    accepted_at = answers.loc[answers["response"] == "accepted", "answered_at"].reindex(asks.index)
    cost = asks["level"].map({level: effort.of(level) for level in facts.levels}).astype("float64")
    return asks[_CONTACT].assign(
        minutes=cost.where(accepted_at.notna(), policy.asking_minutes),
        since=accepted_at.fillna(asks["asked_at"]),
    )


def unreadable_noes(facts: inputs.Facts, _: datetime, __: config.Policy) -> pd.DataFrame:
    """Block accounts with a row that may be a "no" and cannot be read; the first such row of each account is shown."""
    first = facts.unreadable.drop_duplicates("account_id")
    return inputs.block(first[["account_id", "source"]], "unreadable_no", facts.levels)


@dataclass(frozen=True)
class Rule:
    """One reason not to ask an account.

    code: as in lists and manifests · find: (facts, as_of, policy) → the blocks, with `policy.inputs.BLOCK_COLUMNS` ·
    sentence: with the facts {since}, {when}, {figure} (or it as {days} or {times}), {source} · label: its short name ·
    needs_effort: `find` also takes the minutes of each level · limits_pace: it means "not yet" and says nothing about
    what the client wants.
    """

    code: str
    find: Callable[..., pd.DataFrame]
    sentence: Text
    label: Text
    needs_effort: bool = False
    limits_pace: bool = False

    def blocks(
        self, facts: inputs.Facts, as_of: datetime, policy: config.Policy, effort: config.Effort
    ) -> pd.DataFrame:
        """The accounts and levels that the rule blocks, since when and until when.

        Parameters
        ----------
        facts : the tables that the contact rules read. as_of : the instant to judge at.
        policy : the limits of the rules. effort : minutes that an ask of each level costs.
        """
        return self.find(facts, as_of, policy, effort) if self.needs_effort else self.find(facts, as_of, policy)


RULES = (
    Rule(
        "deleted",
        partial(blocks_by_status, status="deleted"),
        Text("The account was deleted.", "La cuenta se ha eliminado."),
        Text("account deleted", "cuenta eliminada"),
    ),
    Rule(
        "merged",
        merged_accounts,
        Text("Merged into another account.", "Fusionada con otra cuenta."),
        Text("merged into another account", "fusionada con otra cuenta"),
    ),
    Rule(
        "churned",
        partial(blocks_by_status, status="churned"),
        Text("No longer a client.", "Ya no es cliente."),
        Text("no longer a client", "ya no es cliente"),
    ),
    Rule(
        "at_risk",
        partial(blocks_by_status, status="at_risk"),
        Text("The relationship is marked as at risk.", "La relación consta como en riesgo."),
        Text("relationship at risk", "relación en riesgo"),
    ),
    Rule(
        "unreadable_no",
        unreadable_noes,
        Text(
            "A row that may say no cannot be read ({source}): correct it, or release the account.",
            "No se puede leer una fila que quizá diga que no ({source}): corríjala o libere la cuenta.",
        ),
        Text("a no that cannot be read", "un no que no se puede leer"),
    ),
    Rule(
        "permission_denied",
        permission_denied,
        Text(
            "Denied the permission that this ask needs (since: {since}).",
            "Ha denegado el permiso que exige esta petición (desde: {since}).",
        ),
        Text("permission denied", "permiso denegado"),
    ),
    Rule(
        "contact_objection",
        contact_objection,
        Text(
            "Every known contact asked not to be approached.",
            "Todos los contactos conocidos han pedido que no se les contacte.",
        ),
        Text("contacts do not want to be approached", "los contactos no quieren que se les escriba ni llame"),
    ),
    Rule(
        "contacts_denied",
        contacts_denied,
        Text(
            "Every known contact has refused this kind of use or objected.",
            "Todos los contactos conocidos han denegado este uso o se oponen.",
        ),
        Text("contacts refused this use", "los contactos no autorizaron este uso"),
    ),
    Rule(
        "open_case",
        open_cases,
        Text(
            "Open case of severity {figure} (since: {since}).",
            "Incidencia abierta de gravedad {figure} (desde: {since}).",
        ),
        Text("open case", "incidencia abierta"),
    ),
    Rule(
        "pending_renewal",
        pending_renewals,
        Text("Renewal pending (since: {since}; due: {when}).", "Renovación pendiente (desde: {since}; vence: {when})."),
        Text("renewal pending", "renovación pendiente"),
    ),
    Rule(
        "lost_renewal",
        lost_renewals,
        Text(
            "Did not renew on {since}; the account then rests {days}.",
            "No renovó el {since}; la cuenta descansa {days}.",
        ),
        Text("did not renew", "no renovó"),
    ),
    Rule(
        "declined",
        declined,
        Text(
            "Declined on {since}; this ask then rests {days}.",
            "Dijo que no el {since}; no se le vuelve a pedir en {days}.",
        ),
        Text("said no", "dijo que no"),
    ),
    Rule(
        "not_now",
        not_now,
        Text(
            "Said not now on {since}; this ask then rests {days}.",
            "Dijo «ahora no» el {since}; no se le vuelve a pedir en {days}.",
        ),
        Text("said not now", "dijo «ahora no»"),
    ),
    Rule(
        "yearly_cap",
        yearly_cap,
        Text(
            "Asked {times} in the last 365 days: no more until the older asks are a year past.",
            "Se le ha pedido {times} en los últimos 365 días: no se le pide nada más hasta que las "
            "antiguas cumplan un año.",
        ),
        Text("asked often enough this year", "ya se le ha pedido bastante este año"),
        limits_pace=True,
    ),
    Rule(
        "effort",
        account_effort,
        Text(
            "About {figure} minutes of what was asked still weigh on them; they rest until it is less.",
            "Aún les pesan unos {figure} minutos de lo que se les pidió; descansan hasta que sea menos.",
        ),
        Text("gave much of late", "ha colaborado mucho últimamente"),
        limits_pace=True,
        needs_effort=True,
    ),
    Rule(
        "contacts_effort",
        contacts_effort,
        Text(
            "Every contact who may be asked has given much of late: about {figure} minutes or more.",
            "Todos los contactos a quienes se puede pedir han dado mucho hace poco: unos {figure} minutos o más.",
        ),
        Text("contacts gave much of late", "los contactos han dado mucho hace poco"),
        limits_pace=True,
        needs_effort=True,
    ),
    Rule(
        "cooldown",
        cooldown,
        Text(
            "Last asked on {since}; {days} must pass between asks.",
            "Última petición el {since}; entre peticiones debe haber {days}.",
        ),
        Text("asked not long ago", "se le pidió hace poco"),
        limits_pace=True,
    ),
)
"""Every rule, in the order of precedence among blocks that end together. To add one, write a function and its
record."""
