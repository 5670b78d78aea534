"""The same small CRM in a database of each kind, and what must become of it."""

from datetime import datetime

from tables.crm import Crm

ROWS = """
CREATE TABLE firms (id TEXT, name TEXT, since TIMESTAMP);
INSERT INTO firms VALUES ('A1', 'Muñoz, "e" Hijos', '2020-01-31 09:30:00'), ('007', NULL, NULL);
CREATE TABLE deals (id TEXT, firm TEXT, day DATE, amount NUMERIC(12, 3), confirmed BOOLEAN, ratio DOUBLE PRECISION);
INSERT INTO deals VALUES ('R1', 'A1', '2024-02-29', 1234567.125, TRUE, 0.1);
INSERT INTO deals VALUES ('R2', '007', '2024-03-01', NULL, FALSE, NULL);
INSERT INTO deals VALUES ('R3', 'A9', '2024-03-01', 1, NULL, 1e300);
"""
QUERIES: dict[str, object] = {
    "accounts": {"query": "SELECT id AS account_id, name AS account_name, since AS created_at FROM firms ORDER BY id;"},
    "renewals": {
        "query": "SELECT * FROM deals -- the firm's contracts\nORDER BY id",
        "columns": {"renewal_id": "id", "account_id": "firm", "occurred_at": "day"},
        "constants": {"kind": "renewal"},
    },
}


def assert_read_as_files_are(crm: Crm, database: str) -> None:
    prepared = crm.prepare(database=database, **QUERIES)
    accounts = crm.frames["accounts"].set_index("account_id")
    firm = accounts.loc["A1", ["account_name", "created_at"]].tolist()
    assert firm == ['Muñoz, "e" Hijos', datetime(2020, 1, 31, 9, 30)]
    assert accounts.loc["007", ["account_name", "created_at"]].isna().all(), "an id keeps its zeros"
    deals = crm.frames["renewals"].set_index("renewal_id")
    assert deals["occurred_at"].tolist() == [datetime(2024, 2, 29), datetime(2024, 3, 1)]
    assert deals.loc["R1", "amount"] == 1234567.125
    assert deals.loc["R2", "amount"] != deals.loc["R2", "amount"], "NULL is unknown"
    assert deals.loc["R1", "ratio"] == "0.1"
    assert crm.reasons("renewals") == {3: "unknown_account"}, "rows are numbered as the result has them"
    counts = prepared.counts["renewals"]
    assert (counts.rows_in, counts.accepted, counts.quarantined) == (3, 2, 1)
    again = crm.prepare(database=database, **QUERIES)
    assert again.digests == prepared.digests
