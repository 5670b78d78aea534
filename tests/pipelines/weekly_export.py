"""Salesforce's weekly Data Export, made of the sample that one exports object by object."""

import csv
from pathlib import Path

from advocate_score.files import shipped_file

NULL_ID = "000000000000000AAA"
WORDS = {"Customer": "Customer - Direct", "Former Customer": "Customer - Past", "Renewal": "Contract Renewal"}
"""Words of the sample → words of a firm's own."""
_IDS = ("AccountId", "WhoId", "ContactId", "MasterRecordId", "OwnerId", "ParentId", "LeadId", "ReportsToId")
_MORE = {
    "Account": {
        "ParentId": "",
        "Phone": "555 0100",
        "Description": "Ampliación",
        "SystemModstamp": "2024-06-01 10:00:00",
    },
    "Contact": {"ReportsToId": "", "FirstName": "Ana", "HasOptedOutOfFax": "1", "DoNotCall": "0", "LeadSource": "Web"},
    "Task": {"ActivityDate": "2024-05-30", "IsArchived": "1"},
    "Event": {"IsArchived": "1"},
    "CampaignMember": {
        "LeadId": "",
        "CampaignId": "7015g00000Ka00QAAR",
        "DoNotCall": "0",
        "HasOptedOutOfEmail": "1",
        "HasOptedOutOfFax": "0",
    },
}
_ACCOUNT, _PERSON = "0015g00000Ka00QAAR", "0035g00000Ka00QAAR"
MUTE = "0035g00000KZ98QAAT"
"""A contact who must not be called."""
_FURTHER: dict[str, list[dict[str, str]]] = {
    "Task": [
        {"Id": "00T5g00000KL01Q", "TaskSubtype": "Call", "CompletedDateTime": "2024-05-01 10:00:00"},
        {"Id": "00T5g00000KL02Q", "AccountId": _ACCOUNT, "TaskSubtype": "Call", "ActivityDate": "2019-03-04"},
        {"Id": "00T5g00000KL03Q", "AccountId": _ACCOUNT, "TaskSubtype": "ListEmail", "ActivityDate": "2019-03-04"},
    ],
    "Event": [
        {"Id": "00U5g00000KL01QEAR", "AccountId": _ACCOUNT, "WhoId": _PERSON, "StartDateTime": "2097-01-15 09:00:00"},
    ],
    "CampaignMember": [{"Id": "00v5g00000KL01Q", "HasResponded": "1", "Status": "Responded"}],
    "Contact": [
        {"Id": "0035g00000KZ99Q", "LastName": "Solo", "HasOptedOutOfEmail": "0"},
        {
            "Id": MUTE,
            "AccountId": "0015g00000KF05QAAT",
            "LastName": "Ruiz",
            "DoNotCall": "1",
            "HasOptedOutOfEmail": "0",
        },
    ],
}
"""Rows of leads and of nobody; tasks of the time before Salesforce kept when they were completed; a meeting to come."""


def write_weekly_export(folder: Path) -> None:
    folder.mkdir()
    for file in sorted(Path(str(shipped_file("data/exports/salesforce"))).glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as sample:
            rows = [_weekly(row, file.stem) for row in csv.DictReader(sample)]
        done = {"Status": "Completed"} if file.stem == "Task" else {}
        rows += [dict.fromkeys(rows[0], "") | done | further for further in _FURTHER.get(file.stem, [])]
        with (folder / file.name).open("w", encoding="iso-8859-1", newline="") as export:
            writer = csv.DictWriter(export, [*rows[0]], quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(_with_null_ids(row) for row in rows)


def _weekly(row: dict[str, str], table: str) -> dict[str, str]:
    """Own fields alone, check boxes as digits, instants without T and Z."""
    own = {name: cell for name, cell in row.items() if "." not in name and not name.endswith("__c")}
    own.pop("CurrencyIsoCode", None)
    if table == "Contact":
        own["LastName"] = own.pop("Name").split()[-1]
    if table == "User":
        own["FirstName"], own["LastName"] = own.pop("Name").split()
    flags = {"true": "1", "false": "0"}
    cells = {name: flags.get(cell, WORDS.get(cell, cell)) for name, cell in own.items()}
    instants = {
        name: cell.replace("T", " ")[:19] for name, cell in cells.items() if name.endswith(("Date", "DateTime"))
    }
    return cells | instants | _MORE.get(table, {})


def _with_null_ids(row: dict[str, str]) -> dict[str, str]:
    return {name: NULL_ID if name in _IDS and not cell else cell for name, cell in row.items()}
