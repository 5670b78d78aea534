"""Who may be asked for what: every account × level gets a verdict with its rule, its facts, the first free date, and a
sentence that cites the account's own facts and names no person.

The rules do not know readiness, so no readiness can override them; the ranking applies the verdicts last.
"""

from datetime import UTC, datetime, tzinfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score import config
from advocate_score.dates import local_days, spoken_days
from advocate_score.frames import among, begins, kinds
from advocate_score.ladder import Levels
from advocate_score.policy import rules
from advocate_score.policy.inputs import Facts, block_frame, every_level, existing_at
from advocate_score.signal_words import value_words
from advocate_score.text import Text

_UNKNOWN = Text("unknown", "sin fecha")


def detail(blocks: pd.DataFrame, language: str, zone: tzinfo = UTC) -> pd.Series:
    """One sentence for each block, in English or Spanish (`language` en or es), with the days of `zone`."""
    days = (local_days(blocks[name], zone) for name in ("since", "when"))
    first, kind = kinds([blocks["rule"], *days, blocks["figure"], blocks["source"]])
    distinct = blocks.iloc[first]
    since, when = (_day_texts(distinct[name], language, zone) for name in ("since", "when"))
    facts = zip(distinct["rule"], since, when, distinct["figure"], distinct["source"], strict=True)
    sentences = {rule.code: rule.sentence.in_language(language) for rule in rules.RULES}
    words = [
        sentences[rule].format(since=s, when=w, source=o, **_figure_words(f, language)) for rule, s, w, f, o in facts
    ]
    return pd.Series(pd.array(words, dtype="str").take(kind), index=blocks.index)


def _day_texts(instants: pd.Series, language: str, zone: tzinfo) -> list[str]:
    return list(spoken_days(instants, zone, language).fillna(_UNKNOWN.in_language(language)))


_FIGURE_FORMS = {"figure": ".0f", "times": "times", "days": "days"}


def _figure_words(figure: float, language: str) -> dict[str, str]:
    if pd.isna(figure):
        return dict.fromkeys(_FIGURE_FORMS, "")
    return {name: value_words(round(figure), form, language) for name, form in _FIGURE_FORMS.items()}


EFFORT = config.Effort()
COLUMNS = ("account_id", "level", "eligible", "rule", "since", "until", "free_at", "detail")


def blocks(facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort = EFFORT) -> pd.DataFrame:
    """Every reason to rest, strongest first within account and level, with the columns `BLOCK_COLUMNS` of
    `policy.inputs`.

    A rule without a known end is stronger than any with one; then the later first free date, the order of `RULES` and
    the earlier start decide. So the strongest block's `until` is the first date on which no timed rule blocks.

    Parameters
    ----------
    facts : the tables that the contact rules read.
    as_of : the instant to judge at.
    policy : the limits of the rules.
    effort : what an ask of each level costs the client, in minutes.
    """
    rows = block_frame([rule.blocks(facts, as_of, policy, effort) for rule in rules.RULES])
    rows = rows[among(rows["account_id"], existing_at(facts.accounts, as_of)["account_id"])]
    precedence = {rule.code: rank for rank, rule in enumerate(rules.RULES)}
    order = rows.assign(precedence=rows["rule"].map(precedence))
    by = ["account_id", "level", "until", "precedence", "since"]
    strongest_first = order.sort_values(by, ascending=[True, True, False, True, True], na_position="first")
    return strongest_first[list(rows)].reset_index(drop=True)


def verdicts(
    facts: Facts,
    as_of: datetime,
    policy: config.Policy,
    language: str = "en",
    effort: config.Effort = EFFORT,
    zone: tzinfo = UTC,
) -> pd.DataFrame:
    """One verdict for every account known at `as_of` and every level, sorted by account_id, level.

    Parameters
    ----------
    facts : the tables that the contact rules read.
    as_of : the instant to judge at.
    policy : the limits of the rules.
    language : of `detail`, en or es.
    effort : what an ask of each level costs the client, in minutes.
    zone : of the days in `detail`.

    Returns
    -------
    frame of `COLUMNS`: `rule` and `detail` are '' where eligible; `since`, `until` and `free_at` are naive UTC, missing
    where unknown. `free_at` is the instant from which the account may be asked, as far as is known at `as_of`, and
    `until` the first midnight from then on.
    """
    accounts = existing_at(facts.accounts, as_of)[["account_id"]].sort_values("account_id", ignore_index=True)
    strongest = _strongest(blocks(facts, as_of, policy, effort))
    strongest = strongest.assign(detail=detail(strongest, language, zone))
    rows, position = every_level(accounts, facts.levels), _positions(accounts["account_id"], strongest, facts.levels)
    return rows.assign(
        eligible=position < 0,
        **{name: strongest[name].array.take(position, allow_fill=True, fill_value="") for name in ("rule", "detail")},
        **{name: strongest[name].array.take(position, allow_fill=True) for name in ("since", "until", "free_at")},
    )[list(COLUMNS)]


def _strongest(rows: pd.DataFrame) -> pd.DataFrame:
    """The first block of each account and level; it is free once the last of the blocks with a known end has ended."""
    first = np.flatnonzero(begins(rows["account_id"].array) | begins(rows["level"].array))
    if not len(first):
        return rows
    free_at = np.maximum.reduceat(rows["free_at"].to_numpy("datetime64[us]").astype("int64"), first)
    strongest = rows.iloc[first]
    return strongest.assign(free_at=free_at.astype("datetime64[us]")).assign(
        free_at=lambda blocks: blocks["free_at"].where(blocks["until"].notna())
    )


def _positions(account_ids: pd.Series, strongest: pd.DataFrame, levels: Levels) -> npt.NDArray[np.intp]:
    """For every account × level, the position of its block in `strongest`, or −1 without a block.

    Positions are used because a join of this many rows costs more than applying the rules.
    """
    position = np.full((len(account_ids), len(levels)), -1)
    position[pd.Index(account_ids).get_indexer(pd.Index(strongest["account_id"])), strongest["level"] - 1] = np.arange(
        len(strongest)
    )
    return position.ravel()
