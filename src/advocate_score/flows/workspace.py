"""A configuration and its tables as an object, for notebooks and scripts."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pandas as pd

from advocate_score import dates
from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError
from advocate_score.evaluation.backtest import Method
from advocate_score.flows import (
    datasets,
    explain,
    inspection,
    monitor,
    nightly,
    project,
    promote,
    serving,
    setup,
    train,
)
from advocate_score.flows.account_scores import score_all_accounts
from advocate_score.flows.evaluation import backtest_model
from advocate_score.model.ladder_model import LadderModel
from advocate_score.tracking.champion import load_champion


class NotebookProgress:
    """Progress in a notebook: steps are silent, and each warning is shown once, as a Python warning."""

    def __init__(self) -> None:
        self._shown: set[str] = set()

    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        pass

    def warn(self, text: str) -> None:
        if text not in self._shown:
            self._shown.add(text)
            warnings.warn(text, UserWarning, stacklevel=2)


class Workspace:
    """A firm's configuration, tables and models; what has a command's name does what that command does.

    Times are naive UTC. `as_of` is a date or an instant as text, by default the configuration's rule. Everything
    raises `AdvocateScoreError` where the command would end with an error.

    Parameters
    ----------
    config : the configuration file.
    overrides : settings over it, as `section.key=value`.
    """

    def __init__(self, config: str | Path = "advocate.toml", overrides: Sequence[str] = ()) -> None:
        self._project = project.open_project(Path(config).absolute(), overrides, NotebookProgress())

    @classmethod
    def simulated(cls, folder: str | Path, **world: object) -> Self:
        """A made-up CRM, ready to be worked on, in a folder that is new, empty or an earlier one of the same kind.

        `world`: settings of `advocate_score.simulate.world.World`, such as accounts, asks and seed.
        """
        config = setup.write_demo_config(Path(folder))
        setup.simulate_folder(Path(folder), world, NotebookProgress())
        return cls(config)

    @property
    def settings(self) -> Settings:
        return self._project.settings

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps the runs and models."""
        return self.settings.tracking_uri

    def check(self) -> pd.DataFrame:
        """One row a table: rows read, accepted, merged, quarantined."""
        return pd.DataFrame(inspection.check_tables(self._project)["tables"])

    def signals(self) -> pd.DataFrame:
        """One row a declared signal: what it is made from, whether the tables can give it, and why not."""
        return pd.DataFrame(inspection.list_signals(self._project)["signals"])

    def asks(self, as_of: str | None = None) -> pd.DataFrame:
        """What a model learns from: one row an ask mature by `as_of`, oldest first, with the signals as of the ask.

        Columns: ask_id, account_id, level, asked_at, matures_at, outcome (0/1), completed, …, then the account's
        record of answers, `history_yes` and `history_n`, and one column a signal.
        """
        with project.open_data(self._project, datasets.TRAINING_TABLES) as data:
            instant = project.resolve_as_of(self.settings, as_of, data.tables.data_cut)
            return datasets.labelled_asks(self._project, data, instant)

    def accounts(self, as_of: str | None = None) -> pd.DataFrame:
        """What a model scores: one row an account known at `as_of`, with its signals."""
        with project.open_data(self._project) as data:
            instant = project.resolve_as_of(self.settings, as_of, data.tables.data_cut)
            return datasets.account_frame(data, self.settings, instant)

    def readiness(self, as_of: str | None = None) -> pd.DataFrame:
        """One row an account and level: account_id, level, readiness with its interval (low, high), completion,
        expected_value, evidence, eligible, and the rule that rests the account. Nothing is published.
        """
        with project.open_data(self._project) as data:
            instant = project.resolve_as_of(self.settings, as_of, data.tables.data_cut)
            return score_all_accounts(self._project, data, instant).table

    def score(self, as_of: str | None = None, **choices: Any) -> dict[str, Any]:
        """Publishes a night, whole or not at all; gives folder, levels, rows, warnings, …

        `choices`: backfill, replace, force (each False) and reason, as the options of the command.
        """
        return nightly.score_in_turn(self._project, as_of, **{"backfill": False, "replace": False, **choices})

    def backtest(
        self, as_of: str | None = None, origins: str | None = None, methods: Sequence[str | Method] = ()
    ) -> dict[str, Any]:
        """Evaluates the recipe at rolling origins beside the baselines; gives by_origin, evaluation, differences, …

        `methods`: callables, or `module:function`, that take training and test asks and return P(yes) for each test
        ask; with them the backtest is logged to MLflow and its `run_id` given.
        """
        return backtest_model(self._project, as_of, origins, own=methods)

    def monitor(self, as_of: str | None = None, against: str | None = None) -> dict[str, Any]:
        """Compares past nights with the answers since, and measures the drift between two of them."""
        return monitor.monitor_publications(self._project, as_of, against)

    def train(self, as_of: str | None = None, tune: int = 0) -> dict[str, Any]:
        """Fits, backtests, logs to MLflow and registers a challenger; gives model_name, version, run_id, evaluation, …

        `tune`: how many recipes to try before.
        """
        return train.train_model(self._project, as_of, tune)

    def promote(self, version: str | None = None, *, force: bool = False, reason: str | None = None) -> dict[str, Any]:
        """Holds a version, by default the challenger, against the gate and makes it champion; HeldError where a check
        fails and nobody forces it."""
        return promote.promote_version(self._project, version, force, reason)

    def champion(self) -> LadderModel:
        """The model in service, its files verified; InputError where none was promoted."""
        champion = load_champion(self.settings, dates.now())
        if champion is None:
            serving.refuse_other_names(self.settings)
            raise InputError([Fault("champion", "no model was promoted.", "call train() and promote()")])
        return champion.model

    def explain(self, account_id: str, as_of: str | None = None) -> dict[str, Any]:
        """One account as a card: readiness with its interval at each level, what the rules say, and the reasons.

        `account_id`: its id, or its name.
        """
        return explain.explain_account(self._project, account_id, as_of)
