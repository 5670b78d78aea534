"""What can be had in place of an ask that a rule forbids (source A, consent and boundaries).

A private reference for a public case, an informal introduction for a formal testimonial, an anonymised story that is
told inside the firm and asks nothing of the client. Consent goes before all: whoever denied any use gives nothing,
whoever denied sales gives no reference, no introduction and no story.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS

PRIVATE_REFERENCE, INTRODUCTION, STORY = "private_reference", "introduction", "story"
OF_LEVEL = {
    1: (INTRODUCTION, STORY),
    2: (PRIVATE_REFERENCE, STORY),
    3: (STORY,),
    4: (PRIVATE_REFERENCE, STORY),
    5: (),
}
_SALES_LEVEL = 3
"""The level that needs the permission to be used in sales."""
_CONSENT = {"permission_denied", "contacts_denied"}
_PACE = {"yearly_cap", "cooldown", "effort", "contacts_effort"}
_STORY_MAY_BE_TOLD = {*_CONSENT, *_PACE, "declined", "not_now"}
"""Rules that forbid to ask, but not to tell what the client let us tell."""

_WORDS = {
    PRIVATE_REFERENCE: (
        "a private reference call in place of the public ask",
        "una llamada de referencia privada en lugar de la petición pública",
    ),
    INTRODUCTION: (
        "an informal introduction in place of a formal testimonial",
        "una presentación informal en lugar de un testimonio formal",
    ),
    STORY: (
        "their story told anonymously inside the firm, which asks nothing of them",
        "su historia contada de forma anónima dentro de la firma, sin pedirles nada",
    ),
}


def substitutes(blocks: pd.DataFrame, level: int, accounts: pd.Series, with_story: Iterable[str]) -> pd.Series:
    """account_id → what may be had in place of `level`, codes separated by blanks; '' where nothing may.

    Parameters
    ----------
    blocks : account_id, level, rule: every reason to rest of these accounts (`policy.eligibility.blocks`).
    accounts : account_ids that rest at `level`. with_story : accounts with a confirmed result that may be told.
    """
    told = set(with_story)
    rules = blocks.groupby(["account_id", "level"])["rule"].agg(set).to_dict()
    at = {one: {number: rules.get((one, number), set()) for number in LEVEL_NUMBERS} for one in accounts}
    found = {one: _of_account(at[one], level, one in told) for one in accounts}
    return pd.Series({one: " ".join(kinds) for one, kinds in found.items()}, dtype="str")


def in_words(codes: str, language: str = "en") -> list[str]:
    return [_WORDS[code][language == "es"] for code in codes.split()]


def _of_account(at: Mapping[int, set[str]], level: int, has_story: bool) -> list[str]:
    """`at`: the rules that block each level."""
    in_sales = at[_SALES_LEVEL]
    tellable = set().union(*at.values()) <= _STORY_MAY_BE_TOLD and not in_sales & _CONSENT
    open_to = {PRIVATE_REFERENCE: not in_sales, INTRODUCTION: not in_sales, STORY: has_story and tellable}
    return [kind for kind in OF_LEVEL[level] if open_to[kind]]
