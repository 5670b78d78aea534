import json
import math
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from mlflow.types import Schema

from advocate_score.config import Settings
from advocate_score.errors import RegistryUnreachableError
from advocate_score.evaluation.comparison import reliability
from advocate_score.model.recipe import Boosting
from advocate_score.tracking import artifacts
from advocate_score.tracking.client import connect, experiment_id
from advocate_score.tracking.promotion import candidate, promote
from advocate_score.tracking.training_result import metrics_of
from advocate_score.tracking.training_run import children, flatten_recipe, log_training
from tracking.small_project import CANARY, NOW, SIGNALS


@pytest.fixture(scope="module")
def project(tmp_path_factory, prepared_database):
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copy(prepared_database, folder / "mlflow.db")
    return Settings(folder=folder)


@pytest.fixture(scope="module")
def recorded(project, training):
    """A training logged whole, and promoted."""
    found = log_training(project, training)
    promote(project, candidate(project), now=NOW)
    return found


@pytest.fixture
def run(project, recorded):
    return connect(project).get_run(recorded.run_id)


@pytest.fixture
def artefacts(project, recorded):
    return project.folder / "mlartifacts" / recorded.run_id / "artifacts"


def test_a_run_holds_what_the_training_was_made_from(run, project, training):
    assert run.info.status == "FINISHED"
    choices = {name: str(value) for name, value in flatten_recipe(training.choices).items()}
    assert run.data.params == choices | {
        "recipe": "blend",
        "recipes_sha256": training.recipes_digest,
        "as_of": "2026-01-01",
        "maturity_days": str(project.model.maturity_days),
        "seed": str(project.model.seed),
        "engine": "duckdb",
        "signals": "3",
    }
    assert run.data.tags["schema_hash"] == training.schema_hash
    assert len(run.data.tags["config_hash"]) == 64
    assert {table.name: run.data.tags[f"data.{table.name}"] for table in training.inputs} == digests(training)


def digests(training):
    return {table.name: table.digest for table in training.inputs}


def test_an_edit_of_the_recipe_is_the_difference_of_two_runs(settings, unevaluated):
    shallow = unevaluated.choices.model_copy(update={"boosting": Boosting(leaves=3)})
    edited = replace(unevaluated, choices=shallow, recipes_digest="dd" * 32)
    first, second = (log_training(settings, training).run_id for training in (unevaluated, edited))
    before, after = (connect(settings).get_run(run_id).data.params for run_id in (first, second))
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {
        "boosting.leaves": ("7", "3"),
        "recipes_sha256": ("cc" * 32, "dd" * 32),
    }


def test_datasets_have_schema_rows_and_digests_of_the_whole_files(run, training):
    datasets = {one.dataset.name: one.dataset for one in run.inputs.dataset_inputs}
    known = digests(training)
    assert {name: json.loads(one.source)["tags"]["sha256"] for name, one in datasets.items()} == known
    assert all(known[name].startswith(one.digest) for name, one in datasets.items())
    for table in training.inputs:
        described = datasets[table.name]
        assert json.loads(described.profile) == {"num_rows": table.rows}
        columns = Schema.from_json(json.dumps(json.loads(described.schema)["mlflow_colspec"]))
        assert {column.name: column.type.name for column in columns} == table.columns


def test_metrics_are_those_of_the_summary(run, training):
    own = {"asks": 400.0, "yes": float(training.log.yes), "accounts": float(training.log.accounts)}
    own |= {f"blend_weight/{name}": weight for name, weight in training.weights.items()}
    own |= training.selection.metrics()
    segments = training.evaluation.segments
    own |= {"segments_judged": 2.0, "segments_wrong": float((segments["verdict"] != "as_predicted").sum())}
    apart = training.comparison.differences["cold_scorecard"]
    own |= {"vs_cold_scorecard/delta_log_loss_macro": apart.delta, "vs_cold_scorecard/p_better": apart.p_below_zero}
    assert run.data.metrics == pytest.approx(metrics_of(training.evaluation.summary) | own)
    assert {"log_loss_macro", "auc_level_3", "base_rate/log_loss_pooled"} <= run.data.metrics.keys()


def test_figures_tables_signals_and_configuration_are_kept(artefacts, training):
    files = {path.relative_to(artefacts).as_posix() for path in artefacts.rglob("*") if path.is_file()}
    drawn = {"reliability", "gain", "roc", "concept_importance", "learning_curve", "segments"}
    assert files == {
        *(f"figures/{name}.png" for name in drawn),
        "evaluation/summary.csv",
        "evaluation/reliability.csv",
        "evaluation/learning_curve.csv",
        "evaluation/segments.csv",
        "evaluation/gate.csv",
        "model_card.md",
        "selection.json",
        "concept_importance.csv",
        "signals.json",
        "configuration.json",
    }
    assert all((artefacts / f"figures/{name}.png").read_bytes().startswith(b"\x89PNG") for name in drawn)
    assert [one["name"] for one in json.loads((artefacts / "signals.json").read_text())] == [s.name for s in SIGNALS]
    read = pd.read_csv(artefacts / "evaluation/summary.csv")
    assert read["value"].to_list() == pytest.approx(training.evaluation.summary["value"].to_list(), nan_ok=True)


def test_the_same_figure_is_the_same_file(training, tmp_path):
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for file in files:
        table = reliability(training.evaluation.predictions, "readiness")
        artifacts.reliability_figure(table).savefig(file, metadata={"Software": None})
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_version_is_tagged_and_under_challenger(project, recorded, training):
    version = connect(project).get_model_version_by_alias(recorded.model_name, "challenger")
    assert (str(version.version), version.run_id) == (recorded.version, recorded.run_id)
    assert json.loads(version.tags["digests"]) == training.digests
    assert version.tags["recipe"] == "blend"
    assert float(version.tags["log_loss_macro"]) > 0


def test_the_version_tells_how_it_stands_to_what_serves_and_where_its_card_is(project, recorded, training):
    version = connect(project).get_model_version(recorded.model_name, recorded.version)
    apart = training.comparison.differences["cold_scorecard"]
    assert version.tags["compared_with"] == "the scorecard"
    assert version.tags["gate"] == ("would promote" if training.comparison.verdict.promoted else "would hold")
    assert float(version.tags["vs_cold_scorecard.delta_log_loss"].split()[0]) == pytest.approx(apart.delta, abs=1e-6)
    assert float(version.tags["vs_cold_scorecard.p_better"]) == pytest.approx(apart.p_below_zero, abs=1e-4)
    assert version.tags["calibration_identified"] == "false"
    assert f"runs:/{recorded.run_id}/model_card.md" in version.description
    assert training.selection.banner()[1:] in version.description
    assert version.description.count("cold scorecard") == 1, "each reference is named once"
    assert all(f"| {check.check} |" in version.description for check in training.comparison.verdict.checks)
    assert connect(project).get_run(recorded.run_id).data.tags["mlflow.note.content"] == version.description
    assert len(version.description) < 5000, "MLflow has no room for more"


def test_methods_and_origins_are_finished_runs_below_the_training(project, recorded, training):
    client = connect(project)
    below = client.search_runs([recorded.experiment_id], f"tags.mlflow.parentRunId = '{recorded.run_id}'")
    assert {run.info.run_name for run in below} == {"readiness", "base_rate", "origin 2024-01-01"}
    assert {run.info.status for run in below} == {"FINISHED"}
    assert not any(run.data.tags.get("mlflow.user") for run in below)
    by_name = {run.info.run_name: run for run in below}
    for child in children(training.evaluation):
        run = by_name[child.name]
        known = {name: value for name, value in child.metrics.items() if math.isfinite(value)}
        assert {name: run.data.metrics[name] for name in known} == pytest.approx(known)
        assert run.data.params.items() >= {name: str(value) for name, value in child.parameters.items()}.items()
    course = client.get_metric_history(by_name["readiness"].info.run_id, "by_asks_learned_from/log_loss_pooled")
    assert [(one.step, one.value) for one in course] == [(80, 0.5), (400, 0.5)]


def test_each_training_is_a_version_of_its_own(settings, registered, unevaluated):
    again = log_training(settings, unevaluated)
    assert (registered.version, again.version) == ("1", "2")
    assert candidate(settings).number == "2"


def test_nothing_personal_reaches_the_store(project, recorded):
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    assert len(files) > 15
    assert not [path for path in files if CANARY.split()[0].encode() in path.read_bytes()]


def test_logging_writes_nothing_to_stdout(settings, training, capfd):
    log_training(settings, training)
    assert capfd.readouterr() == ("", "")


def test_a_training_that_was_not_evaluated_is_registered_all_the_same(settings, registered):
    run = connect(settings).get_run(registered.run_id)
    assert run.data.metrics["asks"] == 400.0
    assert "log_loss_macro" not in run.data.metrics


def test_a_run_that_breaks_off_is_marked_as_failed(settings, unevaluated, tmp_path):
    gone = replace(unevaluated, model_folder=tmp_path / "gone")
    with pytest.raises(RegistryUnreachableError):
        log_training(settings, gone)
    client = connect(settings)
    found = client.search_runs([client.get_experiment_by_name(settings.tracking.experiment).experiment_id])
    assert [run.info.status for run in found] == ["FAILED"]
    models = client.search_logged_models([run.info.experiment_id for run in found])
    assert [str(model.status) for model in models] == ["FAILED"]


def test_the_run_of_a_project_is_the_training_itself(settings, unevaluated, monkeypatch):
    client = connect(settings)
    begun = client.create_run(experiment_id(client, settings), tags={"mlflow.source.type": "PROJECT"}).info.run_id
    client.log_param(begun, "as_of", "2026-01")
    monkeypatch.setenv("MLFLOW_RUN_ID", begun)
    found = log_training(settings, unevaluated)
    assert found.run_id == begun
    run = client.get_run(begun)
    assert (run.data.params["as_of"], run.data.tags["as_of"]) == ("2026-01", "2026-01-01")
    assert run.data.metrics["asks"] == 400.0
    assert len(client.search_runs([found.experiment_id])) == 1


@pytest.mark.parametrize("whose", ["another store's", "a notebook's"])
def test_a_run_that_no_project_began_here_is_left_alone(settings, unevaluated, whose, monkeypatch):
    client = connect(settings)
    other = client.create_run("0").info.run_id if whose == "a notebook's" else "0123456789abcdef0123456789abcdef"
    monkeypatch.setenv("MLFLOW_RUN_ID", other)
    assert log_training(settings, unevaluated).run_id != other
    assert [(run.info.status, run.data.metrics) for run in client.search_runs(["0"])] == [
        ("RUNNING", {}) for _ in range(whose == "a notebook's")
    ]


def test_no_name_of_the_machines_user_is_kept(project, run):
    assert not run.data.tags.get("mlflow.user")
    models = connect(project).search_logged_models([run.info.experiment_id])
    assert models
    assert not any(model.tags.get("mlflow.user") for model in models)
    assert run.data.tags["mlflow.source.name"] == "advocate-score train"
