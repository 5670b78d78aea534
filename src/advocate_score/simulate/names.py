"""Names of companies and people, built from parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate import vocabulary as v
from advocate_score.simulate.arrays import Bools, Ints, chosen
from advocate_score.simulate.streams import Rng

_GERMAN_SHARE = 0.2
_PAIR_SHARE = 0.5


@dataclass(frozen=True)
class _House:
    """How companies of one language are named; `pattern` joins place, trade and legal form."""

    trades: Mapping[str, Sequence[str]]
    places: Sequence[str]
    forms: Sequence[str]
    pattern: str
    pair: str

    def name(self, industry: str, draw: Sequence[float]) -> str:
        place, partner = _of(self.places, draw[0]), _of(self.places, draw[1])
        if draw[2] < _PAIR_SHARE and partner != place:
            place = self.pair.format(place, partner)
        trade, form = _of(self.trades[industry], draw[3]), _of(self.forms, draw[4])
        return self.pattern.format(place=place, trade=trade, form=form)


_HOUSES = (
    _House(v.SPANISH_TRADES, v.SPANISH_PLACES, v.SPANISH_FORMS, "{trade} {place} {form}", "{} y {}"),
    _House(v.ENGLISH_TRADES, v.ENGLISH_PLACES, v.ENGLISH_FORMS, "{place} {trade} {form}", "{} & {}"),
    _House(v.GERMAN_TRADES, v.GERMAN_PLACES, v.GERMAN_FORMS, "{place} {trade} {form}", "{} & {}"),
)


def company_names(industry: Ints, spanish: Bools, rng: Rng) -> pd.Series:
    """One name an account: `Transportes Valdelagua S.L.`, `Northbrook Freight Ltd`, `Kessler Maschinenbau GmbH`."""
    house = np.where(spanish, 0, np.where(rng.random(len(spanish)) < _GERMAN_SHARE, 2, 1))
    draws = rng.random((len(spanish), 5))
    rows = zip(house.tolist(), industry.tolist(), draws.tolist(), strict=True)
    return pd.Series([_HOUSES[h].name(v.INDUSTRIES[i], draw) for h, i, draw in rows], dtype="str")


def _of(words: Sequence[str], draw: float) -> str:
    return words[int(draw * len(words))]


def people(spanish: Bools, rng: Rng) -> pd.Series:
    """One name a person."""
    first, last = rng.random((2, len(spanish)))
    names = [
        f"{_of(v.SPANISH_FIRST_NAMES, a)} {_of(v.SPANISH_SURNAMES, b)}"
        if is_spanish
        else f"{_of(v.OTHER_FIRST_NAMES, a)} {_of(v.OTHER_SURNAMES, b)}"
        for is_spanish, a, b in zip(spanish.tolist(), first.tolist(), last.tolist(), strict=True)
    ]
    return pd.Series(names, dtype="str")


def titles(spanish: Bools, seniority: Ints, rng: Rng) -> pd.Series:
    """A job title that fits the seniority."""
    draws = rng.random(len(spanish)).tolist()
    rows = zip(spanish.tolist(), seniority.tolist(), draws, strict=True)
    chosen_titles = [_of((v.SPANISH_TITLES if es else v.ENGLISH_TITLES)[rank], draw) for es, rank, draw in rows]
    return pd.Series(chosen_titles, dtype="str")


def owners(count: int, rng: Rng) -> list[str]:
    """Account managers, all with different names; at most 800 of them."""
    pairs = [f"{a} {b}" for a in v.SPANISH_FIRST_NAMES for b in v.SPANISH_SURNAMES]
    pairs += [f"{a} {b}" for a in v.OTHER_FIRST_NAMES for b in v.OTHER_SURNAMES]
    order = rng.permutation(len(pairs))[:count]
    return [pairs[place] for place in order]


def owner_of_each(accounts: int, rng: Rng) -> pd.Series:
    """About forty accounts an owner."""
    staff = owners(max(3, min(800, accounts // 40)), rng)
    return pd.Series(np.asarray(staff, dtype=object)[chosen(rng, [1] * len(staff), accounts)], dtype="str")
