"""Tables that a Spanish spreadsheet saved as CSV come in by two settings, and lists go out by one."""

from datetime import datetime

import pandas as pd
import pytest

from advocate_score.publication.spreadsheet_csv import csv_bytes
from tables.crm import Crm

AS_SAVED = {"written_as": "spanish-excel", "time_zone": "Europe/Madrid"}
OUTCOMES = """outcome_id;account_id;occurred_at;recorded_at;value;confirmed;fact
O1;A1;01/02/2024;03/02/2024 09:30;0,18;sí;«18 % menos coste» en Logroño
O2;A2;2024-02-01T10:00:00Z;05/02/2024 9:30:15;1,5;no;"con ; dentro"
O3;A3;31/01/2024;#N/D;,25;VERDADERO;
O4;A4;12/31/2024;;0,5;;
O5;A5;31/01/2024;;0.5;FALSO;
"""


@pytest.fixture
def saved(crm: Crm) -> Crm:
    crm.write_bytes("outcomes.csv", OUTCOMES.replace("\n", "\r\n").encode("cp1252"))
    return crm


def test_two_settings_are_enough(saved: Crm) -> None:
    saved.prepare(**AS_SAVED)
    found = saved.frames["outcomes"].set_index("outcome_id")
    assert found["value"].to_dict() == {"O1": 0.18, "O2": 1.5, "O3": 0.25}
    assert found["confirmed"].to_dict() == {"O1": True, "O2": False, "O3": True}
    assert found.loc["O1", "fact"] == "«18 % menos coste» en Logroño"
    assert found.loc["O1", "occurred_at"] == datetime(2024, 1, 31, 23)
    assert found.loc["O1", "recorded_at"] == datetime(2024, 2, 3, 8, 30)
    assert found.loc["O2", "occurred_at"] == datetime(2024, 2, 1, 10), "what the spreadsheet left as text"
    assert found.loc["O2", "recorded_at"] == datetime(2024, 2, 5, 8, 30, 15)


def test_nothing_of_the_other_form_is_guessed(saved: Crm) -> None:
    saved.prepare(**AS_SAVED)
    assert saved.reasons("outcomes") == {5: "not_a_time", 6: "not_a_number"}


def test_a_table_may_be_written_otherwise(crm: Crm) -> None:
    crm.write("outcomes", "outcome_id,account_id,occurred_at,value", "O1,A1,2024-02-01,0.5")
    crm.write_bytes("referrals.csv", b"referral_id;account_id;occurred_at;value\nF1;A1;01/02/2024;1,5")
    crm.prepare(**AS_SAVED, outcomes={"written_as": "standard"}, referrals={"date_format": "%m/%d/%Y"})
    assert crm.frames["outcomes"]["value"].tolist() == [0.5]
    assert crm.frames["referrals"]["occurred_at"].tolist() == [datetime(2024, 1, 1, 23)]


def test_a_list_that_goes_out_comes_in_again(crm: Crm) -> None:
    """With the mark of UTF-8 that it has, or saved anew by the spreadsheet without it."""
    listed = pd.DataFrame({"account_id": ["A1"], "account_name": ["Muñoz; e Hijos"], "readiness": [0.25]})
    for content in (out := csv_bytes(listed, "spanish-excel"), out.decode("utf-8-sig").encode("cp1252")):
        crm.write_bytes("accounts.csv", content)
        crm.prepare(**AS_SAVED)
        (row,) = crm.frames["accounts"].to_dict("records")
        assert (row["account_id"], row["account_name"], row["readiness"]) == ("A1", "Muñoz; e Hijos", "0,250000")
