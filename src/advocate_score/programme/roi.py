"""What the programme may have returned, with every assumption written beside the figure."""

from dataclasses import asdict, dataclass

import numpy as np

from advocate_score.config import Programme
from advocate_score.programme.estimates import Estimate, ratio
from advocate_score.programme.outcome import closed
from advocate_score.programme.periods import Period
from advocate_score.programme.records import Records

NEEDED = ("cost_per_year", "margin", "attribution")
ASSUMPTIONS = {
    "cost_per_year": (
        "The programme costs {cost_per_year:,.2f}{unit} a year, as stated in [programme] cost_per_year.",
        "El programa cuesta {cost_per_year:,.2f}{unit} al año, según [programme] cost_per_year.",
    ),
    "margin": (
        "Of the value of a won deal {margin:.0%} is earned, as stated in [programme] margin.",
        "Del valor de un negocio ganado se gana el {margin:.0%}, según [programme] margin.",
    ),
    "attribution": (
        "Of a won deal that had a reference {attribution:.0%} is credited to the programme, as stated in [programme] "
        "attribution; no data here can show that share.",
        "De un negocio ganado con referencia se atribuye al programa el {attribution:.0%}, según [programme] "
        "attribution; ningún dato de aquí puede demostrar esa parte.",
    ),
    "scope": (
        "Only deals won with a reference agreed before they were closed count; content, referrals and renewals add "
        "nothing here.",
        "Solo cuentan los negocios ganados con una referencia acordada antes del cierre; contenidos, recomendaciones "
        "y renovaciones no suman aquí.",
    ),
    "interval": (
        "The interval is that of which deals were won; it leaves out how wrong the stated figures may be.",
        "El intervalo es el de qué negocios se ganaron; no incluye cuánto pueden errar las cifras declaradas.",
    ),
}


@dataclass(frozen=True)
class Roi:
    """value: (benefit − cost) / cost, with bounds · won_value: of deals won with a reference · break_even_attribution:
    the share of their value that would have to be the programme's work for it to pay for itself."""

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
    """Needs every setting of `NEEDED`."""
    settings = records.settings
    margin, attribution = settings.margin or np.nan, settings.attribution or np.nan
    cost = (settings.cost_per_year or 0.0) * period.years
    deals = closed(records, period, with_reference=True).dropna(subset=["value"])
    won = np.where(deals["won"].astype(bool), deals["value"], 0.0)
    found = ratio(won, np.ones(len(won))) if len(won) else Estimate(0, 0, 0.0)
    whole = np.array([found.value, found.low, found.high]) * len(won)
    value, low, high = (whole * margin * attribution - cost) / cost if cost else np.full(3, np.nan)
    return Roi(
        value=float(value),
        low=float(low),
        high=float(high),
        benefit=float(whole[0] * margin * attribution),
        cost=cost,
        won_value=float(whole[0]),
        won_deals=int((won > 0).sum()),
        break_even_attribution=float(cost / (whole[0] * margin)) if whole[0] else np.nan,
        currency=settings.currency,
        period=period.name,
    )


def assumptions(settings: Programme, language: str) -> list[str]:
    """One sentence each, with the figures that were stated."""
    stated = settings.model_dump() | {"unit": f" {settings.currency}" if settings.currency else ""}
    return [words[language == "es"].format(**stated) for words in ASSUMPTIONS.values()]


def as_record(found: Roi) -> dict[str, object]:
    return asdict(found)
