"""The process that `sandboxed_load` starts: it sets its limits, then loads the model.

It reads one JSON object from stdin and writes one to stdout.
"""

import json
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advocate_score.errors import ModelRefusedError

_LIMITS = {
    resource.RLIMIT_AS: 4 * 1024**3,
    resource.RLIMIT_CPU: 120,
    resource.RLIMIT_FSIZE: 0,  # it has nothing to write
    resource.RLIMIT_CORE: 0,
}


def main() -> None:
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
