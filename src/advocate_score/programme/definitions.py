"""Every figure of the programme: its name, what it needs, and what it means in English and Spanish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from advocate_score.programme import measures
from advocate_score.programme.inputs import Period, Records
from advocate_score.stats import Estimate
from advocate_score.text import Text

Group = Literal["activity", "outcome", "health"]
Unit = Literal["share", "per_quarter", "money", "days", "asks", "points", "index", "ratio"]
Breakdown = Literal["level", "industry", "prospect_industry"]
PUBLICATIONS, SETTINGS = "publications", "[programme]"
"""Sources beside the canonical tables: publications with readiness.parquet, and settings."""


@dataclass(frozen=True)
class Metric:
    """One figure of the programme.

    `needs`: table → columns that its export must have · `by`: the breakdowns in which the figure is also given ·
    `to_date`: given once, up to the as-of instant, and not for each calendar period.
    """

    slug: str
    group: Group
    unit: Unit
    measure: Callable[[Records, Period], Estimate]
    needs: Mapping[str, tuple[str, ...]]
    meaning: Text
    by: tuple[Breakdown, ...] = field(default=())
    to_date: bool = False


_ASKS = {"asks": ("response",)}
_DELIVERIES = {"asks": ("response", "completed_at")}
_REFERENCES = {"asks": ("response", "opportunity_id"), "opportunities": ("closed_at", "won")}
_DURATIONS = {"asks": ("response", "opportunity_id"), "opportunities": ("opened_at", "closed_at", "won")}
_INFLUENCE = {"asks": ("response", "opportunity_id"), "opportunities": ("opened_at", "value")}
_EARNINGS = {"asks": ("response",), "renewals": ("amount",)}
_MOOD = {"asks": ("response",), "surveys": ("nps",)}

METRICS = (
    Metric(
        "identification_rate",
        "activity",
        "share",
        measures.identification_rate,
        {PUBLICATIONS: ()},
        Text(
            "Of the clients that may be asked at a level, those whose readiness reaches its threshold; last "
            "publication.",
            "De los clientes a los que se puede pedir en un nivel, los que alcanzan su umbral; última publicación.",
        ),
        ("level", "industry"),
    ),
    Metric(
        "participation_rate",
        "activity",
        "share",
        measures.participation_rate,
        _ASKS,
        Text(
            "Of the asks whose time to answer has passed, those with a yes within it.",
            "De las peticiones cuyo plazo de respuesta ha pasado, las que recibieron un sí dentro de él.",
        ),
        ("level", "industry"),
    ),
    Metric(
        "content_per_quarter",
        "activity",
        "per_quarter",
        measures.content_per_quarter,
        {"assets": ("published_at",)},
        Text("Assets published, per quarter of a year.", "Piezas publicadas por trimestre."),
        ("level", "industry"),
    ),
    Metric(
        "completion_rate",
        "activity",
        "share",
        measures.completion_rate,
        _DELIVERIES,
        Text(
            "Of the accepted asks whose time to deliver has passed, those delivered within it.",
            "De las peticiones aceptadas cuyo plazo de entrega ha pasado, las entregadas dentro de él.",
        ),
        ("level", "industry"),
    ),
    Metric(
        "reference_completion_rate",
        "activity",
        "share",
        measures.reference_completion_rate,
        _DELIVERIES,
        Text(
            "The same of reference calls alone: agreed, and held in time.",
            "Lo mismo solo de llamadas de referencia: acordadas y hechas a tiempo.",
        ),
        ("industry",),
    ),
    Metric(
        "speaking_participation",
        "activity",
        "share",
        measures.speaking_participation,
        _ASKS,
        Text(
            "Of the asks to speak whose time to answer has passed, those with a yes within it.",
            "De las peticiones de ponencia cuyo plazo de respuesta ha pasado, las que recibieron un sí dentro de él.",
        ),
        ("industry",),
    ),
    Metric(
        "pipeline_influenced",
        "outcome",
        "money",
        measures.pipeline_influenced,
        _INFLUENCE,
        Text(
            "Value of the opportunities opened in the period that an accepted ask or a published asset names.",
            "Valor de las oportunidades abiertas en el periodo que nombra una petición aceptada o una pieza publicada.",
        ),
        ("prospect_industry",),
    ),
    Metric(
        "pipeline_influenced_share",
        "outcome",
        "share",
        measures.pipeline_influenced_share,
        _INFLUENCE,
        Text(
            "The same as a share of the value of all opportunities opened in the period.",
            "Lo mismo como parte del valor de todas las oportunidades abiertas en el periodo.",
        ),
        ("prospect_industry",),
    ),
    Metric(
        "win_rate_with_reference",
        "outcome",
        "share",
        measures.win_rate_with_reference,
        _REFERENCES,
        Text(
            "Of the opportunities closed in the period with a reference agreed before, those won.",
            "De las oportunidades cerradas en el periodo con una referencia acordada antes, las ganadas.",
        ),
        ("prospect_industry",),
    ),
    Metric(
        "win_rate_without_reference",
        "outcome",
        "share",
        measures.win_rate_without_reference,
        _REFERENCES,
        Text(
            "Of the opportunities closed in the period without one, those won.",
            "De las oportunidades cerradas en el periodo sin ella, las ganadas.",
        ),
        ("prospect_industry",),
    ),
    Metric(
        "win_rate_difference",
        "outcome",
        "share",
        measures.win_rate_difference,
        _REFERENCES,
        Text(
            "The first minus the second: an association, not the effect of a reference.",
            "La primera menos la segunda: una asociación, no el efecto de una referencia.",
        ),
    ),
    Metric(
        "days_to_close_with_reference",
        "outcome",
        "days",
        measures.days_to_close_with_reference,
        _DURATIONS,
        Text(
            "Median days from opening to closing of deals won with a reference.",
            "Mediana de días entre apertura y cierre de los negocios ganados con referencia.",
        ),
    ),
    Metric(
        "days_to_close_without_reference",
        "outcome",
        "days",
        measures.days_to_close_without_reference,
        _DURATIONS,
        Text(
            "Median days from opening to closing of deals won without one.",
            "Mediana de días entre apertura y cierre de los negocios ganados sin ella.",
        ),
    ),
    Metric(
        "days_to_close_difference",
        "outcome",
        "days",
        measures.days_to_close_difference,
        _DURATIONS,
        Text(
            "The first minus the second: an association, since a deal open for longer has more time to get one.",
            "La primera menos la segunda: una asociación, pues un negocio que tarda más tiene más tiempo de recibirla.",
        ),
    ),
    Metric(
        "cost_per_lead",
        "outcome",
        "money",
        measures.cost_per_lead,
        {"referrals": (), SETTINGS: ("cost_per_year",)},
        Text(
            "Cost of the programme in the period per referral received in it.",
            "Coste del programa en el periodo por recomendación recibida en él.",
        ),
    ),
    Metric(
        "cost_per_lead_vs_paid",
        "outcome",
        "ratio",
        measures.cost_per_lead_vs_paid,
        {"referrals": (), SETTINGS: ("cost_per_year", "paid_cost_per_lead")},
        Text(
            "The same divided by what a bought lead costs; below 1 is cheaper.",
            "Lo mismo dividido por lo que cuesta un contacto comprado; menos de 1 es más barato.",
        ),
    ),
    Metric(
        "value_to_date_advocates",
        "outcome",
        "money",
        measures.value_to_date_advocates,
        _EARNINGS,
        Text(
            "Mean of renewals, expansions and contractions so far, of accounts that ever said yes.",
            "Media de renovaciones, ampliaciones y reducciones hasta hoy, de cuentas que alguna vez dijeron que sí.",
        ),
        ("industry",),
        to_date=True,
    ),
    Metric(
        "value_to_date_others",
        "outcome",
        "money",
        measures.value_to_date_others,
        _EARNINGS,
        Text("The same of all other accounts.", "Lo mismo de todas las demás cuentas."),
        ("industry",),
        to_date=True,
    ),
    Metric(
        "value_to_date_difference",
        "outcome",
        "money",
        measures.value_to_date_difference,
        _EARNINGS,
        Text(
            "The first minus the second: an association, since long-standing clients are asked more often.",
            "La primera menos la segunda: una asociación, pues a los clientes antiguos se les pide más a menudo.",
        ),
        to_date=True,
    ),
    Metric(
        "asks_per_account",
        "health",
        "asks",
        measures.asks_per_account,
        {"asks": ()},
        Text(
            "Asks at levels 1–5 per account that was asked at all.",
            "Peticiones de niveles 1–5 por cuenta a la que se pidió algo.",
        ),
        ("industry",),
    ),
    Metric(
        "most_asks_of_one_account",
        "health",
        "asks",
        measures.most_asks_of_one_account,
        {"asks": ()},
        Text("Asks of the account that was asked most.", "Peticiones a la cuenta a la que más se pidió."),
        ("industry",),
    ),
    Metric(
        "load_gini",
        "health",
        "index",
        measures.load_gini,
        _ASKS,
        Text(
            "Concentration of asks on few accounts, over advocates and accounts asked: 0 all alike, towards 1 one "
            "alone.",
            "Concentración de peticiones en pocas cuentas, entre clientes referentes y cuentas consultadas: 0 igual, "
            "hacia 1 una.",
        ),
        ("industry",),
    ),
    Metric(
        "request_to_delivery_days",
        "health",
        "days",
        measures.request_to_delivery_days,
        _DELIVERIES,
        Text(
            "Days from asking by which half of the accepted asks were delivered; those still waited for count.",
            "Días desde la petición en los que se entregó la mitad de las aceptadas; cuentan las que aún se esperan.",
        ),
        ("level", "industry"),
    ),
    Metric(
        "case_study_approval_rate",
        "health",
        "share",
        measures.case_study_approval_rate,
        _DELIVERIES,
        Text(
            "Of the accepted case studies whose time to deliver has passed, those approved and delivered within it.",
            "De los casos de éxito aceptados cuyo plazo de entrega ha pasado, los aprobados y entregados dentro de él.",
        ),
        ("industry",),
    ),
    Metric(
        "case_study_rejection_rate",
        "health",
        "share",
        measures.case_study_rejection_rate,
        _ASKS,
        Text(
            "Of the case studies asked for that were answered or expired, those declined.",
            "De los casos de éxito pedidos que fueron respondidos o vencieron, los rechazados.",
        ),
        ("industry",),
    ),
    Metric(
        "nps_advocates",
        "health",
        "points",
        measures.nps_advocates,
        _MOOD,
        Text(
            "Share of 9–10 minus share of 0–6 among the last answers of respondents at accounts that ever said yes.",
            "Parte de 9–10 menos parte de 0–6 entre las últimas respuestas en cuentas que alguna vez dijeron que sí.",
        ),
    ),
    Metric(
        "nps_base",
        "health",
        "points",
        measures.nps_base,
        {"surveys": ("nps",)},
        Text("The same of all clients.", "Lo mismo de todos los clientes."),
        ("industry",),
    ),
    Metric(
        "nps_difference",
        "health",
        "points",
        measures.nps_difference,
        _MOOD,
        Text(
            "Advocates minus all clients: an association.",
            "Clientes referentes menos todos los clientes: una asociación.",
        ),
    ),
)
