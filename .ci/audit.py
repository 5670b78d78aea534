"""Asks about every locked release: is it withdrawn, and is it known to be vulnerable?

Needs no network beyond the package index. An index that serves no advisories is said to serve none, which is not the
same as a clean answer. Fails on findings that `findings.toml` does not list with a mitigation.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE.parent / "requirements.lock"
ENVIRONMENT = HERE.parent / ".venv" / "bin"
TOOLS = HERE.parent / ".audit" / "bin"
YANKED = re.compile(r"`([\w.-]+)==\S+` is yanked")


def main() -> int:
    listed = {one["id"]: one for one in tomllib.loads((HERE / "findings.toml").read_text())["finding"]}
    pins = re.findall(r"^([\w.-]+)==", LOCK.read_text(), re.MULTILINE)
    withdrawn, (vulnerable, asked) = withdrawn_releases(), advisories()
    print(f"{len(pins)} releases locked · withdrawn: {len(withdrawn)} · asked for advisories: {asked}")
    if asked < len(pins):
        print(
            f"  the package index serves no advisories for {len(pins) - asked} of them (some are not for this platform)"
        )
    for name, finding in listed.items():
        said = "reported" if any(name in ids for ids in vulnerable) else "not reported by this index"
        print(f"  listed: {name} ({finding['package']}), {said}. {finding['mitigation']}")
    unlisted = [ids for ids in vulnerable if not ids & listed.keys()]
    for problem in [f"{name} is withdrawn" for name in withdrawn] + [" = ".join(sorted(ids)) for ids in unlisted]:
        print(f"  NOT LISTED: {problem}. Fix: 'make lock', or list it in .ci/findings.toml with its mitigation")
    return 1 if withdrawn or unlisted else 0


def withdrawn_releases() -> list[str]:
    """Names of the locked releases that their makers have yanked."""
    command = ["pip", "install", "--dry-run", "--reinstall", "--require-hashes", "--no-deps", "-r", LOCK]
    options = ["--python", ENVIRONMENT / "python"]
    run = subprocess.run([ENVIRONMENT / "uv", *command, *options], capture_output=True, text=True, check=True)
    return YANKED.findall(run.stderr)


def advisories() -> tuple[list[set[str]], int]:
    """The identifiers of each finding, with their aliases, and for how many releases there was an answer."""
    options = ["--require-hashes", "--disable-pip", "--vulnerability-service", "pypi", "--format", "json"]
    run = subprocess.run(
        [TOOLS / "pip-audit", "--progress-spinner", "off", *options, "-r", LOCK],
        capture_output=True,
        text=True,
        check=False,
    )
    if not run.stdout:
        print(run.stderr.strip().splitlines()[-1] if run.stderr else "no answer", file=sys.stderr)
        return [], 0
    answered = [one for one in json.loads(run.stdout)["dependencies"] if "vulns" in one]
    return [{one["id"], *one["aliases"]} for each in answered for one in each["vulns"]], len(answered)


if __name__ == "__main__":
    sys.exit(main())
