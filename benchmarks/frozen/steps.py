"""The commands that are compared, in their order, on a made-up firm in two languages."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "es")
SPEAKERS = ("scorecard", "champion")
NIGHTS = ("2025-09-01", "2025-12-31", "2026-01-01")
"""The second is so far from the first that lists can be held against answers, the third is the night after."""
DELIVERED = "nights.db"
UNREADABLE, ERASED, LISTED = "A0000077", "A0000042", "A0000117"
_CONFIGURATION = """
[sources]
folder = "tables"
time_zone = "UTC"

[model]
recipes = "light.toml"

[outputs]
language = "{language}"
folder = "{speaker}-{language}"
formats = ["csv", "html", "parquet", "xlsx"]
csv = "{written_as}"
retention_days = 36500
"""
_LIGHT = """
[recipes.blend]
bootstrap = 2
[recipes.blend.boosting]
rounds = [10]
[recipes.blend.logit]
ridges = [30.0]
[recipes.blend.history]
strengths = [10.0]
[recipes.blend.folds]
count = 1
[recipes.blend.calibration]
folds = 2
[gate]
min_outcomes = 50
"""
_WRITTEN_AS = {"en": "standard", "es": "spanish-excel"}
_PERMISSION = '"N9999999","{account}","","references","denied","some day",""\n'
_OVERRULED = ("--force", "--reason", "months apart, and a small log")


@dataclass(frozen=True)
class Step:
    """`name`: of the files in which its output is kept. `language`: of the terminal."""

    name: str
    words: tuple[str, ...]
    language: str = "en"


def configure(firm: Path) -> None:
    """Configurations beside the tables that were made up, and a "no" in them that cannot be read."""
    (firm / "light.toml").write_text(_LIGHT, encoding="utf-8")
    for speaker in SPEAKERS:
        for language in LANGUAGES:
            text = _CONFIGURATION.format(speaker=speaker, language=language, written_as=_WRITTEN_AS[language])
            (firm / f"{speaker}-{language}.toml").write_text(text, encoding="utf-8")
    with (firm / "tables" / "permissions.csv").open("a", encoding="utf-8") as table:
        table.write(_PERMISSION.format(account=UNREADABLE))


def begin() -> Iterator[Step]:
    for language in LANGUAGES:
        yield Step(f"init {language}", ("init", f"started-{language}"), language)
    yield Step("init json", ("init", "started-json", "--json"))
    yield Step("simulate", ("simulate", "--out", ".", "--accounts", "120", "--asks", "500", "--seed", "3", "--json"))


def long() -> Iterator[Step]:
    """A challenger that meets a champion, more origins, and the demo, which trains on a larger firm."""
    yield from _told("train", "champion-es", "--as-of", "2025-12-01")
    yield from _told("promote", "champion-es", *_OVERRULED)
    yield from _told("backtest", "champion-es", "--controls")
    yield from _told("score", "champion-es", "--as-of", "2025-10-01", name="score too late")
    yield Step("demo", ("demo", "--out", "demo"), "es")


def nights() -> Iterator[Step]:
    """The scorecard's, a model trained and promoted, and the champion's."""
    yield _json("check", "scorecard-en")
    yield from _told("check", "scorecard-es", "--explain-protection")
    yield from _scored("scorecard")
    yield _json("train", "champion-en")
    yield _json("promote", "champion-en", *_OVERRULED)
    yield from _scored("champion")


def readers() -> Iterator[Step]:
    """Commands that change nothing of what was published."""
    yield from _told("check", "champion-en")
    yield from _both("signals")
    yield from _both("explain", LISTED)
    yield from _told("explain", "champion-es", ERASED)
    yield _json("explain", "scorecard-es", UNREADABLE, name="explain a no that cannot be read")
    yield from _both("match", "--industry", "energy", "--region", "Iberia")
    yield _json("metrics", "champion-en", "--out", "metrics.csv")
    yield from _told("metrics", "champion-es", "--period", "year")
    yield _json("features", "champion-en", "--out", "features.parquet")
    yield _json("features", "champion-en", "--asks", "--out", "asks.parquet", name="features of asks")
    yield _json("backtest", "champion-en", "--predictions", "predictions.parquet")


def changers(firm: Path) -> Iterator[Step]:
    """Answers, a rest that ends, a night written anew, taken back and delivered, clients forgotten."""
    answers(firm)
    yield _json("record", "champion-en", "answers.csv")
    yield from _told("record", "champion-es", "answers.csv")
    yield _json("release", "champion-en", UNREADABLE, "--reason", "the client confirmed by phone")
    yield from _told("release", "champion-es", UNREADABLE, "--reason", "once more")
    yield from _told("score", "champion-es", "--as-of", NIGHTS[-1], "--replace", *_OVERRULED)
    yield from _both("monitor")
    yield _json("promote", "champion-en", "--version", "1", "--reason", "back to the first", name="promote back")
    yield from _both("rollback")
    yield from _both("deliver", "--set", f"delivery.database=sqlite:///{DELIVERED}")
    yield _json("erase", "champion-en", ERASED)
    yield from _told("erase", "champion-es", LISTED)


def refusals() -> Iterator[Step]:
    """What is wrong, told to machines and to people."""
    yield _json("check", "nowhere", name="check nothing")
    yield _json("check", "scorecard-en", "--set", "outputs.langage=en", name="check a misspelt setting")
    yield _json("explain", "champion-en", "A9999999", name="explain nobody")
    yield _json("score", "champion-en", "--as-of", "yesterday", name="score yesterday")
    yield _json("score", "champion-en", "--as-of", "2026-03-01", name="score ahead")


def shipped() -> Iterator[Step]:
    """The sample and the exports of CRMs that come with the package, copied beside the firm."""
    yield Step("score the sample", ("score", "--config", "sample/advocate.toml", "--json"))
    for crm in ("salesforce", "hubspot"):
        yield Step(f"check {crm}", ("check", "--config", f"{crm}/{crm}.toml", "--json"))


def answers(firm: Path) -> None:
    """To the first asks of the newest plan, one answer of each kind."""
    with (firm / "champion-en" / NIGHTS[-1] / "ask_plan.csv").open(encoding="utf-8", newline="") as plan:
        asks = [row["ask_id"] for row in csv.DictReader(plan)]
    said = zip(asks, ("accepted", "declined", "not_now", "no_reply"), strict=False)
    rows = [f"{ask},{response},{NIGHTS[-1] if response != 'no_reply' else ''}\n" for ask, response in said]
    (firm / "answers.csv").write_text("".join(["ask_id,response,responded_at\n", *rows]), encoding="utf-8")


def _scored(speaker: str) -> Iterator[Step]:
    for language in LANGUAGES:
        for night in NIGHTS:
            words = ("--as-of", night, *_OVERRULED)
            yield _json("score", f"{speaker}-{language}", *words, name=f"score {speaker} {language} {night}")


def _json(command: str, config: str, *words: str, name: str = "") -> Step:
    return Step(f"{name or command} json", (command, *words, "--config", f"{config}.toml", "--json"))


def _told(command: str, config: str, *words: str, name: str = "") -> Iterator[Step]:
    """As people read it."""
    label = " ".join([name or command, *words[: command == "explain"], config[-2:]])
    yield Step(label, (command, *words, "--config", f"{config}.toml"), config[-2:])


def _both(command: str, *words: str) -> Iterator[Step]:
    """For machines in English, for people in Spanish."""
    yield _json(command, "champion-en", *words)
    yield from _told(command, "champion-es", *words)
