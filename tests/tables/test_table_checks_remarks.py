from tables.crm import Crm

AT = "2024-05-01T10:00:00Z"


def test_row_51_activity_before_the_account_was_created(crm: Crm) -> None:
    crm.write("accounts", "account_id,created_at", "A1,2024-05-01", "A2,")
    crm.interactions("I1,A1,2024-04-30,call", "I2,A1,2024-05-01,call", "I3,A2,2024-04-30,call")
    prepared = crm.prepare()
    assert prepared.warnings == ("interactions: 1 row happened before the account was created.",)
    assert prepared.counts["interactions"].accepted == 3


def test_row_53_backdated_rows(crm: Crm) -> None:
    header = "interaction_id,account_id,occurred_at,recorded_at,kind"
    crm.write("interactions", header, "I1,A1,2024-04-01,2024-05-02,call", "I2,A1,2024-04-01,2024-05-01,call")
    prepared = crm.prepare()
    (warning,) = prepared.warnings
    assert warning.startswith("interactions: 1 row recorded more than 30 days after the event")


def test_of_many_columns_that_no_table_has_a_few_are_named(crm: Crm) -> None:
    names = [f"own_{number}" for number in range(70)]
    crm.write("accounts", ",".join(["account_id", *names]), ",".join(["A1", *("x" for _ in names)]))
    prepared = crm.prepare()
    (remark,) = prepared.warnings
    told = "own_0, own_1, own_2, own_3, own_4 and 65 more, all of them in 'check --json'"
    assert remark == f"accounts: columns that no table has are kept for signals: {told}."
    assert prepared.quality["accounts"]["extra_columns"] == names


def test_a_lookup_that_finds_nothing_names_its_columns(crm: Crm) -> None:
    (crm.folder / "Contact.csv").write_text("Id,AccountId\n1,A1\n", encoding="utf-8")
    crm.write("interactions", "interaction_id,who,occurred_at,kind", f"I1,one,{AT},call")
    lookup = {"in": "Contact.csv", "by": "who", "match": "Id", "take": "AccountId"}
    message = crm.refusal(refuse_quarantined=0.05, interactions={"lookup": {"account_id": lookup}})
    assert "set aside: no row of Contact.csv has as Id what these rows have as who" in message
