import re
from dataclasses import replace

import pandas as pd
import pytest

from advocate_score.config import Settings
from advocate_score.files import shipped_file
from advocate_score.tracking.model_card import model_card
from tracking.small_project import CANARY


@pytest.fixture(scope="module")
def card(training, tmp_path_factory) -> str:
    return model_card(Settings(folder=tmp_path_factory.mktemp("card")), training)


def rows_of(card: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, its own head first."""
    below = card.split(f"{heading}\n", 1)[1]
    table = re.search(r"(^\|.*\n)+", below, flags=re.MULTILINE)
    assert table
    lines = [line.strip("|").split("|") for line in table[0].splitlines()]
    return [[cell.strip() for cell in line] for line in (lines[0], *lines[2:])]


def test_every_table_is_whole(card):
    """As many cells in each row as its head has."""
    for table in re.findall(r"(?:^\|.*\n)+", card, flags=re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_the_log_is_told_by_level(card, training):
    assert "400 asks of" in card
    head, *levels = rows_of(card, "## What it learned from")
    told = {int(row[0]): row for row in levels}
    for one in training.log.levels.to_dict("records"):
        assert told[one["level"]][2:4] == [str(one["asks"]), str(one["yes"])]
        assert told[one["level"]][5] == one["evidence"]
    assert told[5][6] == "yes"
    assert len(head) == 7


def test_methods_stand_with_their_difference_from_the_blend(card, training):
    summary = training.evaluation.summary.set_index(["method", "metric", "level", "subset"])
    for heading, subset in (("### All accounts", "all"), ("never been asked before", "never_asked_before")):
        rows = {row[0]: row for row in rows_of(card, heading)}
        one = summary.loc[("base_rate", "log_loss", "macro", subset)]
        assert float(rows["base rate"][1]) == pytest.approx(one["value"], abs=1e-4)
        assert rows["base rate"][5].startswith(f"{one['delta']:+.3f} (")
        assert rows["**blend**"][5:] == ["", ""]


def test_calibration_and_capacity_stand_for_each_level_and_for_the_never_asked(card, training):
    found = {(row[0], row[1]): row for row in rows_of(card, "### Calibration and capacity of the blend")[1:]}
    summary = training.evaluation.summary
    wanted = summary[(summary["method"] == "readiness") & (summary["metric"] == "ici") & (summary["level"] != "macro")]
    assert len(found) == len(wanted)
    for one in wanted[wanted["subset"] == "all"].to_dict("records"):
        assert found["all accounts", one["level"]][5].startswith(f"{one['value']:.3f} (")


def test_what_is_not_identified_is_said_first(card, training, tmp_path):
    banner = training.selection.banner()
    assert not training.selection.identified
    assert card.lower().index(banner.lower()) < card.index("## What it learned from")
    known = replace(training, selection=training.selection.model_copy(update={"identified": True}))
    assert "is not identified: the asks do not tell" in " ".join(card.split())
    assert "not identified:" not in model_card(Settings(folder=tmp_path), known)


def test_how_the_asks_were_chosen_is_told_figure_by_figure(card, training):
    told = {row[0].replace(" ", "_"): row[1] for row in rows_of(card, "## Whom you asked")[1:]}
    assert told.keys() == training.selection.metrics().keys()
    assert float(told["selection_asks"]) == training.log.asks


def test_purpose_and_limits_are_those_of_the_general_card(card):
    general = shipped_file("models/MODEL_CARD.md").read_text(encoding="utf-8")
    for heading in ("What it is", "What it does not know", "Not for"):
        words = general.split(f"## {heading}\n")[1].split("\n## ")[0].strip()
        assert words in card
        assert "](" not in words, "a link would lead nowhere from a run"


def test_a_log_too_short_to_test_on_has_a_card_without_figures(unevaluated, tmp_path):
    card = model_card(Settings(folder=tmp_path), unevaluated)
    assert "too short to train on some asks and test on later ones" in card
    assert "### Calibration" not in card


def test_no_account_is_named(card):
    assert CANARY.split()[0] not in card


def test_a_level_that_was_never_asked_is_told_with_zeros(training, tmp_path):
    levels = training.log.levels.assign(asks=[*training.log.levels["asks"][:-1], 0])
    short = replace(training, log=replace(training.log, levels=pd.DataFrame(levels)))
    assert rows_of(model_card(Settings(folder=tmp_path), short), "## What it learned from")[-1][2] == "0"
