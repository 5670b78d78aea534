"""Takes the pictures of `docs/images/` anew from the demo: the report, the workbook and MLflow's pages. Needs Chromium,
LibreOffice, poppler-utils.

python docs/screenshots.py [--demo FOLDER]
"""

import argparse
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pandas as pd
from mlflow import MlflowClient

from advocate_score.dates import parse_as_of
from advocate_score.flows.project import Project, Silent, open_project
from advocate_score.flows.promote import promote_version
from advocate_score.flows.score import score_and_publish
from advocate_score.flows.setup import run_demo
from advocate_score.flows.train import train_model
from advocate_score.publication.workbook import WORKBOOK

IMAGES = Path(__file__).parent / "images"
BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars")
LIGHT = "--blink-settings=preferredColorScheme=1"
FORMATS = 'outputs.formats=["csv", "parquet", "html", "xlsx"]'
SHOWN = "A1:L26"
"""As much of a list as can be read in a picture."""
HOST = "127.0.0.2"
"""A name of this machine under which MLflow's page does not open its side panel."""
MOST_SECONDS = 120
SETTLED = "--virtual-time-budget=20000"
"""Milliseconds that a page which fetches what it shows may take to come to rest."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, help="a demo that was made before")
    given = parser.parse_args().demo
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        demo = given or made(folder / "demo")
        mlflow_pages(demo, folder)
        became = section(months(demo, folder) / "report.html", "becameSection()", folder)
        picture(became, "report-became.png", "1400,1180", LIGHT, folder)
        english, spanish = nights(demo, folder)
        picture(english / "report.html", "report.png", "1400,1500", LIGHT, folder)
        picture(spanish / "report.html", "report-es.png", "1400,1500", LIGHT, folder)
        trust = section(english / "report.html", "trustSection()", folder)
        picture(trust, "report-trust.png", "1400,1250", LIGHT, folder)
        sheet(english / WORKBOOK, "1", "workbook", folder)


def made(folder: Path) -> Path:
    run_demo(folder, Silent())
    return folder


def nights(demo: Path, folder: Path) -> tuple[Path, Path]:
    """The demo's night after one a day earlier, in English and in Spanish."""
    as_of = parse_as_of((demo / "publications" / "current").resolve().name)
    days = [f"{day:%Y-%m-%d}" for day in (as_of - pd.Timedelta(days=1), as_of)]
    found = []
    for language in ("en", "es"):
        place = folder / language
        settings = [FORMATS, f"outputs.language={language}", f"outputs.folder={place}"]
        for day in days:
            score_and_publish(
                open_project(demo / "advocate.toml", settings, Silent()), day, backfill=False, replace=False
            )
        found.append(place / days[-1])
    return found[0], found[1]


def months(demo: Path, folder: Path) -> Path:
    """The same firm over half a year with one model, a night of each month as it was known then; the last of them."""
    place = folder / "months"
    shutil.copytree(demo / "tables", place / "tables")
    shutil.copy(demo / "advocate.toml", place)
    last = parse_as_of((demo / "publications" / "current").resolve().name)
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range(end=last, periods=8, freq="MS")]
    settings = [FORMATS, "outputs.retention_days=0"]
    project = open_project(place / "advocate.toml", settings, Silent())
    train_model(project, days[0])
    promote_version(project, None, force=True, reason="a picture of later months")
    for day in days:
        score_and_publish(project, day, backfill=True, replace=False, force=True, reason="months apart")
    return place / "publications" / days[-1]


def section(page: Path, first: str, folder: Path) -> Path:
    """The page with those of its sections alone: a picture shows what comes first."""
    text = page.read_text(encoding="utf-8")
    all_of_them = re.compile(r"planSection\(\), .*?readSection\(\)")
    policy = re.compile(r"script-src 'sha256-[^']*'")
    if not (all_of_them.search(text) and policy.search(text)):
        raise SystemExit("the page is put together otherwise than this script knows")
    shorter = policy.sub("script-src 'unsafe-inline'", all_of_them.sub(first, text))
    (folder / "section.html").write_text(shorter, encoding="utf-8")
    return folder / "section.html"


def mlflow_pages(demo: Path, folder: Path) -> None:
    """The run of the model in service, and its version."""
    project = open_project(demo / "advocate.toml", [], Silent())
    name = project.settings.tracking.model_name
    client = MlflowClient(project.settings.tracking_uri)
    version = client.get_model_version_by_alias(name, "champion")
    run = client.get_run(str(version.run_id)).info
    pages = {
        "mlflow-run.png": f"experiments/{run.experiment_id}/runs/{run.run_id}",
        "mlflow-version.png": f"models/{name}/versions/{version.version}",
    }
    with served(project) as address:
        for image, place in pages.items():
            page = f"{address}/#/{place}?workflowType=machine_learning"
            picture(page, image, "1400,1060", LIGHT, folder, SETTLED)


@contextmanager
def served(project: Project) -> Iterator[str]:
    """The address of MLflow's own pages over the project's runs."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    address = f"http://{HOST}:{port}"
    seen = ("--allowed-hosts", f"{HOST}:{port}", "--cors-allowed-origins", address)
    place = ("--backend-store-uri", project.settings.tracking_uri, "--host", HOST, "--port", str(port))
    command = [sys.executable, "-m", "mlflow", "server", *place, *seen, "--workers", "1"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        yield address
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + MOST_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("MLflow does not answer")


def picture(page: Path | str, name: str, size: str, scheme: str, folder: Path, *more: str) -> None:
    profile, shot = f"--user-data-dir={folder / 'browser'}", f"--screenshot={IMAGES / name}"
    address = page if isinstance(page, str) else page.as_uri()
    subprocess.run([*BROWSER, scheme, profile, shot, f"--window-size={size}", *more, address], check=True)


def sheet(workbook: Path, title: str, name: str, folder: Path) -> None:
    """The sheet of the workbook whose title begins so, as an office program draws it."""
    book = openpyxl.load_workbook(workbook)
    for other in [one for one in book.sheetnames if not one.startswith(title)]:
        del book[other]
    book.worksheets[0].print_area = SHOWN
    book.save(folder / f"{name}.xlsx")
    profile = f"-env:UserInstallation=file://{folder / 'office'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), f"{name}.xlsx"]
    subprocess.run(command, cwd=folder, check=True)
    drawn = IMAGES / name
    subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", "130", folder / f"{name}.pdf", drawn], check=True)


if __name__ == "__main__":
    main()
