"""Files cut short and digits flipped: with digests everything is refused; without, what the other walls still hold."""

import hashlib
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model import persistence
from advocate_score.model.arrays import Floats
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.persistence import TOLERANCE, golden_rows, replay
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.signal_spec import Signal
from goals import sized

QUICK = Recipe(bootstrap=3, folds=Folds(count=2), boosting=Boosting(rounds=(20,)))
Damage = tuple[str, bytes]
Digests = dict[str, str]
Golden = tuple[str, ...]


@pytest.fixture(scope="module")
def rows(ask_log: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    return ask_log(asks=400, accounts=60, seed=1)


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame, log_signals: tuple[Signal, ...]) -> LadderModel:
    return LadderModel(log_signals, QUICK, seed=3).fit(rows)


def damages(folder: Path, digests: dict[str, str], count: int) -> Iterator[Damage]:
    """Half are cut anywhere, half have one digit that is another."""
    rng = random.Random(11)
    whole = {name: (folder / name).read_bytes() for name in sorted(digests)}
    digits = {name: [found.start() for found in re.finditer(rb"\d", content)] for name, content in whole.items()}
    for number in range(count):
        name = rng.choice(sorted(whole))
        content = whole[name]
        if number % 2:
            yield name, content[: rng.randrange(len(content))]
        else:
            place = rng.choice(digits[name])
            other = str((int(content[place : place + 1]) + rng.randrange(1, 10)) % 10).encode()
            yield name, content[:place] + other + content[place + 1 :]


@pytest.mark.goal("G8")
def test_of_every_damage_to_a_file_none_is_loaded(
    model: LadderModel, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    folder = tmp_path / "model"
    digests = persistence.save(model, folder)
    count = refused = 0
    for name, content in damages(folder, digests, sized(60, 500)):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(content)
        with pytest.raises(ModelRefusedError, match="sha256"):
            persistence.load(folder, digests)
        (folder / name).write_bytes(whole)
        count, refused = count + 1, refused + 1
    persistence.load(folder, digests)
    measured(f"{count} truncations and digit flips, {refused} refused by digest in this very interpreter")


def outcome(folder: Path, digests: Digests, golden: Golden, rows: pd.DataFrame, said: Floats, damage: Damage) -> str:
    """Of a load whose digests agree with the damage."""
    name, content = damage
    owned = digests | {name: hashlib.sha256(content).hexdigest()}
    with TemporaryDirectory() as place:
        damaged = Path(shutil.copytree(folder, Path(place) / "model"))
        (damaged / name).write_bytes(content)
        try:
            model = persistence.load(damaged, owned)
            replay(model, golden)
        except ModelRefusedError:
            return "refused"
    same = np.allclose(model.readiness(rows), said, rtol=0, atol=TOLERANCE)
    return "changed no readiness" if same else "passed unseen"


@pytest.mark.goal("G8")
def test_without_any_digest_the_other_walls_hold_nearly_all(
    model: LadderModel, rows: pd.DataFrame, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    """Depth of defence, not the goal: whoever damages the files also owns the digests that they are held against. An
    interpreter that dies of one is why a first load has a process of its own."""
    folder = tmp_path / "model"
    digests, golden, said = persistence.save(model, folder), golden_rows(model), model.readiness(rows)

    found: Counter[str] = Counter()
    cases = [(folder, digests, golden, rows, said, one) for one in damages(folder, digests, sized(40, 500))]
    while cases:
        told: list[str] = []
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart, suppress(BrokenProcessPool):
            for case in cases:
                told.append(apart.submit(outcome, *case).result())
        found.update(told)
        cases = cases[len(told) :]
        if cases:  # the next one took its interpreter with it
            found["killed the interpreter that tried it"] += 1
            cases = cases[1:]
    total = sum(found.values())
    measured(f"without digests, {total}: " + ", ".join(f"{number} {what}" for what, number in found.most_common()))
    assert found["refused"] > 0.6 * total
