"""How good is the ladder on public ordinal data? Prints AMAE and QWK beside peers and published figures.

A complete ordinal label answers every ask: each row becomes K − 1 asks, "at least class k?", of one group. The
readiness curve then gives the chances of the classes. Every method sees classes in equal weight, which is what AMAE
measures, and the ladder answers with the median of its chances, which is the best answer to an absolute error.

Needs `pip install skordinal`; with `xgboost` installed too it is run beside the others.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from advocate_score import LadderClassifier

Floats = NDArray[np.float64]
Classes = NDArray[np.int64]
Method = Callable[[Floats, Classes, Floats, int], Classes]
"""Inputs and classes to learn from, inputs to answer for, a seed → classes."""

SETS = ("lev", "swd", "era")
PUBLISHED = {"lev": (0.553, 0.628), "swd": (0.491, 0.577), "era": (1.554, 0.462)}
"""AMAE and QWK of class-balanced XGBoost, tuned by random search, in TOC-UCO (Ayllón-Gavilán et al., 2025)."""
COMMAND = "python benchmarks/ordinal.py --page docs/ordinal.md"


def threshold_asks(inputs: Floats, classes: Classes, count: int) -> tuple[pd.DataFrame, Classes, Classes]:
    """For n rows of `count` classes from 0: the asks (n × (count − 1)), their answers, and whose they are."""
    steps = count - 1
    level = np.tile(np.arange(1, count), len(inputs))
    asks = named(np.repeat(inputs, steps, axis=0)).assign(level=level)
    answers = (np.repeat(classes, steps) >= level).astype(np.int64)
    return asks, answers, np.repeat(np.arange(len(inputs)), steps)


def named(inputs: Floats) -> pd.DataFrame:
    return pd.DataFrame(inputs, columns=[f"in{place}" for place in range(inputs.shape[1])])


def class_chances(readiness: Floats) -> Floats:
    """(n, K) from P(class ≥ k) (n, K − 1), which never rises with k."""
    ends = np.ones((len(readiness), 1))
    return -np.diff(np.hstack([ends, readiness, 0 * ends]), axis=1)


def median_class(chances: Floats) -> Classes:
    """(n,) the class of least expected absolute error."""
    return (np.cumsum(chances, axis=1) < 0.5).sum(axis=1).clip(max=chances.shape[1] - 1)


def ladder(inputs: Floats, classes: Classes, asked: Floats, seed: int) -> Classes:
    asks, answers, row = threshold_asks(inputs, classes, classes.max() + 1)
    weight = compute_sample_weight("balanced", classes)[row]
    model = LadderClassifier(seed=seed).set_params(recipe__bootstrap=0)
    model.fit(asks, answers, groups=row, times=row, sample_weight=weight)
    return median_class(class_chances(model.readiness(named(asked))))


def logistic(inputs: Floats, classes: Classes, asked: Floats, seed: int) -> Classes:
    model = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced", random_state=seed, max_iter=1000)
    )
    return model.fit(inputs, classes).predict(asked)


def trees(inputs: Floats, classes: Classes, asked: Floats, seed: int) -> Classes:
    choices = {"n_estimators": 100, "learning_rate": 0.05, "num_leaves": 7, "n_jobs": 1, "verbosity": -1}
    model = lightgbm.LGBMClassifier(class_weight="balanced", random_state=seed, **choices)
    return model.fit(named(inputs), classes).predict(named(asked))


def xgboost(inputs: Floats, classes: Classes, asked: Floats, seed: int) -> Classes:
    from xgboost import XGBClassifier

    model = XGBClassifier(n_estimators=100, learning_rate=0.05, max_depth=3, n_jobs=1, random_state=seed)
    return model.fit(inputs, classes, sample_weight=compute_sample_weight("balanced", classes)).predict(asked)


def methods() -> dict[str, Method]:
    """Those that are installed."""
    found: dict[str, Method] = {"LadderClassifier": ladder, "logistic": logistic, "LightGBM": trees}
    return found | ({"XGBoost": xgboost} if find_spec("xgboost") else {})


def amae(true: Classes, told: Classes) -> float:
    """Mean over the classes of the mean absolute error in each."""
    return float(np.mean([np.abs(told[true == one] - one).mean() for one in np.unique(true)]))


def judged(inputs: Floats, classes: Classes, splits: int) -> Iterator[dict[str, object]]:
    """One record a method and split: stratified, 70 % to learn from, 30 % to be judged on."""
    shuffled = StratifiedShuffleSplit(splits, test_size=0.3, random_state=0)
    for seed, (train, test) in enumerate(shuffled.split(inputs, classes)):
        for name, method in methods().items():
            told = method(inputs[train], classes[train], inputs[test], seed)
            kappa = cohen_kappa_score(classes[test], told, weights="quadratic")
            yield {"method": name, "AMAE": amae(classes[test], told), "QWK": kappa}


def rows(name: str, splits: int) -> Iterator[tuple[str, ...]]:
    """Of the table, for one set."""
    from skordinal import datasets

    inputs, classes = getattr(datasets, f"load_{name}")(return_X_y=True)
    records = judged(np.asarray(inputs, dtype=np.float64), np.asarray(classes, dtype=np.int64), splits)
    for method, found in pd.DataFrame(records).groupby("method", sort=False):
        cells = [f"{found[measure].mean():.3f} ± {found[measure].sem():.3f}" for measure in ("AMAE", "QWK")]
        yield (name, str(method), *cells)
    yield (name, "XGBoost, published", *(f"{figure:.3f}" for figure in PUBLISHED[name]))


def page(lines: list[str], splits: int) -> str:
    text = f"""# Public ordinal data

The estimator works on any ladder. A table with a complete ordinal label of K classes is given to it as K − 1 asks for
each row, "at least class k?", and the readiness curve gives the probabilities of the classes. This page has three
public data sets of people's judgements: lecturers (lev, 5 classes), social workers' assessments of risk (swd, 4
classes) and job candidates (era, 9 classes), with 1,000 rows each, from the package `skordinal`.

The figures are means ± standard errors over {splits} random stratified splits, with 70 % of the rows to learn from.
AMAE, the mean over the classes of their mean absolute errors, is better when lower. QWK, the quadratic weighted kappa,
is better when higher. All methods weight classes equally. The ladder uses its shipped recipe for all sets, without the
refits for intervals, which are not needed here. It is given no direction for any column, and predicts the median class.
The other methods ran in the same splits, untuned, and predict the most likely class. The published figures are those of
an XGBoost tuned by random search, over 30 splits of the same kind (TOC-UCO, Ayllón-Gavilán et al., 2025).

"""
    return text + "\n".join(lines) + f"\n\nMade by `{COMMAND}`.\n"


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--splits", type=int, default=30, help="how many, from 2")
    told.add_argument("--page", type=Path, metavar="FILE.md", help="write the table as a page of the documentation")
    given = told.parse_args()
    if find_spec("skordinal") is None:
        print("left out: the data sets come with skordinal. Fix: pip install skordinal", file=sys.stderr)
        return
    lines = ["| set | method | AMAE | QWK |", "|---|---|---|---|"]
    print(*lines, sep="\n")
    for name in SETS:
        for row in rows(name, given.splits):
            lines.append(f"| {' | '.join(row)} |")
            print(lines[-1], flush=True)
    if given.page:
        given.page.write_text(page(lines, given.splits), encoding="utf-8")


if __name__ == "__main__":
    main()
