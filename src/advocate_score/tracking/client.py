"""The tracking store: where it stands, what MLflow must find in the environment before it is first imported, how the
store is opened, and what its failures mean."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from advocate_score.config import Settings
from advocate_score.errors import AdvocateScoreError, ConfigurationError, Fault, RegistryUnreachableError

if TYPE_CHECKING:
    from mlflow import MlflowClient

ALWAYS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # stdout is for data
}
UNLESS_SET = {
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
    # MLflow's own patience with a dead server is about four minutes.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}


def prepare_environment() -> None:
    """No telemetry, no pickle, nothing on stdout; an operator may choose the timeouts and the log level."""
    os.environ.update(ALWAYS)
    for name, value in UNLESS_SET.items():
        os.environ.setdefault(name, value)


Result = TypeVar("Result")

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
SERVERS = ("http", "https", "databricks")
EXPERIMENT = {
    "mlflow.experimentKind": "custom_model_development",
    "mlflow.note.content": "Trainings of the advocacy ladder. Below each stands a run for every method compared "
    "and every origin of the backtest. Sort by `log_loss_macro`, and read a run's description first.",
}
"""MLflow then shows the pages of trained models, and not those of language models."""
CREDENTIALS = re.compile(r"://[^/@\s]*@")


def connect(settings: Settings) -> "MlflowClient":
    """A client of the configured store, which MLflow's fluent functions then use as well.

    The first use of a database makes MLflow's tables in it, which takes seconds.
    """
    _refuse_unknown_kind(settings)
    if is_untouched(settings):
        _sqlite_file(settings).touch(mode=0o600)
    prepare_environment()
    import mlflow  # only now is the environment as it must be

    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.tracking_uri)
    return mlflow.MlflowClient(settings.tracking_uri, settings.tracking_uri)


def is_untouched(settings: Settings) -> bool:
    """Whether the store is an SQLite file that is not there yet: nothing was ever trained."""
    return _kind(settings) == "sqlite" and not _sqlite_file(settings).exists()


def _kind(settings: Settings) -> str:
    """`sqlite`, `postgresql`, `https` …, without a driver's name."""
    return re.split(r"[+:]", settings.tracking_uri, maxsplit=1)[0]


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.tracking_uri.partition(":///")[2])


def _refuse_unknown_kind(settings: Settings) -> None:
    if _kind(settings) not in DATABASES + SERVERS:
        store = without_credentials(settings.tracking_uri)
        fix = f"an address that begins with one of {', '.join(DATABASES + SERVERS)}; empty for a file beside this one"
        raise ConfigurationError([Fault("[tracking] uri", f"'{store}' is not a store that can be used.", fix)])


def experiment_id(client: "MlflowClient", settings: Settings) -> str:
    """The configured experiment, made on first use. A server decides itself where artefacts go."""
    name, location = settings.tracking.experiment, _artefact_location(settings)
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return str(client.create_experiment(name, artifact_location=location, tags=EXPERIMENT))
    if experiment.lifecycle_stage != "active":
        fix = f"restore experiment {experiment.experiment_id} in MLflow, or choose another name"
        raise ConfigurationError([Fault("[tracking] experiment", f"'{name}' was deleted in the store.", fix)])
    if not settings.tracking.uri and experiment.artifact_location != location:
        fix = f"move the folder back, or choose another name; '{name}' keeps its artefacts at the old place"
        raise ConfigurationError([Fault("[tracking] experiment", "the folder of mlflow.db was moved.", fix)])
    return str(experiment.experiment_id)


def _artefact_location(settings: Settings) -> str | None:
    if _kind(settings) not in DATABASES:
        return None
    folder = settings.folder.resolve() / "mlartifacts"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder.as_uri()


def without_credentials(text: str) -> str:
    return CREDENTIALS.sub("://***@", text)


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turns every failure of the store inside into RegistryUnreachableError, without credentials in its message.

    A database whose driver is not installed is a fault of the configuration.
    """
    prepare_environment()
    try:
        yield
    except ModuleNotFoundError as error:
        fault = Fault("[tracking] uri", f"needs the module '{error.name}'.", "install the driver of this database")
        raise ConfigurationError([fault]) from error
    except AdvocateScoreError:
        raise
    except Exception as error:
        if isinstance(error, _failures()):
            raise _unreachable(settings, error) from error
        raise


def _failures() -> tuple[type[Exception], ...]:
    """What libraries raise; they are loaded once there is an error, since a store that nobody opens needs none."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, RequestException, OSError


def within(seconds: float, settings: Settings, call: Callable[[], Result]) -> Result:
    """What `call` gives, or RegistryUnreachableError after `seconds`.

    A socket's timeout starts anew with each byte, and there are several calls: only a clock of our own is a bound.
    """
    return result_within(start_in_thread(call), seconds, seconds, settings)


def start_in_thread(call: Callable[[], Result]) -> "Future[Result]":
    """The call in a thread. Once left behind, nothing can stop it; being a daemon it does not hold up the exit."""
    future: Future[Result] = Future()
    threading.Thread(target=_settle, args=(future, call), daemon=True).start()
    return future


def result_within(future: "Future[Result]", seconds: float, left: float, settings: Settings) -> Result:
    """Its result, or RegistryUnreachableError: it had `seconds`, of which these are `left`."""
    try:
        return future.result(left)
    except TimeoutError as error:
        raise _unreachable(settings, TimeoutError(f"no answer within {seconds:g} s")) from error


def _settle(future: "Future[Result]", call: Callable[[], Result]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)


def _unreachable(settings: Settings, error: Exception) -> RegistryUnreachableError:
    cause = without_credentials(str(error).partition("\n")[0])[:200]
    store = without_credentials(settings.tracking_uri)
    return RegistryUnreachableError(
        f"the model registry at {store} cannot be used: {cause}. Fix: bring it back, or correct [tracking] uri"
    )
