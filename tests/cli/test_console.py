"""The command line on a real pseudo-terminal: colour and a bar there, neither of them elsewhere."""

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from advocate_score.cli import console, render
from advocate_score.cli.progress import LiveLine, done_and_rate

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
GREEN, AMBER, COLOUR = "\x1b[32m", "\x1b[33m", re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Screen:
    """Collects what is written to a pseudo-terminal until nobody holds it any more."""

    text: str = ""

    def __post_init__(self) -> None:
        self.mine, self.theirs = pty.openpty()
        self.reader = Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        seen = b""
        while True:
            try:
                part = os.read(self.mine, 65_536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            seen += part
        self.text = seen.decode()

    def end(self) -> str:
        os.close(self.theirs)
        self.reader.join(timeout=30)
        os.close(self.mine)
        return self.text


def on_terminal(*words: str, extra: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Exit code, and what stdout and stderr showed, each on a terminal of its own."""
    out, err = Screen(), Screen()
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    surroundings = plain | {"TERM": "xterm-256color", "COLUMNS": "140"} | dict(extra or {})
    command = [sys.executable, "-m", "advocate_score", *words]
    done = subprocess.run(command, stdout=out.theirs, stderr=err.theirs, env=surroundings, check=False)
    return done.returncode, out.end(), err.end()


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, str]:
    folder = tmp_path_factory.mktemp("sample")
    (folder / "advocate.toml").write_text(f'[sources]\nfolder = "{SAMPLE}"\ntime_zone = "UTC"\n')
    return on_terminal("check", "--config", str(folder / "advocate.toml"))


def test_tables_are_in_colour_on_stdout(checked: tuple[int, str, str]) -> None:
    code, out, _ = checked
    assert code == 0
    assert GREEN in out
    assert "accounts" in out
    assert "left out" not in out
    assert "Next: advocate-score score --config" in COLOUR.sub("", out)


def test_progress_is_a_counted_bar_on_stderr_alone(checked: tuple[int, str, str]) -> None:
    _, out, err = checked
    assert re.search(r"\d+/1\d", COLOUR.sub("", err))
    assert "Reading and checking tables" in err
    assert "Reading and checking tables" not in out


def test_warnings_are_not_torn_apart_by_the_bar(checked: tuple[int, str, str]) -> None:
    told = COLOUR.sub("", checked[2])
    assert all(re.match(r" \w", rest) for rest in told.split("warning:")[1:])


def test_errors_are_red_and_tell_it_in_words_too() -> None:
    code, out, err = on_terminal("check", "--config", "no-such.toml", "--quiet")
    assert (code, out) == (2, "")
    assert err.startswith("\x1b[1;31merror: \x1b[0m")


def test_no_colour_where_it_is_not_wanted() -> None:
    _, _, err = on_terminal("check", "--config", "no-such.toml", "--quiet", extra={"NO_COLOR": "1"})
    assert "\x1b[1;31m" not in err
    assert "\x1b[31m" not in err


def test_no_colour_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    console.table("T", [{"a": 1}], ("a",), {"a": lambda _: "bad"})
    console.line("well", "good")
    assert "\x1b" not in capsys.readouterr().out


def test_text_of_the_tables_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    console.table("T", [{"a": "x\x1b[2Jy"}], ("a",))
    console.line("{name}", name="x\x1b[2Jy")
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("done", "total", "seconds", "told"),
    [
        (0, 13, 4.0, "0/13"),
        (3, None, 1.0, ""),
        (12, 32, 6.0, "12/32 · 2.0/s"),
        (3, 32, 60.0, "3/32 · 3.0/min"),
        (20_000, 1_000_000, 2.0, "20,000/1,000,000 · 10,000.0/s"),
    ],
)
def test_rates_are_told_where_it_is_known_how_much_there_is(
    done: float, total: float | None, seconds: float, told: str
) -> None:
    assert done_and_rate(done, total, seconds) == told


GATE = [
    {"check": "log loss", "value": 0.5, "bound": "< 0.6", "passed": True, "why": "better"},
    {"check": "auc", "value": 0.5, "bound": "> 0.6", "passed": False, "why": "worse"},
    {"check": "drift", "value": 0.5, "bound": "", "passed": None, "why": "to be known"},
]


def test_the_gate_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    result = {"returned": None, "checks": GATE, "version": "3", "model_name": "ladder"}
    with console.output_settings("en", Path("firm/advocate.toml")):
        render.promote(result)
    out = capsys.readouterr().out
    assert [word for word in ("passed", "failed", "told") if word in out] == ["passed", "failed", "told"]
    assert "Next: advocate-score score --config firm/advocate.toml" in out


LEVEL = {
    "ask": "Testimonial",
    "readiness": 0.35,
    "low": 0.2,
    "high": 0.5,
    "may_be_asked": True,
    "until": None,
    "until_local": None,
    "detail": "",
    "suggested_contact_id": "C1",
    "suggested_contact": "Ana Ruiz",
    "contact_title": "CFO",
    "permission": "granted",
    "origins": [],
    "reasons": ["said yes 3 times"],
}
RESTING = LEVEL | {
    "may_be_asked": False,
    "detail": "Asked of late.",
    "suggested_contact_id": "",
    "suggested_contact": "",
}
RESTING |= {"until": "2026-01-31", "until_local": "2026-02-01"}
CARD = {
    "account_id": "A1",
    "account_name": "{firm} S.L.",
    "industry": "energy",
    "owner": "Ana",
    "as_of": "2026-01-01",
    "model": "ladder 1",
    "levels": [LEVEL | {"level": 1}, LEVEL | {"level": 2}, RESTING | {"level": 3}],
    "moment": "renewed the contract on 2025-12-20",
    "what_if": [{"level": 3, "sentence": "one more sponsor"}],
    "what_if_note": "Model response, not effect.",
    "banner": "few asks",
}


def test_a_card_says_who_when_why_and_whom_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    render.explain(CARD)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["{firm} S.L.", "A1 · energy · owner Ana · as of 1 Jan 2026", "Model: ladder 1"]
    assert lines[4] == "1  Testimonial  ███████░░░░░░░░░░░░░   35% (20% – 50%)    may be asked"
    assert lines[6].endswith("rests until 1 Feb 2026")
    assert lines[8:] == [
        "Why not now, level 3: Asked of late.",
        "Why, levels 1–3: said yes 3 times",
        "Moment: renewed the contract on 2025-12-20",
        "Whom to ask, levels 1–2: Ana Ruiz, CFO (C1), permission granted",
        "What if, level 3: one more sponsor",
        "Model response, not effect.",
        "Read with care: few asks",
    ]


def test_a_card_in_spanish(capsys: pytest.CaptureFixture[str]) -> None:
    with console.output_settings("es"):
        render.explain(CARD)
    out = capsys.readouterr().out
    assert "responsable Ana · a 01/01/2026" in out
    assert "descansa hasta 01/02/2026" in out
    assert "permiso concedido" in out


def test_counted_steps_are_one_bar_and_others_each_their_own() -> None:
    with Bars(console=Console(file=io.StringIO())) as bars:
        line = LiveLine(bars)
        line.step("reading")
        line.step("origin 1: blend", 0, 4)
        task = line.task
        line.step("origin 1: logit", 1, 4)
        line.step("origin 2: blend", 2, 4)
        assert (line.task, bars.tasks[0].description, bars.tasks[0].completed) == (task, "origin 2: blend", 2)
        line.step("origin 1: blend", 0, 4)
        assert line.task != task
        assert len(bars.tasks) == 1
