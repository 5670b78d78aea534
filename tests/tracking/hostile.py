"""Twelve hostile artefacts, planted in the folder of a version in the artefact store."""

import io
import os
import pickle
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

Plant = Callable[[Path], None]
LADDER = Path("artifacts") / "ladder"
MARKER = "hostile-code-ran"


class _Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (MARKER,)


def _booster(change: Callable[[bytes], bytes]) -> Plant:
    def plant(root: Path) -> None:
        file = root / LADDER / "booster_0.txt"
        file.write_bytes(change(file.read_bytes()))

    return plant


def _mlmodel(old: str, new: str) -> Plant:
    def plant(root: Path) -> None:
        file = root / "MLmodel"
        text = file.read_text(encoding="utf-8")
        changed = re.sub(old, new, text)
        assert changed != text
        file.write_text(changed, encoding="utf-8")

    return plant


def _skops(_: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("schema.json", '{"__class__": "mkdir", "__module__": "os", "__loader__": "FunctionNode"}')
    return file.getvalue()


def _archive(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        inside = tarfile.TarInfo("../../champion.json")
        inside.size = len(content)
        archive.addfile(inside, io.BytesIO(content))
    return file.getvalue()


def _code_directory(root: Path) -> None:
    (root / "code").mkdir()
    (root / "code" / "evil.py").write_text(f"import os; os.mkdir({MARKER!r})\n", encoding="utf-8")


def _symlink(root: Path) -> None:
    """To the very same content: what it points to tomorrow is not said."""
    file = root / LADDER / "booster_0.txt"
    elsewhere = root.parent / "elsewhere.txt"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


def _oversized(root: Path) -> None:
    with (root / LADDER / "booster_0.txt").open("r+b") as file:
        file.truncate(64_000_001)


def _flipped(content: bytes) -> bytes:
    """The first digit of the first leaf's value: a model all the same, with other readiness."""
    return re.sub(
        rb"(leaf_value=-?0\.)(\d)", lambda found: found[1] + (b"1" if found[2] == b"9" else b"9"), content, count=1
    )


ARTEFACTS: dict[str, Plant] = {
    "pickle": _booster(lambda _: pickle.dumps(_Evil())),
    "skops": _booster(_skops),
    "loader_module": _mlmodel("loader_module: .*", "loader_module: evil"),
    "code directory": _code_directory,
    "../": _mlmodel("path: artifacts/ladder", "path: ../../../../ladder"),
    "symlink": _symlink,
    "archive": _booster(_archive),
    "oversized": _oversized,
    "truncated": _booster(lambda content: content[: len(content) // 2]),
    "flipped digit": _booster(_flipped),
    "tree index out of range": _booster(
        lambda content: re.sub(rb"split_feature=\d+", b"split_feature=9999", content, count=1)
    ),
    "wrong signature": _mlmodel("nps_mean", "nps_meant"),
}
