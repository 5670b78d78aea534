import threading
import time

import pytest

from advocate_score.config import Settings, Tracking
from advocate_score.errors import ConfigurationError, RegistryUnreachableError
from advocate_score.tracking.client import (
    call_within,
    connect,
    experiment_id,
    is_untouched,
    translate_store_errors,
    without_credentials,
)


def test_artefacts_of_a_database_store_stand_beside_the_configuration(settings):
    client = connect(settings)
    number = experiment_id(client, settings)
    assert client.get_experiment(number).artifact_location == (settings.folder / "mlartifacts").as_uri()
    assert (settings.folder / "mlartifacts").stat().st_mode & 0o777 == 0o700
    assert experiment_id(client, settings) == number


def test_a_deleted_experiment_is_named_with_its_fix(settings):
    client = connect(settings)
    client.delete_experiment(experiment_id(client, settings))
    with pytest.raises(ConfigurationError, match=r"\[tracking\] experiment.*Fix: restore experiment"):
        experiment_id(client, settings)


def test_a_store_that_was_moved_with_its_folder_is_not_written_to_at_the_old_place(settings, tmp_path):
    experiment_id(connect(settings), settings)
    moved = Settings(folder=tmp_path / "moved")
    moved.folder.mkdir()
    (settings.folder / "mlflow.db").rename(moved.folder / "mlflow.db")
    with pytest.raises(ConfigurationError, match="was moved"):
        experiment_id(connect(moved), moved)


def test_a_new_store_is_its_owners_alone(tmp_path):
    connect(Settings(folder=tmp_path))
    assert (tmp_path / "mlflow.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("uri", ["./mlruns", "ftp://me:hunter2@host/store"])
def test_a_store_of_a_kind_that_cannot_be_used_is_a_fault_of_the_configuration(tmp_path, uri):
    with pytest.raises(ConfigurationError, match=r"\[tracking\] uri") as caught:
        connect(Settings(folder=tmp_path, tracking=Tracking(uri=uri)))
    assert "hunter2" not in str(caught.value)


def test_a_missing_database_driver_is_named(tmp_path):
    settings = Settings(folder=tmp_path, tracking=Tracking(uri="mysql://me:hunter2@127.0.0.1/store"))
    with pytest.raises(ConfigurationError, match="needs the module 'MySQLdb'"), translate_store_errors(settings):
        connect(settings).search_experiments()


def test_looking_whether_a_store_is_there_does_not_make_it(tmp_path):
    assert is_untouched(Settings(folder=tmp_path))
    assert not list(tmp_path.iterdir())
    assert not is_untouched(Settings(folder=tmp_path, tracking=Tracking(uri="https://mlflow.example")))


def test_a_registry_that_refuses_connections_is_named_without_its_password(unreachable, monkeypatch):
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES")
    begun = time.monotonic()
    with pytest.raises(RegistryUnreachableError) as caught, translate_store_errors(unreachable):
        connect(unreachable).search_experiments()
    assert time.monotonic() - begun < 15
    assert "127.0.0.1:9" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["http://user:p%40ss@host/path", "postgresql://user:p%40ss@host/base"])
def test_credentials_are_taken_out_of_addresses(text):
    assert "p%40ss" not in without_credentials(text)
    assert without_credentials(text).endswith(text.partition("@")[2])


def test_within_gives_the_result_or_the_error_of_the_call(settings):
    assert call_within(5, settings, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        call_within(5, settings, lambda: 1 // 0)


def test_a_call_without_end_is_left_at_the_deadline(settings):
    release = threading.Event()
    with pytest.raises(RegistryUnreachableError, match=r"no answer within 0\.2 s"):
        call_within(0.2, settings, release.wait)
    release.set()
