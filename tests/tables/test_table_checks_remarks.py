from tables.crm import Crm


def test_row_51_activity_before_the_account_was_created(crm: Crm) -> None:
    crm.write("accounts", "account_id,created_at", "A1,2024-05-01", "A2,")
    crm.interactions("I1,A1,2024-04-30,call", "I2,A1,2024-05-01,call", "I3,A2,2024-04-30,call")
    prepared = crm.prepare()
    assert prepared.warnings == ("interactions: 1 rows happened before their account was created.",)
    assert prepared.counts["interactions"].accepted == 3


def test_row_53_backdated_rows(crm: Crm) -> None:
    header = "interaction_id,account_id,occurred_at,recorded_at,kind"
    crm.write("interactions", header, "I1,A1,2024-04-01,2024-05-02,call", "I2,A1,2024-04-01,2024-05-01,call")
    prepared = crm.prepare()
    (warning,) = prepared.warnings
    assert warning.startswith("interactions: 1 rows were recorded more than 30 days after they happened")
