"""Takes the pictures of `docs/images/` anew from the demo: the report and the workbook. Needs Chromium, LibreOffice,
poppler-utils.

python docs/screenshots.py [--demo FOLDER]
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd

from advocate_score.flows.demo import run_demo
from advocate_score.flows.progress import Silent
from advocate_score.flows.project import open_project
from advocate_score.flows.score import score_night
from advocate_score.publication.workbook import WORKBOOK
from advocate_score.windows import parse_as_of

IMAGES = Path(__file__).parent / "images"
BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars")
LIGHT = "--blink-settings=preferredColorScheme=1"
FORMATS = 'outputs.formats=["csv", "parquet", "html", "xlsx"]'
SHOWN = "A1:L26"
"""As much of a list as can be read in a picture."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, help="a demo that was made before")
    given = parser.parse_args().demo
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        english, spanish = nights(given or made(folder / "demo"), folder)
        picture(english / "report.html", "report.png", "1400,1500", LIGHT, folder)
        picture(spanish / "report.html", "report-es.png", "1400,1500", LIGHT, folder)
        picture(section(english / "report.html", folder), "report-trust.png", "1400,1250", LIGHT, folder)
        sheet(english / WORKBOOK, folder)


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
            score_night(open_project(demo / "advocate.toml", settings, Silent()), day, backfill=False, replace=False)
        found.append(place / days[-1])
    return found[0], found[1]


def section(page: Path, folder: Path) -> Path:
    """The page with its trust on top: a picture shows what comes first."""
    text = page.read_text(encoding="utf-8")
    first = re.sub(r"glanceSection\(\), listsSection\(\), movesSection\(\), poolsSection\(\), ", "", text)
    rest = "trustSection(), driftSection(), ...readSection(), originSection()"
    moved = first.replace(rest, f"{rest}, listsSection()").replace(
        "script-src 'sha256-", "script-src 'unsafe-inline' '"
    )
    if moved == text:
        raise SystemExit("the page is put together otherwise than this script knows")
    (folder / "section.html").write_text(re.sub(r"'unsafe-inline' '[^']*'", "'unsafe-inline'", moved), encoding="utf-8")
    return folder / "section.html"


def picture(page: Path, name: str, size: str, scheme: str, folder: Path) -> None:
    profile, shot = f"--user-data-dir={folder / 'browser'}", f"--screenshot={IMAGES / name}"
    subprocess.run([*BROWSER, scheme, profile, shot, f"--window-size={size}", page.as_uri()], check=True)


def sheet(workbook: Path, folder: Path) -> None:
    """The first list of the workbook, as an office program draws it."""
    book = openpyxl.load_workbook(workbook)
    for title in [title for title in book.sheetnames if not title.startswith("1")]:
        del book[title]
    book.worksheets[0].print_area = SHOWN
    book.save(folder / "workbook.xlsx")
    profile = f"-env:UserInstallation=file://{folder / 'office'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), "workbook.xlsx"]
    subprocess.run(command, cwd=folder, check=True)
    drawn = IMAGES / "workbook"
    subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", "130", folder / "workbook.pdf", drawn], check=True)


if __name__ == "__main__":
    main()
