import hashlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model import persistence
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.signal_spec import Signal

LogMaker = Callable[..., pd.DataFrame]
Digests = dict[str, str]
QUICK = Recipe(bootstrap=3, folds=Folds(count=2), boosting=Boosting(rounds=(20,)))


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker) -> pd.DataFrame:
    rows = ask_log(asks=400, accounts=60, seed=1)
    return rows.assign(completed=(rows["noise"] > 0).astype("float64").where(rows["outcome"] == 1))


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame, log_signals: tuple[Signal, ...]) -> LadderModel:
    return LadderModel(log_signals, QUICK, seed=3, scorecard={"renewals": 0.7}).fit(rows)


@pytest.fixture
def saved(model: LadderModel, tmp_path: Path) -> tuple[Path, Digests]:
    return tmp_path / "model", persistence.save(model, tmp_path / "model")


def redigested(folder: Path, digests: Digests, name: str, content: bytes) -> Digests:
    (folder / name).write_bytes(content)
    return {**digests, name: hashlib.sha256(content).hexdigest()}


def test_what_is_read_back_is_the_same_bit_for_bit(
    saved: tuple[Path, Digests], model: LadderModel, rows: pd.DataFrame
) -> None:
    again = persistence.load(*saved)
    for one, two in zip(model.intervals(rows), again.intervals(rows), strict=True):
        assert (one == two).all()
    assert (again.readiness(rows) == model.readiness(rows)).all()
    assert (again.completion(rows) == model.completion(rows)).all()
    assert again.evidence() == model.evidence()
    pd.testing.assert_frame_equal(again.explain(rows).contributions, model.explain(rows).contributions)
    assert again.get_params() == model.get_params()


def test_saved_again_it_gives_the_same_files(saved: tuple[Path, Digests], tmp_path: Path) -> None:
    assert persistence.save(persistence.load(*saved), tmp_path / "again") == saved[1]


def test_a_model_saved_before_there_were_linear_refits_is_read_as_it_was(
    saved: tuple[Path, Digests], rows: pd.DataFrame, log_signals: tuple[Signal, ...]
) -> None:
    folder, digests = saved
    document = json.loads((folder / "model.json").read_text())
    del document["blend"]["linear_refits"], document["recipe"]["linear_refits"]
    old = persistence.load(folder, redigested(folder, digests, "model.json", json.dumps(document).encode()))
    recipe = QUICK.model_copy(update={"linear_refits": 0})
    same = LadderModel(log_signals, recipe, seed=3, scorecard={"renewals": 0.7}).fit(rows)
    np.testing.assert_array_equal(old.intervals(rows), same.intervals(rows))
    np.testing.assert_array_equal(old.readiness(rows), same.readiness(rows))
    assert old.choices() == same.choices()


def test_the_scorecard_is_saved_and_read_too(
    rows: pd.DataFrame, log_signals: tuple[Signal, ...], tmp_path: Path
) -> None:
    cold = LadderModel(log_signals).fit_cold(rows)
    digests = persistence.save(cold, tmp_path)
    assert list(digests) == ["model.json"]
    assert (persistence.load(tmp_path, digests).readiness(rows) == cold.readiness(rows)).all()


def test_nothing_personal_is_in_the_files(saved: tuple[Path, Digests], rows: pd.DataFrame) -> None:
    text = "".join((saved[0] / name).read_text() for name in saved[1])
    assert not [one for one in rows["account_id"].unique() if one in text]


@pytest.mark.parametrize("name", ["model.json", "booster_1.txt"])
def test_damage_is_refused_before_it_is_read(saved: tuple[Path, Digests], name: str) -> None:
    folder, digests = saved
    whole = (folder / name).read_bytes()
    rng = random.Random(7)
    for _ in range(40):
        place = rng.randrange(len(whole))
        damaged = (
            whole[:place] if rng.random() < 0.5 else whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        )
        (folder / name).write_bytes(damaged)
        with pytest.raises(ModelRefusedError, match="sha256"):
            persistence.load(folder, digests)


def test_files_that_are_not_there_or_not_plain_are_refused(saved: tuple[Path, Digests], tmp_path: Path) -> None:
    folder, digests = saved
    (folder / "booster_0.txt").rename(tmp_path / "elsewhere.txt")
    with pytest.raises(ModelRefusedError, match="missing"):
        persistence.load(folder, digests)
    (folder / "booster_0.txt").symlink_to(tmp_path / "elsewhere.txt")
    with pytest.raises(ModelRefusedError, match="plain file"):
        persistence.load(folder, digests)


@pytest.mark.parametrize("name", ["model.pkl", "../model.json/../evil.txt", "booster_x.txt", "code/loader.py"])
def test_files_that_no_model_has_are_refused(saved: tuple[Path, Digests], name: str) -> None:
    with pytest.raises(ModelRefusedError, match=r"^the digests name a file that no model has$"):
        persistence.load(saved[0], {**saved[1], name: "0" * 64})


def test_too_many_too_few_or_none_are_refused(saved: tuple[Path, Digests]) -> None:
    folder, digests = saved
    less = {name: digest for name, digest in digests.items() if name != "booster_2.txt"}
    told = f"model.json names {len(digests) - 1} boosters, the digests {len(digests) - 2}"
    for wrong, words in (
        (less, told),
        ({"booster_0.txt": digests["booster_0.txt"]}, "the digests name no model.json"),
        ({}, "the digests name no model.json"),
    ):
        with pytest.raises(ModelRefusedError, match=f"^{re.escape(words)}$"):
            persistence.load(folder, wrong)


def test_an_oversized_file_is_refused_unread(saved: tuple[Path, Digests]) -> None:
    folder, digests = saved
    with (folder / "booster_0.txt").open("r+b") as file:
        file.truncate(persistence.MAX_BOOSTER_BYTES + 1)
    with pytest.raises(ModelRefusedError, match="larger"):
        persistence.load(folder, digests)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda document: document | {"format": 2}, "is not understood at format"),
        (lambda document: document | {"loader_module": "os", "asks": "9"}, "is not understood at asks, loader_module"),
        (lambda document: document | {"schema_digest": "0" * 64}, "does not match the digest of its own schema"),
        (lambda document: document | {"boosters": 99}, "names 99 boosters, the digests 3"),
        (
            lambda document: (
                document | {"blend": document["blend"] | {"linear": {"intercepts": [1e999], "slopes": []}}}
            ),
            "is not understood at blend.linear.intercepts",
        ),
        (
            lambda document: {key: value for key, value in document.items() if key != "blend"},
            "is not understood at blend",
        ),
    ],
    ids=["format", "foreign key", "schema", "boosters", "infinite", "without blend"],
)
def test_a_document_that_is_no_model_is_refused_though_its_digest_is_right(
    saved: tuple[Path, Digests], change: Callable[[dict[str, object]], dict[str, object]], words: str
) -> None:
    folder, digests = saved
    document = json.loads((folder / "model.json").read_text())
    content = json.dumps(change(document)).encode()
    with pytest.raises(ModelRefusedError, match=f"^model.json {words}$"):
        persistence.load(folder, redigested(folder, digests, "model.json", content))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("split_feature=", "split_feature=99999 "),
        ("left_child=", "left_child=-99999 "),
        ("leaf_value=", "leaf_value=nan "),
        ("feature_names=level", "feature_names=levels"),
        ("end of trees", ""),
    ],
)
def test_a_booster_that_points_out_of_range_never_reaches_native_code(
    saved: tuple[Path, Digests], old: str, new: str
) -> None:
    folder, digests = saved
    text = (folder / "booster_0.txt").read_text()
    if new.startswith(("split", "left", "leaf")):
        start = text.index(f"\n{old}") + 1
        first = text[start : text.index("\n", start)]
        changed = text.replace(first, new + " ".join(first.split(" ")[1:]), 1)
    else:
        changed = text.replace(old, new)
    assert changed != text
    with pytest.raises(ModelRefusedError, match="booster_0"):
        persistence.load(folder, redigested(folder, digests, "booster_0.txt", changed.encode()))


def test_a_truncated_booster_of_the_right_digest_does_not_end_the_interpreter(saved: tuple[Path, Digests]) -> None:
    folder, digests = saved
    whole = (folder / "booster_0.txt").read_bytes()
    for share in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9):
        cut = redigested(folder, digests, "booster_0.txt", whole[: int(share * len(whole))])
        with pytest.raises(ModelRefusedError):
            persistence.load(folder, cut)
