"""References for one prospect: which clients resemble it, how ready they are, whether they may be asked now, and what
can replace an ask that a rule forbids (source A, consent and boundaries).

The substitutes are a private reference for a public case, an informal introduction for a formal testimonial, and an
anonymised story told inside the firm, which asks nothing of the client. Consent comes first: a client that denied any
use offers no substitute; one that denied sales use offers no reference, introduction or story.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, tzinfo

import pandas as pd

from advocate_score import config
from advocate_score.dates import spoken_days
from advocate_score.errors import Fault, InputError
from advocate_score.ladder import LEVELS, Level, Levels
from advocate_score.policy import coverage
from advocate_score.policy.pools import last_asked_phrase, readiness_phrase
from advocate_score.policy.rules import RULES
from advocate_score.text import Text

COLUMNS = ("account_id", "fit", "fits", "score", "readiness", "readiness_low", "readiness_high", "eligible")
_UNREADY = Text("below the level's threshold", "por debajo del umbral del nivel")

Prospect = Mapping[str, str]
"""attribute → value, as far as known; case and accents do not matter."""


def matching_clients(clients: pd.DataFrame, prospect: Prospect, weights: config.Fit) -> pd.DataFrame:
    """The clients that share an attribute with the prospect.

    Parameters
    ----------
    clients : account_id, `ATTRIBUTES`.

    Returns
    -------
    frame of account_id, fit (the weight of the shared attributes, as a share of the weight of the prospect's known
    attributes, above 0 to 1), fits (the shared attributes, separated by blanks).
    """
    known = _known_attributes(prospect)
    shared = pd.DataFrame({name: coverage.normalized_values(clients[name]) == value for name, value in known.items()})
    weight = pd.Series({name: weights.of(name) for name in known}, dtype="float64")
    fit = shared.mul(weight).sum(axis=1) / weight.sum() if weight.sum() else shared.mean(axis=1)
    words = [" ".join(name for name in known if row[name]) for row in shared.to_dict("records")]
    rows = pd.DataFrame(
        {"account_id": clients["account_id"], "fit": fit, "fits": pd.Series(words, shared.index, "str")}
    )
    return rows[shared.any(axis=1)].reset_index(drop=True)


def require_attributes(prospect: Prospect) -> None:
    """Raise InputError if no attribute of the prospect is known."""
    if not _known_attributes(prospect):
        names = ", ".join(_option(name) for name in coverage.ATTRIBUTES)
        raise InputError([Fault("match", "nothing is said about the prospect.", f"give one or more of {names}")])


def unmatched_attributes(clients: pd.DataFrame, prospect: Prospect) -> list[Fault]:
    """The prospect's attributes that no client shares, with the nearest existing values; InputError if none is
    shared."""
    faults = list(_unmatched_attributes(clients, prospect))
    if len(faults) == len(_known_attributes(prospect)):
        raise InputError(faults)
    return faults


def rank_matches(fit: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """The matching clients, best first: eligible ones, then by fit × lower bound of readiness; ties by longest since
    asked, then by account_id.

    Parameters
    ----------
    fit : as returned by `matching_clients`.
    candidates : account_id, readiness, readiness_low, readiness_high, eligible, last_asked_at, one row per account
        at the level of the ask.

    Returns
    -------
    frame of `COLUMNS` and the further columns of `candidates`.
    """
    rows = fit.merge(candidates, on="account_id")
    rows = rows.assign(score=(rows["fit"] * rows["readiness_low"]).round(6), eligible=rows["eligible"].astype(bool))
    by = ["eligible", "score", "last_asked_at", "account_id"]
    order = rows.sort_values(by, ascending=[False, False, True, True], na_position="first", ignore_index=True)
    return order[[*COLUMNS, *(name for name in order if name not in COLUMNS)]]


def match_reasons(rows: pd.DataFrame, threshold: float, language: str = "en", zone: tzinfo = UTC) -> pd.Series:
    """One sentence for each match (columns of `rank_matches`): the shared attributes, the readiness and the day of
    `zone` on which it was last asked."""
    words = []
    for row in rows.assign(last_asked=spoken_days(rows["last_asked_at"], zone, language)).to_dict("records"):
        parts = [coverage.shared_attribute_phrase(name, language) for name in row["fits"].split()]
        parts += [readiness_phrase(row, language)]
        parts += [_UNREADY.in_language(language)] if row["readiness"] < threshold else []
        words.append("; ".join([*parts, last_asked_phrase(row["last_asked"], language)]))
    return pd.Series(words, rows.index, "str")


def _known_attributes(prospect: Prospect) -> dict[str, str]:
    """The prospect's known attributes, normalized."""
    return {
        name: coverage.normalized_text(prospect[name])
        for name in coverage.ATTRIBUTES
        if coverage.normalized_text(prospect.get(name, ""))
    }


def _unmatched_attributes(clients: pd.DataFrame, prospect: Prospect) -> Iterator[Fault]:
    for name, value in _known_attributes(prospect).items():
        names = coverage.usual_spellings(clients[name])
        if value not in names.index:
            yield Fault(_option(name), f"no client has '{prospect[name]}'.", _nearest(value, names))


def _nearest(value: str, names: pd.Series) -> str:
    close = difflib.get_close_matches(value, list(names.index), n=3)
    if close:
        return "did you mean " + " or ".join(f"'{names[key]}'" for key in close) + "?"
    return (
        "choose one of " + ", ".join(f"'{name}'" for name in names.head(12))
        if len(names)
        else "no client has one at all"
    )


def _option(attribute: str) -> str:
    return "--" + attribute.replace("_", "-")


PRIVATE_REFERENCE, INTRODUCTION, STORY = "private_reference", "introduction", "story"
SUBSTITUTES_OF = {
    "testimonial": (INTRODUCTION, STORY),
    "case_study": (PRIVATE_REFERENCE, STORY),
    "reference_call": (STORY,),
    "speaking": (PRIVATE_REFERENCE, STORY),
    "advisory_board": (),
}
"""Slug of a level → what may stand in for it; a level of another slug has the story alone."""
_SALES = "sales"
_CONSENT = {"permission_denied", "contacts_denied"}
_STORY_MAY_BE_TOLD = {*_CONSENT, *(rule.code for rule in RULES if rule.limits_pace), "declined", "not_now"}
"""Rules that forbid an ask, but not telling a story that the client already released."""

_WORDS = {
    PRIVATE_REFERENCE: Text(
        "a private reference call in place of the public ask",
        "una llamada de referencia privada en lugar de la petición pública",
    ),
    INTRODUCTION: Text(
        "an informal introduction in place of a formal testimonial",
        "una presentación informal en lugar de un testimonio formal",
    ),
    STORY: Text(
        "their story told anonymously inside the firm, which asks nothing of them",
        "su historia contada de forma anónima dentro de la firma, sin pedirles nada",
    ),
}


def substitutes(
    blocks: pd.DataFrame, level: int, accounts: pd.Series, with_story: Iterable[str], levels: Levels = LEVELS
) -> pd.Series:
    """account_id → possible substitutes for an ask at `level`, as codes separated by blanks; '' if there are none.

    Parameters
    ----------
    blocks : account_id, level, rule: every reason to rest of these accounts (`policy.eligibility.blocks`).
    level : the level of the ask. accounts : account_ids that rest at `level`.
    with_story : accounts with a confirmed result that may be told.
    """
    accounts_with_story = set(with_story)
    rules = blocks.groupby(["account_id", "level"])["rule"].agg(set).to_dict()
    rules_by_level = {
        account: {number: rules.get((account, number), set()) for number in levels} for account in accounts
    }
    kinds_by_account = {
        account: _substitutes_of_account(rules_by_level[account], levels[level], account in accounts_with_story, levels)
        for account in accounts
    }
    return pd.Series({account: " ".join(kinds) for account, kinds in kinds_by_account.items()}, dtype="str")


def substitute_names(codes: str, language: str = "en") -> list[str]:
    return [_WORDS[code].in_language(language) for code in codes.split()]


def _substitutes_of_account(at: Mapping[int, set[str]], level: Level, has_story: bool, levels: Levels) -> list[str]:
    """`at`: the rules that block each level. Where no level needs the permission for use in sales, every level must
    be free."""
    in_sales = set().union(*(at[number] for number in _levels_in_sales(levels) or levels))
    tellable = set().union(*at.values()) <= _STORY_MAY_BE_TOLD and not in_sales & _CONSENT
    open_to = {PRIVATE_REFERENCE: not in_sales, INTRODUCTION: not in_sales, STORY: has_story and tellable}
    return [kind for kind in SUBSTITUTES_OF.get(level.slug, (STORY,)) if open_to[kind]]


def _levels_in_sales(levels: Levels) -> list[int]:
    return [number for number, level in levels.items() if _SALES in level.channels]
