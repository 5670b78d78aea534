import pandas as pd
import pytest

from advocate_score.schema import TABLES
from advocate_score.simulate.crm import SimulatedCrm, simulate_crm
from advocate_score.simulate.world import World

WORDS = {"true": True, "yes": True, "sí": True, "1": True, "false": False, "no": False, "0": False}


def assert_less_than_one_row_in_a_hundred_is_to_be_refused(crm: SimulatedCrm) -> None:
    accounts = set(crm.tables["accounts"]["account_id"])
    for name, table in TABLES.items():
        frame = crm.tables[name].drop_duplicates()
        orphan = ~frame["account_id"].isin(accounts) if table.of_account else pd.Series(data=False, index=frame.index)
        conflicting = frame.duplicated(table.key)
        assert (orphan | conflicting).sum() <= 0.008 * len(frame)


def test_less_than_one_row_in_a_hundred_is_to_be_refused(crm: SimulatedCrm) -> None:
    assert_less_than_one_row_in_a_hundred_is_to_be_refused(crm)


def test_there_are_duplicates_orphans_and_conflicts(crm: SimulatedCrm) -> None:
    interactions = crm.tables["interactions"]
    accounts = crm.tables["accounts"]
    assert interactions.duplicated().sum() > 50
    assert (~interactions["account_id"].isin(accounts["account_id"])).sum() > 50
    whole = interactions.drop_duplicates()
    pairs = whole[whole.duplicated("interaction_id", keep=False)].sort_values(["interaction_id", "recorded_at"])
    assert len(pairs) > 20
    assert (pairs.groupby("interaction_id")[["sentiment", "recorded_at"]].nunique() == 2).all(axis=None)


def test_the_newest_of_conflicting_rows_is_the_right_one(crm: SimulatedCrm, clean: SimulatedCrm) -> None:
    right = clean.tables["interactions"].set_index("interaction_id")["sentiment"]
    whole = crm.tables["interactions"].drop_duplicates()
    pairs = whole[whole.duplicated("interaction_id", keep=False)].sort_values("recorded_at")
    newest = pairs.drop_duplicates("interaction_id", keep="last").set_index("interaction_id")["sentiment"]
    assert (newest == right[newest.index]).all()


def test_merged_accounts_point_to_a_living_one_and_keep_some_history(crm: SimulatedCrm) -> None:
    accounts = crm.tables["accounts"]
    merged = accounts.dropna(subset="merged_into")
    survivors = set(accounts.loc[accounts["merged_into"].isna(), "account_id"])
    assert 0 < len(merged) < 0.02 * len(accounts)
    assert set(merged["merged_into"]) <= survivors
    assert crm.tables["interactions"]["account_id"].isin(merged["account_id"]).any()
    assert not set(crm.truth["account_id"]) & set(merged["account_id"])


def test_names_flags_gaps_and_a_nps_of_eleven(crm: SimulatedCrm) -> None:
    names = crm.tables["accounts"]["account_name"]
    assert names.str.startswith("=HYPERLINK(").sum() == 1
    assert names.str.contains("\u202e").sum() == 1
    assert crm.tables["accounts"]["industry"].isna().any()
    assert (crm.tables["surveys"].drop_duplicates()["nps"] == 11).sum() == 1
    required = crm.tables["interactions"]["required"]
    assert {"true", "FALSE", "Yes", "sí", "0"} <= set(required)
    assert set(required.str.lower()) == set(WORDS)


def test_flags_still_say_the_same(crm: SimulatedCrm, clean: SimulatedCrm) -> None:
    right = clean.tables["contacts"].set_index("contact_id")["sponsor"]
    written = crm.tables["contacts"].drop_duplicates().set_index("contact_id")["sponsor"]
    read = written.str.lower().map(WORDS).astype("boolean")
    pd.testing.assert_series_equal(read, right[read.index])


@pytest.mark.parametrize("accounts", [1, 5, 60])
def test_small_worlds_stay_below_the_limit(accounts: int) -> None:
    crm = simulate_crm(World(accounts=accounts, asks=accounts))
    assert_less_than_one_row_in_a_hundred_is_to_be_refused(crm)
