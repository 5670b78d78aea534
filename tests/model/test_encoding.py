import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Floats
from advocate_score.model.encoding import Encoder, Scale
from advocate_score.model.training_data import Input, Schema

SCHEMA = Schema(
    inputs=(
        Input(name="meetings", direction=1, concept="contact", family="relationship_depth"),
        Input(name="sector", category=True, concept="profile", family="firmographics"),
        Input(name="silence", direction=-1, concept="contact", family="relationship_depth"),
    )
)
NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=60)


def frame(rows: int = 40) -> pd.DataFrame:
    number = np.arange(rows, dtype=np.float64)
    sector = np.where(number < rows / 2, "retail", "energy")
    sector[0] = "mining"
    silence = np.where(number % 2 == 0, np.nan, number)
    return pd.DataFrame({"meetings": number, "sector": sector, "silence": silence})


def encoder(min_accounts: int = 3) -> Encoder:
    signals = SCHEMA.select(frame())
    return Encoder.fit(SCHEMA, signals, np.arange(len(signals)), min_accounts)


def column(source: str, place: int = 0, signals: pd.DataFrame | None = None) -> Floats:
    made = encoder()
    found = [n for n, one in enumerate(made.design_sources) if one == source][place]
    return made.design(SCHEMA.select(frame() if signals is None else signals))[:, found]


@given(NUMBERS)
def test_standing_keeps_the_order_and_stays_within_one(values: list[float]) -> None:
    known = np.sort(np.array(values))
    standing = Scale.fit(known).signed_rank(known)
    assert (np.diff(standing) >= 0).all()
    assert (np.abs(standing) <= 1).all()


@given(NUMBERS)
def test_the_standardised_form_is_finite_whatever_the_scale(values: list[float]) -> None:
    known = np.array(values)
    assert (np.abs(Scale.fit(known).standardise(known)) <= 3).all()


def test_standing_is_the_mid_rank_so_that_many_zeros_stand_together_below_the_middle() -> None:
    scale = Scale.fit(np.array([0.0] * 8 + [5.0, 9.0]))
    assert scale.signed_rank(np.array([0.0, 5.0, 9.0])) == pytest.approx([-0.2, 0.7, 0.9])


def test_a_constant_number_says_nothing() -> None:
    scale = Scale.fit(np.full(20, 1 / 3))
    assert scale.signed_rank(np.array([1 / 3])) == pytest.approx([0.0])
    assert scale.standardise(np.array([1 / 3])) == pytest.approx([0.0])


def test_a_number_never_known_is_neutral() -> None:
    scale = Scale.fit(np.full(5, np.nan))
    assert scale.signed_rank(np.array([np.nan, 3.0])) == pytest.approx([0.0, 0.0])


def test_unknown_numbers_are_neutral_and_marked_where_they_are_common() -> None:
    assert encoder().missing == ("silence",)
    assert (column("silence", 0)[::2] == 0).all()
    assert (column("silence", 1)[::2] == 0).all()
    assert column("silence", 2).tolist() == [1.0, 0.0] * 20


def test_a_category_needs_enough_accounts_and_an_unseen_one_is_all_zeros() -> None:
    assert encoder().one_hot == (("sector", "energy"), ("sector", "retail"))
    unseen = frame().assign(sector=[None, "space"] * 20)
    assert not column("sector", 0, unseen).any()
    assert not column("sector", 1, unseen).any()


def test_the_order_of_the_rows_changes_nothing() -> None:
    signals = SCHEMA.select(frame())
    turned = signals.iloc[::-1].reset_index(drop=True)
    made = Encoder.fit(SCHEMA, turned, np.arange(len(turned)), 3)
    assert made.model_dump_json() == encoder().model_dump_json()


def test_trees_get_numbers_as_they_are_and_never_a_direction_on_a_category() -> None:
    made = encoder()
    columns = dict(zip(made.tree_names, made.columns(SCHEMA.select(frame())), strict=True))
    assert list(columns) == ["meetings", "silence", "one_hot_0", "one_hot_1"]
    assert made.tree_directions == (1, -1, 0, 0)
    assert np.isnan(columns["silence"]).tolist() == [True, False] * 20


def test_columns_are_found_by_name() -> None:
    swapped = frame()[["silence", "sector", "meetings"]].assign(other=1)
    pd.testing.assert_frame_equal(SCHEMA.select(swapped), SCHEMA.select(frame()))


@pytest.mark.parametrize(
    "wrong",
    [
        frame().drop(columns="silence"),
        frame().assign(meetings="many"),
        frame().assign(meetings=np.inf),
        pd.concat([frame(), frame()[["meetings"]]], axis=1),
    ],
    ids=["missing", "text", "infinite", "doubled"],
)
def test_a_frame_that_does_not_fit_is_refused(wrong: pd.DataFrame) -> None:
    with pytest.raises(ModelRefusedError):
        SCHEMA.select(wrong)


def test_the_digest_tells_names_order_types_and_directions_apart() -> None:
    one, two, three = SCHEMA.inputs
    others = [
        (two, one, three),
        (one, two),
        (one.model_copy(update={"name": "calls"}), two, three),
        (one.model_copy(update={"direction": 0}), two, three),
        (one, two.model_copy(update={"category": False}), three),
    ]
    digests = {SCHEMA.digest, *(Schema(inputs=inputs).digest for inputs in others)}
    assert len(digests) == 6
