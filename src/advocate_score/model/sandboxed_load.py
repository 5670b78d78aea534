"""Loads a model's files for the first time in a separate process, so that a crash of native code ends only that one.

The module is also the program of that process: it sets its limits, reads one JSON object from stdin, loads the model,
and writes one JSON object to stdout. It imports nothing heavy before the limits are set.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from advocate_score.errors import ModelRefusedError

SECONDS = 60.0
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")
"""The environment variables passed on; no credentials, because the files may be hostile."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_CHILD = (sys.executable, "-P", "-B", "-m", "advocate_score.model.sandboxed_load")


def sandboxed_load(
    folder: Path, digests: Mapping[str, str], golden: Sequence[str] = (), seconds: float = SECONDS
) -> tuple[str, ...]:
    """Load the files as `persistence.load` does and check the golden rows, in a separate process.

    Parameters
    ----------
    folder, digests : as for `persistence.load`.
    golden : the golden rows to check; by default those of the loaded model.
    seconds : the time limit.

    Returns
    -------
    the golden rows that were checked.

    Raises
    ------
    ModelRefusedError
        if the files are refused, or the process dies, needs longer than `seconds`, or too much memory.
    """
    request = json.dumps({"folder": str(folder.resolve()), "digests": dict(digests), "golden": list(golden)})
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _ONE_THREAD
    try:
        child = subprocess.run(
            _CHILD,
            input=request.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelRefusedError(f"a first load in a process apart did not end within {seconds:g} s") from error
    if child.returncode:
        raise ModelRefusedError(f"a first load in a process apart ended it (status {child.returncode})")
    return _answer(child.stdout)


def _answer(output: bytes) -> tuple[str, ...]:
    try:
        answer = json.loads(output)
        refused, golden = answer["refused"], tuple(map(str, answer["golden"]))
    except (ValueError, TypeError, LookupError) as error:
        raise ModelRefusedError("a first load in a process apart gave no answer") from error
    if refused is not None:
        raise ModelRefusedError(str(refused))
    return golden


_LIMITS = {
    resource.RLIMIT_AS: 4 * 1024**3,
    resource.RLIMIT_CPU: 120,
    resource.RLIMIT_FSIZE: 0,  # it has nothing to write
    resource.RLIMIT_CORE: 0,
}


def main() -> None:
    """Run the separate process."""
    for which, maximum in _LIMITS.items():
        resource.setrlimit(which, (maximum, maximum))
    json.dump(try_load(json.load(sys.stdin)), sys.stdout)


def try_load(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer for `sandboxed_load`; the imports are local so that the limits apply to them too."""
    from advocate_score.model.persistence import golden_rows, load, replay

    try:
        model = load(Path(request["folder"]), request["digests"])
        golden = request["golden"] or golden_rows(model)
        replay(model, golden)
    except ModelRefusedError as error:
        return {"refused": str(error), "golden": []}
    return {"refused": None, "golden": list(golden)}


if __name__ == "__main__":
    main()
