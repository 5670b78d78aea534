"""Builds the wheel twice, sees that both are the same to the byte, and writes the bill of materials beside it."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"


def main() -> int:
    DIST.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        wheels = [built(Path(folder)) for folder in (first, second)]
        digests = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}
        if len(digests) != 1:
            print("the wheel is another one each time it is built")
            return 1
        shutil.copy(wheels[0], DIST)
        print(f"{wheels[0].name} sha256 {digests.pop()}, the same twice")
    components = bill_of_materials(DIST / "sbom.cdx.json")
    print(f"sbom.cdx.json: {components} components")
    return 0


def built(folder: Path) -> Path:
    """The time stamps in a wheel are those of the last commit, so that anybody builds the same."""
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": told.stdout.strip() or "315532800"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def bill_of_materials(file: Path) -> int:
    """CycloneDX, from the locked releases and their hashes; gives the number of components."""
    tool = ROOT / ".audit" / "bin" / "cyclonedx-py"
    options = ["--pyproject", "pyproject.toml", "--mc-type", "application", "--output-reproducible", "-o", file]
    command = [tool, "requirements", *options, "requirements.lock"]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    return file.read_text().count('"purl"')


if __name__ == "__main__":
    sys.exit(main())
