"""A rule is one record: a test that registers another one finds it in the lists, in the manifest and in the report."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy import rules
from advocate_score.policy.inputs import Facts, block
from advocate_score.publication.report_words import words
from advocate_score.text import Text
from protection.firm import Firm


def on_holiday(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    account = facts.accounts.loc[facts.accounts["account_id"] == "C005", ["account_id"]]
    return block(account.assign(since=pd.Timestamp(as_of)), "on_holiday", facts.levels)


HOLIDAY = rules.Rule(
    "on_holiday",
    on_holiday,
    Text("On holiday since {since}.", "De vacaciones desde el {since}."),
    Text("on holiday", "de vacaciones"),
)


def test_a_rule_that_is_registered_rests_accounts_everywhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "RULES", (*rules.RULES, HOLIDAY))
    firm = Firm(tmp_path, capfd)
    assert firm.score() == 0, firm.said
    assert "C005" not in firm.listed()
    assert firm.rules("C005") == {"on_holiday"}
    assert firm.detail("C005").startswith("On holiday since 1 December 2025.")
    assert firm.manifest()["counts"]["rules"]["on_holiday"] == 1
    assert (words("en")["rule_on_holiday"], words("es")["rule_on_holiday"]) == ("on holiday", "de vacaciones")


def test_every_rule_has_its_sentence_and_its_name_in_both_languages() -> None:
    facts = {
        "since": "2025-01-01",
        "when": "2025-02-02",
        "figure": "3",
        "times": "3 times",
        "days": "90 days",
        "source": "cases row 2",
    }
    for rule in rules.RULES:
        assert len({text.format(**facts) for text in (*rule.sentence, *rule.label)}) == 4
