"""Tables of a world without mess hold what the contract asks for and what makes a CRM believable."""

import pandas as pd
import pytest

from advocate_score.schema import TABLES, Table
from advocate_score.simulate.crm import SimulatedCrm, simulate_crm
from advocate_score.simulate.events import KINDS
from advocate_score.simulate.world import World

DTYPES = {
    "id": "str",
    "text": "str",
    "choice": "str",
    "time": "datetime64[us]",
    "number": "float64",
    "integer": "Int64",
    "flag": "boolean",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_keeps_its_contract(clean: SimulatedCrm, world: World, table: Table) -> None:
    frame = clean.tables[table.name]
    assert list(frame.columns) == [name for name in table.column_names if name not in ("deleted", "first_name")]
    assert len(frame) > 50
    assert frame[table.key].is_unique
    for column in (column for column in table.columns if column.name in frame):
        values = frame[column.name].dropna()
        assert str(frame[column.name].dtype) == DTYPES[column.type]
        assert len(values) == len(frame) or not column.required
        assert set(values) <= set(column.choices) or not column.choices
        if column.type == "time" and not column.scheduled:
            assert (values < pd.Timestamp(world.data_cut)).all()
        if column.minimum is not None:
            assert (values >= column.minimum).all()
        if column.maximum is not None:
            assert (values <= column.maximum).all()


def test_every_choice_and_kind_occurs(clean: SimulatedCrm) -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.choices:
                assert set(clean.tables[table.name][column.name].dropna()) >= set(column.choices), column.name
    assert set(clean.tables["interactions"]["kind"]) == set(KINDS)
    assert set(clean.tables["asks"]["level"]) == {0, 1, 2, 3, 4, 5}


def test_rows_belong_to_accounts_and_contacts_to_the_same_account(clean: SimulatedCrm) -> None:
    accounts = set(clean.tables["accounts"]["account_id"])
    home = clean.tables["contacts"].set_index("contact_id")["account_id"]
    for table in TABLES.values():
        frame = clean.tables[table.name]
        if table.of_account:
            assert set(frame["account_id"]) <= accounts
        if table.of_account and table.name != "contacts" and "contact_id" in frame:
            named = frame.dropna(subset="contact_id")
            assert len(named) > 0.5 * len(frame)
            assert (named["contact_id"].map(home) == named["account_id"]).all()


def test_times_follow_each_other(clean: SimulatedCrm) -> None:
    for table in TABLES.values():
        frame = clean.tables[table.name]
        if table.happened and table.recorded:
            assert (frame["recorded_at"].isna() | (frame["recorded_at"] >= frame[table.happened])).all()
            delay = frame["recorded_at"] - frame[table.happened]
            assert 0 < (delay > pd.Timedelta(days=14)).mean() < 0.03
            assert 0 < frame["recorded_at"].isna().mean() < 0.02
    asks = clean.tables["asks"]
    answered = asks.dropna(subset="responded_at")
    assert (answered["responded_at"] >= answered["asked_at"]).all()
    assert (answered["recorded_at"] >= answered["responded_at"]).all()
    delivered = asks.dropna(subset="completed_at")
    assert (delivered["response"] == "accepted").all()
    assert (delivered["completed_at"] >= delivered["responded_at"]).all()
    cases = clean.tables["cases"].dropna(subset="closed_at")
    assert (cases["closed_at"] >= cases["opened_at"]).all()
    permissions = clean.tables["permissions"].dropna(subset="valid_to")
    assert (permissions["valid_to"] > permissions["valid_from"]).all()


def test_answers_that_the_firm_could_not_know_yet_are_open(clean: SimulatedCrm, world: World) -> None:
    asks = clean.tables["asks"]
    fresh = asks["asked_at"] > pd.Timestamp(world.data_cut) - pd.Timedelta(days=world.maturity_days)
    assert not (asks.loc[fresh, "response"] == "no_reply").any()
    assert asks.loc[fresh, "response"].isna().mean() > 0.2
    assert asks.loc[~fresh, "response"].isna().mean() < 0.02
    late = (asks["responded_at"] - asks["asked_at"]).dt.days > world.maturity_days
    assert 0.003 < late.mean() < 0.05


def test_a_believable_programme(clean: SimulatedCrm) -> None:
    accounts, tables = clean.tables["accounts"], clean.tables
    assert accounts["account_name"].nunique() > 0.9 * len(accounts)
    assert 0.4 < (accounts["language"] == "es").mean() < 0.7
    assert accounts["industry"].nunique() == 10
    assert 0 < (accounts["region"] == "NA").mean() < 0.03
    assert 0.25 < tables["permissions"]["account_id"].nunique() / len(accounts) < 0.45
    assert tables["cases"]["closed_at"].isna().mean() < 0.1
    facts = tables["outcomes"].merge(accounts[["account_id", "language"]], on="account_id").dropna(subset="fact")
    spanish = facts["fact"].str.contains("menos|más|un |llevados|ventas|electrificada")
    assert ((facts["language"] == "es") == spanish).all()
    agreed = tables["asks"].query("level > 0 and response == 'accepted'")
    assert 0.5 < agreed["completed_at"].notna().mean() < 0.95
    deals = tables["opportunities"].dropna(subset="won").set_index("opportunity_id")["won"].astype(float)
    helped = deals.index.isin(agreed["opportunity_id"])
    assert deals[helped].mean() > deals[~helped].mean()


def test_churned_clients_fall_silent(clean: SimulatedCrm) -> None:
    renewals = clean.tables["renewals"].query("kind == 'non_renewal'")
    left = renewals.set_index("account_id")["due_at"]
    interactions = clean.tables["interactions"]
    gone = interactions["account_id"].map(left)
    assert len(left) > 20
    assert not (interactions["occurred_at"] > gone).any()


@pytest.mark.parametrize(
    "options",
    [
        {"accounts": 1, "asks": 0},
        {"accounts": 3, "asks": 2, "years": 1},
        {"accounts": 30, "asks": 900},
        {"accounts": 40, "asks": 50, "outside_programme": 1, "exploration": 0},
        {"accounts": 40, "asks": 50, "data_cut": "2024-02-29T08:30:00+02:00"},
    ],
)
def test_odd_worlds_can_be_made(options: dict[str, object]) -> None:
    world = World.model_validate(options)
    tables = simulate_crm(world).tables
    assert len(tables["accounts"]) == world.accounts
    assert not (tables["asks"]["asked_at"] >= pd.Timestamp(world.data_cut)).any()
