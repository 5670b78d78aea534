"""The whole simulated CRM, table by table."""

from dataclasses import dataclass

import pandas as pd

from advocate_score.canonical import TABLES, Table
from advocate_score.simulate.asks import asks_table, draw_favours, draw_ladder_asks, in_order, referenced
from advocate_score.simulate.assets import assets_table
from advocate_score.simulate.cases import cases_table
from advocate_score.simulate.clients import Clients, Setting, accounts_table, draw_clients
from advocate_score.simulate.clock import Clock
from advocate_score.simulate.consent import permissions_table
from advocate_score.simulate.contacts import Contacts, contacts_table, draw_contacts
from advocate_score.simulate.contracts import draw_contracts
from advocate_score.simulate.events import Records
from advocate_score.simulate.interactions import draw_interactions
from advocate_score.simulate.mess import with_mess
from advocate_score.simulate.opportunities import draw_opportunities, opportunities_table
from advocate_score.simulate.policy import draw_choices, logging_policy
from advocate_score.simulate.readiness import draw_readiness
from advocate_score.simulate.results import draw_outcomes
from advocate_score.simulate.streams import Streams
from advocate_score.simulate.truth import ask_truth_table, truth_table
from advocate_score.simulate.voice import draw_mentions, draw_referrals, draw_surveys
from advocate_score.simulate.world import World


@dataclass(frozen=True)
class SimulatedCrm:
    """`tables`: every canonical table by name, all canonical columns, typed (times naive UTC).

    `truth` and `ask_truth` as `simulate.truth` describes them; no pipeline may read them.
    """

    tables: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    ask_truth: pd.DataFrame


def simulate_crm(world: World) -> SimulatedCrm:
    """The CRM of a world; the same world gives the same CRM."""
    setting = Setting(world, Clock(world.data_cut, world.years), Streams(world.seed))
    clients, renewals = draw_contracts(setting, draw_clients(setting))
    contacts = draw_contacts(setting, clients)
    records = draw_records(setting, clients, contacts)
    readiness = draw_readiness(setting, clients)
    choices = draw_choices(setting, logging_policy(setting, clients, [made.events for made in records.values()]))
    opportunities = draw_opportunities(setting)
    ladder_asks = draw_ladder_asks(setting, clients, readiness, choices, opportunities)
    asks = in_order([ladder_asks, draw_favours(setting, clients)])
    tables = {
        "accounts": accounts_table(setting, clients),
        "contacts": contacts_table(setting, clients, contacts),
        "renewals": renewals,
        **{name: made.frame for name, made in records.items()},
        "asks": asks_table(setting, clients, contacts, opportunities, asks),
        "permissions": permissions_table(setting, clients, contacts, readiness),
        "cases": cases_table(setting, clients),
        "opportunities": opportunities_table(setting, opportunities, referenced(asks)),
        "assets": assets_table(setting, clients, opportunities, asks),
    }
    tables = {name: tables[name][_exported(table)] for name, table in TABLES.items()}
    return SimulatedCrm(
        tables=with_mess(tables, setting.streams) if world.mess else tables,
        truth=truth_table(setting, clients, readiness, choices),
        ask_truth=ask_truth_table(asks),
    )


def draw_records(setting: Setting, clients: Clients, contacts: Contacts) -> dict[str, Records]:
    """The tables that account managers read before they choose whom to ask."""
    return {
        "outcomes": draw_outcomes(setting, clients),
        "interactions": draw_interactions(setting, clients, contacts),
        "referrals": draw_referrals(setting, clients),
        "surveys": draw_surveys(setting, clients, contacts),
        "mentions": draw_mentions(setting, clients),
    }


def _exported(table: Table) -> list[str]:
    """The made-up CRM exports nothing that was deleted."""
    return [name for name in table.column_names if name != "deleted"]
