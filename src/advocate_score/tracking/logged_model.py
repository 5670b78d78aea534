"""The model as MLflow keeps it for others: a model from code with its signature, its requirements and this package.

It has no pickle and no input example. The package goes along as a wheel, because no index has it: an environment made
from the requirements would otherwise be impossible.
"""

import base64
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution, version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

from advocate_score.files import shipped_file
from advocate_score.signal_spec import Signal
from advocate_score.tracking.registry import MODEL_FOLDER, WHEELS, artifact_files, mlflow_files_digest

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.models import ModelSignature

NAME = "ladder"
RECORD_OF_ANSWERS = ("history_yes", "history_n")
LEVEL = "level"
PINNED = ("mlflow", "lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")
"""Libraries whose versions a prediction may depend on; the wheel names the others."""
_PACKAGE = "advocate_score"
_SHIPPED = ("data", "models", "pipelines")
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the wheel, so that the same package is the same file."""


@dataclass(frozen=True)
class Logged:
    """A model of a run, not registered yet, and where its files lie; `wrapping`: one digest of those around its own."""

    model_id: str
    location: str
    wrapping: str


@dataclass(frozen=True)
class ModelFiles:
    """`folder`: where `model.persistence.save` wrote the model; `digests`: what it returned."""

    folder: Path
    digests: Mapping[str, str]


def log_model(
    client: "MlflowClient",
    run_id: str,
    files: ModelFiles,
    described: "ModelSignature",
    parameters: Mapping[str, str],
    temporary: Path,
) -> Logged:
    """Log the folder as a model of the run, through the client: MLflow's own function would use the active run.

    Parameters
    ----------
    client : of the store.
    run_id : the training's run.
    files : the model's own.
    described : the signature.
    parameters : of the training, shown with the model.
    temporary : an existing folder for copies.
    """
    import mlflow
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    experiment = client.get_run(run_id).info.experiment_id
    with _new_logged_model(
        client.create_logged_model(experiment, NAME, run_id, params=dict(parameters)), client
    ) as model:
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
        place, number = model.artifact_location, model.model_id
        mlflow.pyfunc.save_model(
            path=temporary / "logged",
            python_model=str(Path(__file__).with_name("ladder_pyfunc.py")),
            artifacts=_artifacts(files, temporary),
            signature=described,
            pip_requirements=requirements(),
            mlflow_model=Model(artifact_path=place, run_id=run_id, model_uuid=number, model_id=number),
        )
        write_wheel(temporary / "logged" / WHEELS)
        client.log_model_artifacts(model.model_id, str(temporary / "logged"))
        return Logged(number, place, mlflow_files_digest(artifact_files(client, place), temporary))


@contextmanager
def _new_logged_model(model: "LoggedModel", client: "MlflowClient") -> "Iterator[LoggedModel]":
    try:
        yield model
    except BaseException:
        client.finalize_logged_model(model.model_id, "FAILED")
        raise
    client.finalize_logged_model(model.model_id, "READY")


def _artifacts(files: ModelFiles, temporary: Path) -> dict[str, str]:
    # A folder's own name becomes part of the artefact's path.
    folder = Path(shutil.copytree(files.folder, temporary / Path(MODEL_FOLDER).name))
    expected = temporary / "digests.json"
    expected.write_text(json.dumps(dict(files.digests), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return {"ladder": str(folder), "digests": str(expected)}


def signature(signals: Sequence[Signal], levels: Iterable[int]) -> "ModelSignature":
    """Return the signature.

    Inputs: the record of answers and every signal, and the row's own level if it has one. Numbers are of any type,
    since MLflow refuses whole numbers where it was promised fractions. Outputs: `readiness_1`, `readiness_2` …; the
    parameters ask for more.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType

    categories = {signal.name for signal in signals if signal.is_category}
    names = dict.fromkeys((*RECORD_OF_ANSWERS, *(signal.name for signal in signals)))
    number = AnyType()  # type: ignore[no-untyped-call]
    inputs = [ColSpec("string" if name in categories else number, name) for name in names]
    asked = [
        ParamSpec("level", DataType.long, 0),
        ParamSpec("intervals", DataType.boolean, False),
        ParamSpec("completion", DataType.boolean, False),
        ParamSpec("reasons", DataType.long, 0),
    ]
    return ModelSignature(
        inputs=Schema([*inputs, ColSpec(number, LEVEL, required=False)]),
        outputs=Schema([ColSpec("double", f"readiness_{level}") for level in levels]),
        params=ParamSchema(asked),
    )


def requirements() -> list[str]:
    """Return what has to be installed where the model is used, the wheel by its path beside the model."""
    return [*(f"{name}=={installed_version(name)}" for name in PINNED), f"{WHEELS}/{_wheel_name()}"]


def _wheel_name() -> str:
    return f"{_PACKAGE}-{installed_version('advocate-score')}-py3-none-any.whl"


def write_wheel(folder: Path) -> Path:
    """Pack the installed package into the new `folder`, byte for byte the same each time; return the wheel."""
    folder.mkdir()
    files = dict(sorted(_wheel_contents()))
    record = f"{_wheel_info()}/RECORD"
    lines = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    wheel = folder / _wheel_name()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return wheel


def _wheel_contents() -> Iterator[tuple[str, bytes]]:
    """Yield the name in the wheel and the content of every file, whether the package is installed or a checkout."""
    package = Path(__file__).parents[1]
    for root, place in [(package, ""), *((shipped_file(name), f"shipped/{name}/") for name in _SHIPPED)]:
        for file in root.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{_PACKAGE}/{place}{file.relative_to(root).as_posix()}", file.read_bytes()
    yield f"{_wheel_info()}/METADATA", (distribution("advocate-score").read_text("METADATA") or "").encode()
    tags = ["Wheel-Version: 1.0", "Generator: advocate-score", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
    yield f"{_wheel_info()}/WHEEL", "\n".join(tags).encode()


def _wheel_info() -> str:
    return f"{_PACKAGE}-{installed_version('advocate-score')}.dist-info"


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
