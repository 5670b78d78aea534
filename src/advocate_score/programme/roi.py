"""The estimated return of the programme, with every assumption stated beside the figure, and the quarterly review."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy import stats

from advocate_score.config import Programme
from advocate_score.programme.inputs import Period, Records
from advocate_score.programme.measures import closed_opportunities, is_influenced
from advocate_score.signal_words import value_words
from advocate_score.stats import Estimate, ratio, share
from advocate_score.text import Text

NEEDED = ("cost_per_year", "margin", "attribution")
ASSUMPTIONS = {
    "cost_per_year": Text(
        "The programme costs {cost_per_year} a year, as stated in [programme] cost_per_year.",
        "El programa cuesta {cost_per_year} al año, según [programme] cost_per_year.",
    ),
    "margin": Text(
        "Of the value of a won deal {margin} is earned, as stated in [programme] margin.",
        "Del valor de un negocio ganado se gana el {margin}, según [programme] margin.",
    ),
    "attribution": Text(
        "Of a won deal that had a reference {attribution} is credited to the programme, as stated in [programme] "
        "attribution; no data here can show that share.",
        "De un negocio ganado con referencia se atribuye al programa el {attribution}, según [programme] "
        "attribution; ningún dato de aquí puede demostrar esa parte.",
    ),
    "scope": Text(
        "Only deals won with a reference agreed before they were closed count; content, referrals and renewals add "
        "nothing here.",
        "Solo cuentan los negocios ganados con una referencia acordada antes del cierre; contenidos, recomendaciones "
        "y renovaciones no suman aquí.",
    ),
    "interval": Text(
        "The interval is that of which deals were won; it leaves out how wrong the stated figures may be.",
        "El intervalo es el de qué negocios se ganaron; no incluye cuánto pueden errar las cifras declaradas.",
    ),
}


@dataclass(frozen=True)
class Roi:
    """The estimated return on investment.

    value: (benefit − cost) / cost, with bounds · won_value: the value of deals won with a reference ·
    break_even_attribution: the share of `won_value` that the programme would have to cause in order to pay for itself.
    """

    value: float
    low: float
    high: float
    benefit: float
    cost: float
    won_value: float
    won_deals: int
    break_even_attribution: float
    currency: str
    period: str


def missing_settings(settings: Programme) -> tuple[str, ...]:
    return tuple(f"[programme] {name}" for name in NEEDED if getattr(settings, name) is None)


def roi(records: Records, period: Period) -> Roi:
    """Return the return on investment of a period; every setting of `NEEDED` must be set."""
    settings = records.settings
    margin, attribution = settings.margin or np.nan, settings.attribution or np.nan
    cost = (settings.cost_per_year or 0.0) * period.years
    deals = closed_opportunities(records, period, with_reference=True).dropna(subset=["value"])
    won = np.where(deals["won"].astype(bool), deals["value"], 0.0)
    mean_deal = ratio(won, np.ones(len(won))) if len(won) else Estimate(0, 0, 0.0)
    total = np.array([mean_deal.value, mean_deal.low, mean_deal.high]) * len(won)
    value, low, high = (total * margin * attribution - cost) / cost if cost else np.full(3, np.nan)
    return Roi(
        value=float(value),
        low=float(low),
        high=float(high),
        benefit=float(total[0] * margin * attribution),
        cost=cost,
        won_value=float(total[0]),
        won_deals=int((won > 0).sum()),
        break_even_attribution=float(cost / (total[0] * margin)) if total[0] else np.nan,
        currency=settings.currency,
        period=period.name,
    )


def assumptions(settings: Programme, language: str) -> list[str]:
    """Return one sentence per assumption, with the configured figures."""
    stated = {name: _state_figure(getattr(settings, name), form, language, settings) for name, form in _FORMS.items()}
    return [text.in_language(language).format(**stated) for text in ASSUMPTIONS.values()]


_FORMS = {"cost_per_year": "money", "margin": ".0%", "attribution": ".0%"}


def _state_figure(figure: float | None, form: str, language: str, settings: Programme) -> str:
    return "" if figure is None else value_words(figure, form, language, settings.currency)


def as_record(result: Roi) -> dict[str, object]:
    return asdict(result)


INDUSTRIES = ("industry", "accounts", "advocates", "share", "low", "high", "share_elsewhere", "p", "under_represented")
ADVOCATES = ("account_id", "asks", "yes", "delivered", "opportunities")
_FALSE_ALARMS = 0.1
"""The share of flagged industries that may be flagged by chance alone (Benjamini–Hochberg)."""


def industries(records: Records) -> pd.DataFrame:
    """Return the frame of `INDUSTRIES`, least represented first.

    Industries of fewer than `smallest_cell` accounts are left out. p: the chance of as few advocates or fewer if
    advocates were spread over accounts at random (hypergeometric) · under_represented: whether p is small after
    correction for the number of industries.
    """
    advocate = records.accounts["account_id"].isin(records.advocates)
    by_industry = advocate.groupby(records.accounts["industry"]).agg(["size", "sum"])
    by_industry = by_industry[by_industry["size"] >= max(1, records.settings.smallest_cell)]
    size, yes = by_industry["size"].to_numpy(np.int64), by_industry["sum"].to_numpy(np.int64)
    p = np.asarray(stats.hypergeom.cdf(yes, len(advocate), int(advocate.sum()), size), np.float64)
    elsewhere = (advocate.sum() - yes) / np.maximum(len(advocate) - size, 1)
    inside = [_share(records, str(industry), advocate) for industry in by_industry.index]
    rows = pd.DataFrame(inside, columns=["share", "low", "high"]).assign(
        industry=by_industry.index.to_numpy(), accounts=size, advocates=yes, share_elsewhere=elsewhere, p=p
    )
    rows["under_represented"] = stats.false_discovery_control(p) <= _FALSE_ALARMS if len(p) else False
    return rows.sort_values(["p", "industry"], ignore_index=True)[list(INDUSTRIES)]


def advocates(records: Records, period: Period, count: int) -> pd.DataFrame:
    """Return the frame of `ADVOCATES`: the accounts that delivered most in the period, at most `count`.

    Ties are broken by the number of yes, then by account_id. opportunities: how many opportunities the account's
    accepted asks of the period name.
    """
    asks = period.of(records.asks, "asked_at")
    asks = asks.assign(yes=asks["response"] == "accepted", delivered=asks["completed_at"].notna())
    named = records.opportunities.loc[is_influenced(records), "opportunity_id"]
    helping = asks[asks["yes"] & asks["opportunity_id"].isin(named)]
    helped = helping.groupby("account_id")["opportunity_id"].nunique()
    rows = asks.groupby("account_id", as_index=False).agg(
        asks=("ask_id", "size"), yes=("yes", "sum"), delivered=("delivered", "sum")
    )
    rows = rows[rows["yes"] > 0].assign(opportunities=rows["account_id"].map(helped).fillna(0).astype("int64"))
    best_first = rows.sort_values(["delivered", "yes", "account_id"], ascending=[False, False, True])
    return best_first.head(count).reset_index(drop=True)[list(ADVOCATES)]


def _share(records: Records, industry: str, advocate: "pd.Series[bool]") -> tuple[float, float, float]:
    inside = records.accounts["industry"] == industry
    estimate = share(advocate[inside], records.accounts.loc[inside, "account_id"])
    return estimate.value, estimate.low, estimate.high
