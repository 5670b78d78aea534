"""Who may be asked for what: every account × level gets a verdict with its rule, its facts, the first free date, and a
sentence that cites the account's own facts and names nobody.

The rules know nothing of readiness, so no readiness can override them; whoever ranks applies the verdicts last.
"""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score import config
from advocate_score.frames import among, kinds
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.inputs import Facts, block_frame, every_level, existing_at
from advocate_score.policy.rules import (
    account_effort,
    account_status_rule,
    contact_objection,
    contacts_denied,
    contacts_effort,
    cooldown,
    declined,
    lost_renewals,
    not_now,
    open_cases,
    pending_renewals,
    permission_denied,
    unreadable_noes,
    yearly_cap,
)

SENTENCES = {
    # Their order is the precedence of rules that last equally long.
    "deleted": ("The account was deleted.", "La cuenta se ha eliminado."),
    "merged": ("Merged into another account.", "Fusionada con otra cuenta."),
    "churned": ("No longer a client.", "Ya no es cliente."),
    "at_risk": ("The relationship is marked as at risk.", "La relación consta como en riesgo."),
    "unreadable_no": (
        "A row that may be a no cannot be read ({source}): mend it, or release the account.",
        "Una fila que puede ser un no no se puede leer ({source}): corríjala o libere la cuenta.",
    ),
    "permission_denied": (
        "Denied the permission that this ask needs (since: {since}).",
        "Ha denegado el permiso que exige esta petición (desde: {since}).",
    ),
    "contact_objection": (
        "Every known contact asked not to be approached.",
        "Todos los contactos conocidos han pedido que no se les contacte.",
    ),
    "contacts_denied": (
        "Every known contact has refused this kind of use or objected.",
        "Todos los contactos conocidos han denegado este uso o se oponen.",
    ),
    "open_case": (
        "Open case of severity {figure:.0f} (since: {since}).",
        "Incidencia abierta de gravedad {figure:.0f} (desde: {since}).",
    ),
    "pending_renewal": (
        "Renewal pending (since: {since}; due: {when}).",
        "Renovación pendiente (desde: {since}; vence: {when}).",
    ),
    "lost_renewal": (
        "Did not renew on {since}; the account then rests {figure:.0f} days.",
        "No renovó el {since}; la cuenta descansa {figure:.0f} días.",
    ),
    "declined": (
        "Declined on {since}; this ask then rests {figure:.0f} days.",
        "Dijo que no el {since}; esta petición descansa {figure:.0f} días.",
    ),
    "not_now": (
        "Said not now on {since}; this ask then rests {figure:.0f} days.",
        "Dijo ahora no el {since}; esta petición descansa {figure:.0f} días.",
    ),
    "yearly_cap": (
        "Asked {figure:.0f} times in the last 365 days: no more until the older asks are a year past.",
        "{figure:.0f} peticiones en los últimos 365 días: ninguna más hasta que las antiguas cumplan un año.",
    ),
    "effort": (
        "About {figure:.0f} minutes of what was asked still weigh on them; they rest until it is less.",
        "Aún les pesan unos {figure:.0f} minutos de lo que se les pidió; descansan hasta que sea menos.",
    ),
    "contacts_effort": (
        "Every contact who may be asked has given much of late: about {figure:.0f} minutes or more.",
        "Todos los contactos a quienes se puede pedir han dado mucho hace poco: unos {figure:.0f} minutos o más.",
    ),
    "cooldown": (
        "Last asked on {since}; {figure:.0f} days must pass between asks.",
        "Última petición el {since}; han de pasar {figure:.0f} días entre peticiones.",
    ),
}
_UNKNOWN = ("unknown", "sin fecha")


def detail(blocks: pd.DataFrame, language: str) -> pd.Series:
    """One sentence for each block, in English or Spanish (`language` en or es)."""
    which = int(language == "es")
    days = (blocks[name].dt.floor("D") for name in ("since", "when"))
    first, kind = kinds([blocks["rule"], *days, blocks["figure"], blocks["source"]])
    distinct = blocks.iloc[first]
    since, when = (_day_texts(distinct[name], which) for name in ("since", "when"))
    facts = zip(distinct["rule"], since, when, distinct["figure"], distinct["source"], strict=True)
    words = [SENTENCES[rule][which].format(since=s, when=w, figure=f, source=o) for rule, s, w, f, o in facts]
    return pd.Series(pd.array(words, dtype="str").take(kind), index=blocks.index)


def _day_texts(times: pd.Series, which: int) -> list[str]:
    return list(times.dt.strftime("%Y-%m-%d").fillna(_UNKNOWN[which]))


Rule = Callable[[Facts, datetime, config.Policy], pd.DataFrame]

RULES: tuple[Rule, ...] = (
    account_status_rule,
    permission_denied,
    contact_objection,
    contacts_denied,
    unreadable_noes,
    open_cases,
    pending_renewals,
    lost_renewals,
    declined,
    not_now,
    yearly_cap,
    cooldown,
)
EFFORT_RULES = (account_effort, contacts_effort)
EFFORT = config.Effort()
PRECEDENCE = {rule: rank for rank, rule in enumerate(SENTENCES)}
COLUMNS = ("account_id", "level", "eligible", "rule", "since", "until", "detail")


def blocks(facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort = EFFORT) -> pd.DataFrame:
    """Every reason to rest, strongest first within account and level, with the columns of `policy.inputs`.

    A rule with no known end is stronger than any with one, then the later first free date, then `PRECEDENCE`,
    then the earlier start: so the strongest block's `until` is the first date on which no timed rule blocks.
    """
    by_rules = [rule(facts, as_of, policy) for rule in RULES]
    rows = block_frame([*by_rules, *(rule(facts, as_of, policy, effort) for rule in EFFORT_RULES)])
    rows = rows[among(rows["account_id"], existing_at(facts.accounts, as_of)["account_id"])]
    order = rows.assign(precedence=rows["rule"].map(PRECEDENCE))
    by = ["account_id", "level", "until", "precedence", "since"]
    strongest_first = order.sort_values(by, ascending=[True, True, False, True, True], na_position="first")
    return strongest_first[list(rows)].reset_index(drop=True)


def verdicts(
    facts: Facts,
    as_of: datetime,
    policy: config.Policy,
    language: str = "en",
    effort: config.Effort = EFFORT,
) -> pd.DataFrame:
    """One verdict for every account known at `as_of` and every level 1–5, sorted by account_id, level.

    `effort` is what an ask of each level costs the client, in minutes.

    Returns
    -------
    frame of `COLUMNS`: `rule` and `detail` are '' where eligible; `since` and `until` are naive UTC, missing where
    unknown; `until` is the first midnight at which the account may be asked, as far as is known at `as_of`.
    """
    accounts = existing_at(facts.accounts, as_of)[["account_id"]].sort_values("account_id", ignore_index=True)
    strongest = blocks(facts, as_of, policy, effort).drop_duplicates(["account_id", "level"])
    strongest = strongest.assign(detail=detail(strongest, language))
    rows, position = every_level(accounts), _positions(accounts["account_id"], strongest)
    return rows.assign(
        eligible=position < 0,
        **{name: strongest[name].array.take(position, allow_fill=True, fill_value="") for name in ("rule", "detail")},
        **{name: strongest[name].array.take(position, allow_fill=True) for name in ("since", "until")},
    )[list(COLUMNS)]


def _positions(account_ids: pd.Series, strongest: pd.DataFrame) -> npt.NDArray[np.intp]:
    """For every account × level the place of its block in `strongest`, −1 where there is none: to join as many rows as
    there are costs more than to judge them."""
    position = np.full((len(account_ids), len(LEVEL_NUMBERS)), -1)
    position[pd.Index(account_ids).get_indexer(pd.Index(strongest["account_id"])), strongest["level"] - 1] = np.arange(
        len(strongest)
    )
    return position.ravel()
