import json
from pathlib import Path

from advocate_score.config import Settings, Sources, TableSource, Tracking
from advocate_score.tracking.model_card import masked_configuration


def test_secrets_are_masked_and_settings_are_kept():
    table = TableSource(path=Path("asks.csv"), columns={"ask_id": "password=hunter2"}, values={"kind": {"token": "x"}})
    settings = Settings(
        folder=Path("/home/somebody"), tracking=Tracking(uri="http://me:hunter2@host"), sources=Sources(asks=table)
    )
    text = masked_configuration(settings)
    shown = json.loads(text)
    assert "hunter2" not in text
    assert "somebody" not in text
    assert shown["tracking"]["uri"] == "http://***@host"
    assert shown["sources"]["asks"]["columns"] == {"ask_id": "password=***"}
    assert shown["sources"]["asks"]["values"] == {"kind": {"token": "***"}}
    assert shown["model"] == settings.model.model_dump(mode="json")
