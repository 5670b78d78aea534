"""Measurable outcomes, each with a sentence that an ask could cite."""

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Ints, chosen, flags, gaps, ids, sigmoid, words
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.events import Records, draw_events, rates

_KINDS = ("revenue", "cost", "risk", "time", "quality", "strategic")
_KIND_SHARES = (0.2, 0.3, 0.1, 0.2, 0.15, 0.05)
_SHAREABLE = ("public", "anonymised", "no", None)
_SHAREABLE_SHARES = (0.42, 0.33, 0.15, 0.1)

_FACTS = {
    "revenue": (
        ("{} % more revenue from existing clients", "{} % más de ingresos de clientes actuales"),
        ("{} % more orders online", "{} % más de pedidos en línea"),
        ("{} % higher offer-to-sale conversion", "{} % más de conversión de ofertas en ventas"),
    ),
    "cost": (
        ("{} % lower logistics cost", "{} % menos de coste logístico"),
        ("{} % lower energy bill", "{} % menos en la factura energética"),
        ("{} % lower cost per invoice", "{} % menos de coste por factura"),
    ),
    "risk": (
        ("{} % fewer audit findings", "{} % menos de hallazgos de auditoría"),
        ("{} % fewer safety incidents", "{} % menos de incidentes de seguridad"),
        ("{} % less overdue debt", "{} % menos de deuda vencida"),
    ),
    "time": (
        ("month-end close {} % faster", "cierre mensual un {} % más rápido"),
        ("{} % shorter delivery times", "{} % menos de plazo de entrega"),
        ("{} % less time to hire", "{} % menos de tiempo de contratación"),
    ),
    "quality": (
        ("{} % fewer defects", "{} % menos de defectos"),
        ("{} % fewer complaints", "{} % menos de reclamaciones"),
        ("{} % fewer billing errors", "{} % menos de errores de facturación"),
    ),
    "strategic": (
        ("{} % of core processes moved to the cloud", "{} % de los procesos clave llevados a la nube"),
        ("{} % of sales from new markets", "{} % de las ventas en mercados nuevos"),
        ("{} % of the fleet electrified", "{} % de la flota electrificada"),
    ),
}
_VARIANTS = 3
_LARGEST = 60
"""Percent."""
_SENTENCES = tuple(
    pair[language].format(percent)
    for kind in _KINDS
    for pair in _FACTS[kind]
    for language in (0, 1)
    for percent in range(_LARGEST + 1)
)


def draw_outcomes(setting: Setting, clients: Clients) -> Records:
    rng = setting.streams.of("outcomes")
    events = draw_events(rates(clients, 0.07, {"results": 0.8}), setting.clock, rng)
    n = events.count
    kind = chosen(rng, _KIND_SHARES, n)
    strength = clients.latent("results")[events.account, setting.clock.period(events.day)]
    percent = np.clip(np.round(13 * np.exp(0.25 * strength + 0.5 * rng.standard_normal(n))), 2, _LARGEST)
    language = clients.spanish[events.account].astype(np.int64)
    fact = _sentence(kind, rng.integers(0, _VARIANTS, n), language, percent.astype(np.int64))
    told = rng.random(n) < 0.93
    frame = pd.DataFrame(
        {
            "outcome_id": ids("O", n),
            **events.columns(clients, setting.clock),
            "kind": words(_KINDS, kind),
            "value": gaps(percent / 100, rng.random(n) < 0.95, 2),
            "confirmed": flags(rng.random(n) < sigmoid(0.2 + 0.5 * strength), rng.random(n) < 0.95),
            "shareable": words(_SHAREABLE, chosen(rng, _SHAREABLE_SHARES, n)),
            "fact": words((None, *_SENTENCES), np.where(told, fact + 1, 0)),
        }
    )
    return Records(events, frame)


def _sentence(kind: Ints, variant: Ints, language: Ints, percent: Ints) -> Ints:
    """Place in `_SENTENCES`."""
    return ((kind * _VARIANTS + variant) * 2 + language) * (_LARGEST + 1) + percent
