"""The tracking store: its address, the environment that MLflow needs before it is first imported, connecting to it, and
the errors that its failures become.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

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
    # By default MLflow waits about four minutes for a dead server.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}


class _Environment:
    """Who is inside `own_environment`, and what the variables were before the first came in."""

    lock = threading.Lock()
    inside = 0
    before: ClassVar[dict[str, str | None]] = {}


@contextmanager
def own_environment() -> Iterator[None]:
    """MLflow's environment while the store is used: no telemetry, no pickle, nothing on stdout, short timeouts.

    Timeouts and log level that an operator has set are kept. A notebook's own variables are as they were afterwards,
    once the last thread is out.
    """
    with _Environment.lock:
        if not _Environment.inside:
            needed = ALWAYS | {name: value for name, value in UNLESS_SET.items() if name not in os.environ}
            _Environment.before = {name: os.environ.get(name) for name in needed}
            os.environ.update(needed)
        _Environment.inside += 1
    try:
        yield
    finally:
        with _Environment.lock:
            _Environment.inside -= 1
            if not _Environment.inside:
                _restore(_Environment.before)


def _restore(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


Result = TypeVar("Result")

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
SERVERS = ("http", "https", "databricks")
EXPERIMENT = {
    "mlflow.experimentKind": "custom_model_development",
    "mlflow.note.content": "Trainings of the advocacy ladder. Below each stands a run for every method compared "
    "and every origin of the backtest. Sort by `log_loss_macro`, and read a run's description first.",
}
"""Tags with which MLflow shows the pages for trained models, not those for language models."""
CREDENTIALS = re.compile(r"://[^/@\s]*@")


def connect(settings: Settings) -> "MlflowClient":
    """Return a client of the configured store.

    MLflow's fluent functions know nothing of it: whoever calls us may have a store and an active run of their own. The
    first use of a database creates MLflow's tables, which takes seconds.
    """
    _refuse_unknown_kind(settings)
    if is_untouched(settings):
        _sqlite_file(settings).touch(mode=0o600)
    with own_environment():
        from mlflow import MlflowClient

        return MlflowClient(settings.tracking_uri, settings.tracking_uri)


def load_mlflow() -> None:
    """Import MLflow in its environment. It takes seconds, which must not count against a time limit of the registry."""
    with own_environment():
        import_module("mlflow")


def call_undisturbed(call: Callable[[], Result]) -> Result:
    """Return the result of `call` from a thread of its own, where MLflow knows of no active run or model.

    A metric would otherwise belong to the model that a notebook has loaded last.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(call).result()


def is_untouched(settings: Settings) -> bool:
    """Return whether the store is an SQLite file that does not exist yet, so that nothing was ever trained."""
    return _store_kind(settings) == "sqlite" and not _sqlite_file(settings).exists()


def _store_kind(settings: Settings) -> str:
    """Return `sqlite`, `postgresql`, `https` …, without the name of a driver."""
    return re.split(r"[+:]", settings.tracking_uri, maxsplit=1)[0]


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.tracking_uri.partition(":///")[2])


def _refuse_unknown_kind(settings: Settings) -> None:
    if _store_kind(settings) not in DATABASES + SERVERS:
        store = without_credentials(settings.tracking_uri)
        fix = f"an address that begins with one of {', '.join(DATABASES + SERVERS)}; empty for a file beside this one"
        raise ConfigurationError([Fault("[tracking] uri", f"'{store}' is not a store that can be used.", fix)])


def experiment_id(client: "MlflowClient", settings: Settings) -> str:
    """Return the configured experiment, created at first use; a server itself decides where artefacts go."""
    name, location = settings.tracking.experiment, _artefact_location(settings)
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return str(client.create_experiment(name, artifact_location=location, tags=EXPERIMENT))
    if experiment.lifecycle_stage != "active":
        fix = f"restore experiment {experiment.experiment_id} in MLflow, or choose another name"
        raise ConfigurationError([Fault("[tracking] experiment", f"'{name}' was deleted in the store.", fix)])
    is_ours = experiment.artifact_location.endswith("/mlartifacts")  # `mlflow run` may have made it, elsewhere
    if not settings.tracking.uri and is_ours and experiment.artifact_location != location:
        fix = f"move the folder back, or choose another name; '{name}' keeps its artefacts at the old place"
        raise ConfigurationError([Fault("[tracking] experiment", "the folder of mlflow.db was moved.", fix)])
    return str(experiment.experiment_id)


def _artefact_location(settings: Settings) -> str | None:
    if _store_kind(settings) not in DATABASES:
        return None
    folder = settings.folder.resolve() / "mlartifacts"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder.as_uri()


def without_credentials(text: str) -> str:
    return CREDENTIALS.sub("://***@", text)


@contextmanager
def translate_store_errors(settings: Settings) -> Iterator[None]:
    """Turn every failure of the store in this context into RegistryUnreachableError.

    The message holds no credentials. A database whose driver is not installed raises ConfigurationError.
    """
    try:
        with own_environment():
            yield
    except ModuleNotFoundError as error:
        fault = Fault("[tracking] uri", f"needs the module '{error.name}'.", "install the driver of this database")
        raise ConfigurationError([fault]) from error
    except AdvocateScoreError:
        raise
    except Exception as error:
        if isinstance(error, _failures()):
            raise _unreachable_error(settings, error) from error
        raise


def _failures() -> tuple[type[Exception], ...]:
    """Return the exceptions of the libraries; imported only after an error, because most runs never need them."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, RequestException, OSError


def call_within(seconds: float, settings: Settings, call: Callable[[], Result]) -> Result:
    """Return the result of `call`, or raise RegistryUnreachableError after `seconds`.

    The limit is ours because a socket's timeout restarts with each byte, and there are several calls. The call runs
    in a daemon thread, which cannot be stopped but does not delay the exit.
    """
    future: Future[Result] = Future()
    threading.Thread(target=_settle, args=(future, call), daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        raise _unreachable_error(settings, TimeoutError(f"no answer within {seconds:g} s")) from error


def _settle(future: "Future[Result]", call: Callable[[], Result]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)


def _unreachable_error(settings: Settings, error: Exception) -> RegistryUnreachableError:
    cause = without_credentials(str(error).partition("\n")[0])[:200]
    store = without_credentials(settings.tracking_uri)
    return RegistryUnreachableError(
        f"the model registry at {store} cannot be used: {cause}. Fix: bring it back, or correct [tracking] uri"
    )
