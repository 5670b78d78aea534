"""Methods of a firm's own in a backtest: any callable that takes training and test asks and returns P(yes)."""

import sys
import traceback
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.errors import Fault, InputError
from advocate_score.evaluation.backtest import Method, are_probabilities
from advocate_score.model.arrays import Floats

ABOUT_THE_ANSWER = ("outcome", "completed", "known_at")
"""Columns of the asks that no method sees of the asks that it predicts."""


@contextmanager
def own_methods(chosen: Sequence[str | Method], folder: Path, taken: Collection[str]) -> Iterator[dict[str, Method]]:
    """Methods by the name of their column, which is the function's; their modules can import their neighbours inside.

    Parameters
    ----------
    chosen : `module:function`, or callables.
    folder : where modules are looked for before the installed packages.
    taken : the names of the other methods.

    Raises
    ------
    InputError
        if one cannot be imported or has the name of another; inside, if one fails or returns no probabilities.
    """
    sys.path.insert(0, str(folder))
    try:
        methods: dict[str, Method] = {}
        for method in chosen:
            name, function = _name_and_function(method, folder)
            if name in (*taken, *methods):
                problem = f"another method of the backtest is called {name}."
                raise InputError([Fault(f"--method {name}", problem, "give the function another name")])
            methods[name] = _with_checks(name, function)
        yield methods
    finally:
        sys.path.remove(str(folder))


def _name_and_function(method: str | Method, folder: Path) -> tuple[str, Any]:
    if not isinstance(method, str):
        return str(getattr(method, "__name__", type(method).__name__)), method
    module, separator, function = method.partition(":")
    where = f"--method {method}"
    if not (module and separator and function):
        fix = f"such as own:{method or 'forest'}, for a function in own.py beside the configuration"
        raise InputError([Fault(where, "is not MODULE:FUNCTION.", fix)])
    loaded = getattr(_import_module(module, where, folder), function, None)
    if not callable(loaded):
        problem = f"{module} has no function {function}."
        raise InputError([Fault(where, problem, f"name a function of {module} that takes training and test asks")])
    return function, loaded


def _import_module(module: str, where: str, folder: Path) -> object:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise InputError([Fault(where, f"{module} needs {error.name}.", f"install {error.name}")]) from error
        problem = f"there is no module {module} in {folder} or among the installed packages."
        raise InputError([Fault(where, problem, f"put {module}.py there, or correct the name")]) from error
    except Exception as error:
        raise InputError([Fault(where, _failure(error), f"correct {module}")]) from error


def _with_checks(name: str, method: Any) -> Method:
    def probability(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
        where = f"--method {name}"
        try:
            answer = np.asarray(method(training.copy(), test.drop(columns=list(ABOUT_THE_ANSWER))), dtype=np.float64)
        except Exception as error:
            raise InputError([Fault(where, _failure(error), f"correct {name}")]) from error
        if answer.shape != (len(test),):
            problem = (
                f"gave an array of shape {answer.shape}, not one probability for each of the {len(test)} test asks."
            )
            fix = "return one number for each row of its second argument, such as predict_proba(…)[:, 1]"
            raise InputError([Fault(where, problem, fix)])
        if not are_probabilities(answer):
            raise InputError([Fault(where, "gave numbers outside 0 to 1, or none.", "return probabilities of a yes")])
        return answer

    return probability


def _failure(error: Exception) -> str:
    """What went wrong in the firm's own code, and its last line."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((frame for frame in reversed(frames) if "site-packages" not in frame.filename), frames[-1])
    return f"failed: {type(error).__name__}: {error} ({Path(frame.filename).name}, line {frame.lineno})."
