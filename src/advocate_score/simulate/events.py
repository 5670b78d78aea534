"""Events in time and the day the firm recorded them: interactions, renewals, cases, measurable results, surveys,
referrals and mentions; and deals with prospects, where a reference call raises the chance to win.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from advocate_score.simulate import names as v, world
from advocate_score.simulate.accounts import INDEX, Clients, Contacts, Setting
from advocate_score.simulate.names import TEAMS, TOPICS
from advocate_score.simulate.world import Bools, Floats, Ints, Rng, draw_codes, flags, gaps, ids, words

_USUAL_LAG_DAYS = 0.4
_LATE_SHARE, _LATE_DAYS = 0.02, 21
_UNRECORDED_SHARE = 0.005


@dataclass(frozen=True)
class Events:
    """Rows known by the data cut, oldest first: account index, day, day of recording (NaN: not noted).

    `source` is the index of each row among the moments it was drawn from.
    """

    account: world.Ints
    day: world.Floats
    recorded: world.Floats
    source: world.Ints

    @property
    def count(self) -> int:
        return len(self.account)

    @property
    def known(self) -> world.Floats:
        """The day from which the firm knew of each event."""
        return np.where(np.isnan(self.recorded), self.day, self.recorded)

    def columns(self, clients: Clients, clock: world.Clock, happened: str = "occurred_at") -> dict[str, pd.Series]:
        """Return the columns with which every event table begins."""
        return {
            "account_id": clients.ids.iloc[self.account].reset_index(drop=True),
            happened: clock.stamps(self.day),
            "recorded_at": clock.stamps(self.recorded),
        }


@dataclass(frozen=True)
class Records:
    """A table together with the events behind its rows."""

    events: Events
    frame: pd.DataFrame


def rates(clients: Clients, mean: float, loads: dict[str, float]) -> world.Floats:
    """Return expected events per period, (n, periods): `mean` for the average client, shifted by the latents."""
    log_rate = np.full(clients.latents.shape[1:], -sum(load**2 for load in loads.values()) / 2)
    for name, load in loads.items():
        log_rate += load * clients.latent(name)
    expected: world.Floats = mean * np.exp(log_rate) * clients.active
    return expected


def moments(expected: world.Floats, clock: world.Clock, rng: world.Rng) -> tuple[world.Ints, world.Floats]:
    """Draw account and day of Poisson events at these rates per period, at working hours."""
    counts = rng.poisson(expected).ravel()
    cells = np.repeat(np.arange(counts.size), counts)
    account, period = np.divmod(cells, clock.periods)
    return account, clock.working_time((period + rng.random(len(cells))) * world.PERIOD_DAYS, rng)


def with_recording_lag(account: world.Ints, day: world.Floats, clock: world.Clock, rng: world.Rng) -> Events:
    """Add the day of recording, remove events unknown by the data cut, and sort by time.

    Parameters
    ----------
    account, day : (n,) account index and day of each event.
    clock : of the world.
    rng : the random stream.
    """
    recorded = day + lag(len(day), rng)
    unnoted = rng.random(len(day)) < _UNRECORDED_SHARE
    known = np.flatnonzero(clock.known(np.where(unnoted, day, recorded)))
    order = known[np.argsort(day[known], kind="stable")]
    return Events(account[order], day[order], np.where(unnoted, np.nan, recorded)[order], order)


def draw_events(expected: world.Floats, clock: world.Clock, rng: world.Rng) -> Events:
    return with_recording_lag(*moments(expected, clock, rng), clock, rng)


def lag(count: int, rng: world.Rng) -> world.Floats:
    """Draw the days until an event is recorded: mostly the same day, sometimes weeks."""
    late = rng.random(count) < _LATE_SHARE
    return np.where(late, rng.exponential(_LATE_DAYS, count), rng.exponential(_USUAL_LAG_DAYS, count))


@dataclass(frozen=True)
class Kind:
    """One kind of interaction for the average client: rate per period, loads of the latents, shares, minutes, tone."""

    mean: float
    loads: dict[str, float]
    required: float = 0.0
    executive: float = 0.05
    by_client: float = 0.3
    minutes: float = 0.0
    tone: float = 0.1


KINDS = {
    "meeting": Kind(0.27, {"depth": 0.4}, required=0.35, executive=0.15, minutes=55),
    "call": Kind(0.27, {"depth": 0.3, "responsiveness": 0.2}, by_client=0.45, minutes=20),
    "email": Kind(0.4, {"responsiveness": 0.5}, by_client=0.5),
    "qbr": Kind(0.28, {}, required=1, executive=0.3, by_client=0, minutes=90),
    "workshop": Kind(0.06, {"depth": 0.5, "results": 0.5}, executive=0.1, minutes=180, tone=0.2),
    "event": Kind(0.06, {"emotion": 0.7, "depth": 0.3}, executive=0.25, by_client=0.2, minutes=180, tone=0.25),
    "webinar": Kind(0.06, {"emotion": 0.6}, by_client=0.6, minutes=50, tone=0.2),
    "training": Kind(0.04, {"depth": 0.4}, minutes=120),
    "praise": Kind(0.045, {"emotion": 0.7, "results": 0.6}, executive=0.2, by_client=1, tone=0.8),
    "escalation_call": Kind(0.03, {"satisfaction": -0.8}, executive=0.3, by_client=0.8, minutes=40, tone=-0.6),
    "content_share": Kind(0.025, {"emotion": 0.8}, by_client=0.9, tone=0.4),
    "community_post": Kind(0.03, {"emotion": 0.7, "responsiveness": 0.3}, by_client=1, tone=0.3),
    "product_feedback": Kind(0.05, {"emotion": 0.4, "depth": 0.3}, by_client=0.9),
    "steering_committee": Kind(0.1, {"executive": 0.4}, required=1, executive=0.8, by_client=0, minutes=75),
    "executive_meeting": Kind(0.07, {"executive": 0.9}, executive=1, by_client=0.35, minutes=60, tone=0.25),
}
_NAMES = tuple(KINDS)


def draw_interactions(setting: Setting, clients: Clients, contacts: Contacts) -> Records:
    events, kind = _events(setting, clients)
    rng = setting.streams.of("interactions table")
    executive = rng.random(events.count) < _executive_share(setting, clients, events, kind)
    contact = contacts.present(events.account, events.day, rng)
    others = contacts.present_below_executives(events.account, events.day, setting.streams.of("interactions contacts"))
    contact = np.where(contacts.is_executive(contact), others, contact)
    contact = np.where(executive, contacts.executive(events.account, events.day), contact)
    contact = np.where(rng.random(events.count) < 0.1, -1, contact)
    frame = pd.DataFrame(
        {
            "interaction_id": world.ids("I", events.count),
            **events.columns(clients, setting.clock),
            "contact_id": contacts.ids(contact),
            "kind": world.words(_NAMES, kind),
            "executive": world.flags(executive),
            **_details(kind, _tone(setting, clients, events, kind, rng), rng),
        }
    )
    return Records(events, frame)


def _events(setting: Setting, clients: Clients) -> tuple[Events, world.Ints]:
    """Return events of every kind together, oldest first, and the code of each one's kind."""
    moments_of_kind = [
        moments(
            rates(clients, kind.mean * setting.world.activity, kind.loads),
            setting.clock,
            setting.streams.of(f"interactions {name}"),
        )
        for name, kind in KINDS.items()
    ]
    codes = np.repeat(np.arange(len(moments_of_kind)), [len(day) for _, day in moments_of_kind])
    account, day = (np.concatenate(part) for part in zip(*moments_of_kind, strict=True))
    events = with_recording_lag(account, day, setting.clock, setting.streams.of("interactions noted"))
    return events, codes[events.source]


def _executive_share(setting: Setting, clients: Clients, events: Events, kind: world.Ints) -> world.Floats:
    usual = np.array([k.executive for k in KINDS.values()])[kind].clip(0.001, 0.999)
    engaged = clients.latents[INDEX["executive"], events.account, setting.clock.period(events.day)]
    return world.sigmoid(np.log(usual / (1 - usual)) + 0.6 * engaged)


def _tone(setting: Setting, clients: Clients, events: Events, kind: world.Ints, rng: world.Rng) -> world.Floats:
    period = setting.clock.period(events.day)
    mood = 0.3 * clients.latents[INDEX["satisfaction"], events.account, period]
    mood += 0.2 * clients.latents[INDEX["emotion"], events.account, period]
    usual = np.array([k.tone for k in KINDS.values()])[kind]
    tone: world.Floats = np.tanh(usual + mood + 0.35 * rng.standard_normal(events.count))
    return tone


def _details(kind: world.Ints, tone: world.Floats, rng: world.Rng) -> dict[str, pd.Series | world.Floats]:
    n = len(kind)
    shares = {f: np.array([getattr(k, f) for k in KINDS.values()])[kind] for f in ("required", "by_client", "minutes")}
    minutes = np.maximum(5, shares["minutes"] * np.exp(0.3 * rng.standard_normal(n)))
    timed: world.Bools = (shares["minutes"] > 0) & (rng.random(n) < 0.9)
    topic = np.where(rng.random(n) < 0.6, rng.integers(1, len(TOPICS) + 1, n), 0)
    return {
        "required": world.flags(rng.random(n) < shares["required"]),
        "initiated_by": world.words(("us", "client"), (rng.random(n) < shares["by_client"]).astype(np.int64)),
        "sentiment": world.gaps(tone, rng.random(n) < 0.6, 2),
        "duration_minutes": world.gaps(minutes, timed, 0),
        "topic": world.words((None, *TOPICS), topic),
        "counterpart": world.words(TEAMS, rng.integers(0, len(TEAMS), n)),
    }


_RENEWAL_KINDS = ("renewal", "expansion", "contraction", "non_renewal", "pending")
_RENEWAL, _EXPANSION, _CONTRACTION, _NON_RENEWAL, _PENDING = range(5)
_YEAR = 365.25
_HORIZON_DAYS = 90
"""How many days before its due date a renewal may be in progress."""
_YEARLY_VALUE = np.array([25_000, 90_000, 400_000])


@dataclass(frozen=True)
class _Decisions:
    account: world.Ints
    day: world.Floats
    due: world.Floats
    kind: world.Ints

    def only(self, rows: world.Bools | world.Ints) -> "_Decisions":
        return _Decisions(self.account[rows], self.day[rows], self.due[rows], self.kind[rows])


def _together(parts: list[_Decisions]) -> _Decisions:
    fields = ("account", "day", "due", "kind")
    return _Decisions(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))


def draw_contracts(setting: Setting, clients: Clients) -> tuple[Clients, pd.DataFrame]:
    """Return the clients with the day on which each left, and the renewals table."""
    rng = setting.streams.of("contracts")
    clients, yearly = _yearly(setting, clients, rng)
    decisions = _together([*yearly, *_pending(setting, clients, rng), _extras(setting, clients)])
    events = with_recording_lag(decisions.account, decisions.day, setting.clock, rng)
    return clients, _table(setting, clients, decisions.only(events.source), events, rng)


def _yearly(setting: Setting, clients: Clients, rng: world.Rng) -> tuple[Clients, list[_Decisions]]:
    """Draw a decision at each anniversary; a client that does not renew leaves on the due day."""
    due = clients.created + _YEAR * np.maximum(1, np.ceil(-clients.created / _YEAR))
    ended = clients.ended.copy()
    yearly = []
    while (due < setting.clock.days + _HORIZON_DAYS).any():
        day = np.floor(due - 5 - 40 * rng.random(clients.count)) + 0.5
        kind = _decide(setting, clients, day, rng)
        now = (day >= 0) & (day < setting.clock.days) & np.isinf(ended)
        decisions = _Decisions(np.arange(clients.count), day, due, kind)
        yearly += [decisions.only(now), _renewed_beside(decisions.only(now & (kind == _EXPANSION)))]
        ended = np.where(now & (kind == _NON_RENEWAL), due, ended)
        due = due + _YEAR
    return replace(clients, ended=ended), yearly


def _renewed_beside(expansions: _Decisions) -> _Decisions:
    """Return a renewal for each expansion at an anniversary."""
    return replace(expansions, kind=np.full(len(expansions.day), _RENEWAL))


def _decide(setting: Setting, clients: Clients, day: world.Floats, rng: world.Rng) -> world.Ints:
    period = setting.clock.period(day)[:, None]
    satisfied, results = (
        np.take_along_axis(clients.latent(name), period, axis=1)[:, 0] for name in ("satisfaction", "results")
    )
    grow = np.exp(-1.6 + 0.6 * results + 0.2 * satisfied)
    shrink = np.exp(-2.6 - 0.5 * satisfied - 0.3 * results)
    leave = np.exp(-3.6 - 0.7 * satisfied - 0.5 * results)
    return world.chosen_by_row(rng, np.stack([np.ones(len(day)), grow, shrink, leave], axis=1))


def _pending(setting: Setting, clients: Clients, rng: world.Rng) -> list[_Decisions]:
    """Draw the renewals that are unsure at first, one in four.

    Each has a pending row before its decision, or only that row if the decision is after the data cut.
    """
    next_due = clients.created + _YEAR * np.maximum(1, np.ceil((setting.clock.days - clients.created) / _YEAR))
    parts = []
    for due in (next_due, next_due - _YEAR):
        day = np.floor(due - 50 - 40 * rng.random(clients.count)) + 0.5
        unsure = (rng.random(clients.count) < 0.25) & (day >= np.maximum(clients.created, 0)) & (due <= clients.ended)
        parts.append(_Decisions(np.arange(clients.count), day, due, np.full(clients.count, _PENDING)).only(unsure))
    return parts


def _extras(setting: Setting, clients: Clients) -> _Decisions:
    """Draw expansions between the anniversaries."""
    expected = rates(clients, 0.015, {"results": 0.6, "depth": 0.3})
    account, day = moments(expected, setting.clock, setting.streams.of("expansions"))
    return _Decisions(account, day, np.full(len(day), np.nan), np.full(len(day), _EXPANSION))


def _table(setting: Setting, clients: Clients, decisions: _Decisions, events: Events, rng: world.Rng) -> pd.DataFrame:
    amount = _YEARLY_VALUE[clients.segment[decisions.account]] * np.exp(0.5 * rng.standard_normal(events.count))
    amount *= np.where(decisions.kind == _EXPANSION, 0.3, np.where(decisions.kind == _CONTRACTION, -0.2, 1))
    known = rng.random(events.count) < 0.97
    return pd.DataFrame(
        {
            "renewal_id": world.ids("R", events.count),
            **events.columns(clients, setting.clock),
            "kind": world.words(_RENEWAL_KINDS, decisions.kind),
            "amount": world.gaps(amount, known, 2),
            "currency": world.words((None, "EUR"), known.astype(np.int64)),
            "due_at": setting.clock.stamps(np.floor(decisions.due)),
        }
    )


_SEVERITY_SHARES = (0.05, 0.15, 0.4, 0.4)
_MEDIAN_DAYS = np.array([6.0, 9, 12, 16])


def cases_table(setting: Setting, clients: Clients) -> pd.DataFrame:
    rng = setting.streams.of("cases")
    events = draw_events(rates(clients, 0.08, {"satisfaction": -0.6}), setting.clock, rng)
    severity = world.draw_codes(rng, _SEVERITY_SHARES, events.count)
    closed = events.day + _MEDIAN_DAYS[severity] * np.exp(0.8 * rng.standard_normal(events.count))
    columns = events.columns(clients, setting.clock, "opened_at")
    return pd.DataFrame(
        {
            "case_id": world.ids("E", events.count),
            "account_id": columns["account_id"],
            "opened_at": columns["opened_at"],
            "closed_at": setting.clock.stamps(np.where(setting.clock.known(closed), closed, np.nan)),
            "severity": pd.Series(severity + 1, dtype="Int64"),
        }
    )


_RESULT_KINDS = ("revenue", "cost", "risk", "time", "quality", "strategic")
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
"""In percent."""
_SENTENCES = tuple(
    pair[language].format(percent)
    for kind in _RESULT_KINDS
    for pair in _FACTS[kind]
    for language in (0, 1)
    for percent in range(_LARGEST + 1)
)


def draw_outcomes(setting: Setting, clients: Clients) -> Records:
    rng = setting.streams.of("outcomes")
    events = draw_events(rates(clients, 0.07, {"results": 0.8}), setting.clock, rng)
    n = events.count
    kind = world.draw_codes(rng, _KIND_SHARES, n)
    strength = clients.latent("results")[events.account, setting.clock.period(events.day)]
    percent = np.clip(np.round(13 * np.exp(0.25 * strength + 0.5 * rng.standard_normal(n))), 2, _LARGEST)
    language = clients.spanish[events.account].astype(np.int64)
    fact = _sentence(kind, rng.integers(0, _VARIANTS, n), language, percent.astype(np.int64))
    recorded = rng.random(n) < 0.93
    frame = pd.DataFrame(
        {
            "outcome_id": world.ids("O", n),
            **events.columns(clients, setting.clock),
            "kind": world.words(_RESULT_KINDS, kind),
            "value": world.gaps(percent / 100, rng.random(n) < 0.95, 2),
            "confirmed": world.flags(rng.random(n) < world.sigmoid(0.2 + 0.5 * strength), rng.random(n) < 0.95),
            "shareable": world.words(_SHAREABLE, world.draw_codes(rng, _SHAREABLE_SHARES, n)),
            "fact": world.words((None, *_SENTENCES), np.where(recorded, fact + 1, 0)),
        }
    )
    return Records(events, frame)


def _sentence(kind: world.Ints, variant: world.Ints, language: world.Ints, percent: world.Ints) -> world.Ints:
    """Return the index in `_SENTENCES`."""
    return ((kind * _VARIANTS + variant) * 2 + language) * (_LARGEST + 1) + percent


_CHANNELS = ("review", "social", "podcast", "community", "press", "ai_answer")
_CHANNEL_SHARES = (0.25, 0.38, 0.03, 0.18, 0.06, 0.1)
_REACH = np.array([300, 900, 2_500, 400, 15_000, 1_500])


def draw_referrals(setting: Setting, clients: Clients) -> Records:
    rng = setting.streams.of("referrals")
    expected = rates(clients, 0.02, {"emotion": 0.6, "results": 0.3, "depth": 0.3})
    events = draw_events(expected, setting.clock, rng)
    n = events.count
    converted = rng.random(n) < 0.3
    frame = pd.DataFrame(
        {
            "referral_id": world.ids("F", n),
            **events.columns(clients, setting.clock),
            "kind": world.words(("informal", "formal"), (rng.random(n) < 0.2).astype(np.int64)),
            "converted": world.flags(converted, rng.random(n) < 0.9),
            "value": world.gaps(np.exp(10.5 + rng.standard_normal(n)), converted, 2),
        }
    )
    return Records(events, frame)


def draw_surveys(setting: Setting, clients: Clients, contacts: Contacts) -> Records:
    """Draw surveys; NPS follows satisfaction, which has little weight in readiness."""
    rng = setting.streams.of("surveys")
    expected = rates(clients, 0.075, {"responsiveness": 0.3})
    events = draw_events(expected, setting.clock, rng)
    n, period = events.count, setting.clock.period(events.day)
    satisfied = clients.latent("satisfaction")[events.account, period]
    nps = np.clip(np.round(7.6 + 1.4 * satisfied + 1.2 * rng.standard_normal(n)), 0, 10).astype(np.int64)
    frame = pd.DataFrame(
        {
            "survey_id": world.ids("S", n),
            **events.columns(clients, setting.clock, "answered_at"),
            "contact_id": contacts.ids(contacts.present(events.account, events.day, rng)),
            "nps": pd.Series(nps, dtype="Int64").where(pd.Series(rng.random(n) < 0.97)),
            "csat": world.gaps(
                np.clip(3.8 + 0.6 * satisfied + 0.5 * rng.standard_normal(n), 1, 5), rng.random(n) < 0.8, 1
            ),
            "sentiment": world.gaps(np.tanh(0.5 * satisfied + 0.4 * rng.standard_normal(n)), rng.random(n) < 0.5, 2),
        }
    )
    return Records(events, frame)


def draw_mentions(setting: Setting, clients: Clients) -> Records:
    rng = setting.streams.of("mentions")
    expected = rates(clients, 0.035, {"emotion": 0.7, "results": 0.2})
    events = draw_events(expected, setting.clock, rng)
    n, period = events.count, setting.clock.period(events.day)
    emotion = clients.latent("emotion")[events.account, period]
    channel = world.draw_codes(rng, _CHANNEL_SHARES, n)
    frame = pd.DataFrame(
        {
            "mention_id": world.ids("M", n),
            **events.columns(clients, setting.clock),
            "channel": world.words(_CHANNELS, channel),
            "sentiment": world.gaps(
                np.tanh(0.4 + 0.4 * emotion + 0.4 * rng.standard_normal(n)), rng.random(n) < 0.85, 2
            ),
            "reach": world.gaps(_REACH[channel] * np.exp(rng.standard_normal(n)), rng.random(n) < 0.9, 0),
        }
    )
    return Records(events, frame)


_PER_ACCOUNT_AND_YEAR = 0.25
_RECENT = 40
"""A reference is asked for one of this many of the latest opportunities."""
_WON, _WON_WITH_REFERENCE = 0.24, 0.42
_STAGES = ("qualified", "proposal", "negotiation")
_VALUES = np.array([30_000, 110_000, 450_000])


@dataclass(frozen=True)
class Opportunities:
    """Days on the clock, sorted by the day opened; `closes` may lie after the data cut."""

    opened: Floats
    closes: Floats

    def in_need(self, day: Floats, rng: Rng) -> Ints:
        """Return the row of an opportunity open on that day, −1 if the one drawn is closed or there is none."""
        before = np.searchsorted(self.opened, day)
        row = before - 1 - np.floor(rng.random(len(day)) * np.minimum(before, _RECENT)).astype(np.int64)
        is_open = (before > 0) & (self.closes[np.maximum(row, 0)] > day)
        return np.where(is_open, row, -1)

    def ids(self, rows: Ints) -> pd.Series:
        """Return the opportunities' ids; unknown if the row is −1."""
        known = pd.concat([ids("P", len(self.opened)), pd.Series([None], dtype="str")], ignore_index=True)
        return known.iloc[rows].reset_index(drop=True)


def draw_opportunities(setting: Setting) -> Opportunities:
    rng = setting.streams.of("opportunities")
    count = max(1, round(setting.world.accounts * setting.world.years * _PER_ACCOUNT_AND_YEAR))
    opened = setting.clock.working_time(np.sort(rng.random(count)) * setting.clock.days, rng)
    opened.sort()
    return Opportunities(opened, opened + np.ceil(80 * np.exp(0.6 * rng.standard_normal(count))))


def opportunities_table(setting: Setting, opportunities: Opportunities, referenced: Ints) -> pd.DataFrame:
    """Return the opportunities table; `referenced` are the rows for which a client agreed to be a reference."""
    rng = setting.streams.of("opportunities table")
    count = len(opportunities.opened)
    closed: Bools = setting.clock.known(opportunities.closes)
    helped = np.isin(np.arange(count), referenced)
    won = rng.random(count) < np.where(helped, _WON_WITH_REFERENCE, _WON)
    segment = draw_codes(rng, v.SEGMENT_SHARES, count)
    stage = np.where(closed, np.where(won, 3, 4), rng.integers(0, len(_STAGES), count))
    return pd.DataFrame(
        {
            "opportunity_id": ids("P", count),
            "industry": words(v.INDUSTRIES, draw_codes(rng, v.INDUSTRY_SHARES, count)),
            "segment": words(v.SEGMENTS, segment),
            "region": words(v.REGIONS, draw_codes(rng, v.REGION_SHARES_OTHER, count)),
            "service_line": words(v.SERVICE_LINES, draw_codes(rng, v.SERVICE_LINE_SHARES, count)),
            "stage": words((*_STAGES, "won", "lost"), stage),
            "value": gaps(_VALUES[segment] * np.exp(0.6 * rng.standard_normal(count)), rng.random(count) < 0.97, 2),
            "opened_at": setting.clock.stamps(opportunities.opened),
            "closed_at": setting.clock.stamps(opportunities.closes),
            "won": flags(won, closed),
        }
    )
