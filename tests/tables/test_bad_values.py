"""Values that are at fault. Each test is named after its row of the bad-input table."""

import pytest

from tables.crm import Crm

pytestmark = pytest.mark.usefixtures("each_path")

AT = "2024-05-01T10:00:00Z"


def surveys(crm: Crm, *nps: object) -> None:
    crm.write("surveys", "survey_id,account_id,answered_at,nps", *(f"S{n},A1,{AT},{v}" for n, v in enumerate(nps)))


def renewals(crm: Crm, *rows: str) -> None:
    crm.write("renewals", "renewal_id,account_id,occurred_at,kind,amount,currency", *rows)


def test_row_11_thousands_and_comma_without_a_declared_mark(crm: Crm) -> None:
    renewals(crm, f'R1,A1,{AT},renewal,"1.234,56",EUR', f"R2,A1,{AT},renewal,12.5,EUR")
    crm.prepare()
    assert crm.reasons("renewals") == {2: "not_a_number"}
    assert crm.values("renewals", "amount") == [12.5]


def test_decimal_comma_that_is_declared(crm: Crm) -> None:
    renewals(crm, f'R1,A1,{AT},renewal,"1234,56",EUR', f"R2,A1,{AT},renewal,12.5,EUR", f"R3,A1,{AT},renewal,+7,EUR")
    crm.prepare(decimal=",")
    assert crm.reasons("renewals") == {3: "not_a_number"}
    assert crm.values("renewals", "amount") == [1234.56, 7.0]


def test_row_58_few_unknown_choices_are_other(crm: Crm) -> None:
    crm.write("accounts", "account_id,status", *(f"A{n},active" for n in range(30)), "A98,", "A99,sleeping")
    prepared = crm.prepare(refuse_quarantined=0.05)
    assert crm.values("accounts", "status").count("other") == 1
    assert any("accounts status: 1 of 31 values" in warning for warning in prepared.warnings)
    assert any(
        'Map it: [sources.accounts.values.status] sleeping = "churned"' in warning for warning in prepared.warnings
    )


def test_row_58_many_unknown_choices_refuse(crm: Crm) -> None:
    crm.write("accounts", "account_id,status", *(f"A{n},active" for n in range(9)), "A98,sleeping", "A99,asleep")
    message = crm.refusal(refuse_quarantined=0.05)
    assert "accounts.csv status: 2 of 11 values are none of active" in message
    assert "[sources.accounts.values.status]" in message
    assert '[sources.accounts.values.status] asleep = "churned", sleeping = "churned"' in message


def test_row_59_renamed_choice_with_an_alias(crm: Crm) -> None:
    crm.write("accounts", "account_id,status", "A1,Cliente activo", "A2,At Risk", "A3,CHURNED")
    prepared = crm.prepare(refuse_quarantined=0.05, accounts={"values": {"status": {"cliente activo": "active"}}})
    assert crm.values("accounts", "status") == ["active", "at_risk", "churned"]
    assert "status mapped" in str(prepared.quality["accounts"]["normalised"])


def test_row_60_negative_amount(crm: Crm) -> None:
    renewals(crm, f"R1,A1,{AT},contraction,-5,EUR", f"R2,A1,{AT},renewal,-5,EUR", f"R3,A1,{AT},renewal,0,EUR")
    crm.write("referrals", "referral_id,account_id,occurred_at,value", f"F1,A1,{AT},-1", f"F2,A1,{AT},1")
    crm.prepare()
    assert crm.reasons("renewals") == {3: "negative_amount"}
    assert crm.reasons("referrals") == {2: "out_of_range"}


def test_row_61_mixed_currencies(crm: Crm) -> None:
    renewals(
        crm, *(f"R{n},A1,{AT},renewal,5,EUR" for n in range(3)), f"R8,A1,{AT},renewal,5,USD", f"R9,A1,{AT},renewal,5,"
    )
    crm.prepare()
    assert crm.reasons("renewals") == {5: "mixed_currency"}


def test_row_62_unknown_currency(crm: Crm) -> None:
    renewals(crm, f"R1,A1,{AT},renewal,5,EUR", f"R2,A1,{AT},renewal,5,XXZ")
    crm.prepare()
    assert crm.reasons("renewals") == {3: "unknown_currency"}


@pytest.mark.parametrize(
    ("amount", "code"),
    [("inf", "not_finite"), ("-Infinity", "not_finite"), ("1e15", "too_large"), ("1e999", "too_large")],
)
def test_row_63_infinite_or_huge_number(crm: Crm, amount: str, code: str) -> None:
    renewals(crm, f"R1,A1,{AT},renewal,{amount},EUR", f"R2,A1,{AT},renewal,NaN,EUR")
    crm.prepare()
    assert crm.reasons("renewals") == {2: code}
    assert crm.values("renewals", "amount") == [None]


def test_row_64_nps_of_eleven(crm: Crm) -> None:
    surveys(crm, *[9] * 40, 11, "9.0", "9.5")
    crm.prepare(refuse_quarantined=0.05)
    assert crm.reasons("surveys") == {42: "out_of_range", 44: "not_an_integer"}
    assert crm.quarantined("surveys")[0]["rule"] == "the value is outside 0 … 10"


def test_row_65_survey_on_another_scale(crm: Crm) -> None:
    surveys(crm, *range(0, 100, 10))
    assert "surveys.csv nps: 8 of 10 answers are outside 0 to 10: the scale is another one" in crm.refusal(
        refuse_quarantined=0.05
    )


@pytest.mark.parametrize("level", ["7", "-1", "two", "1.5", ""])
def test_level_that_is_no_rung(crm: Crm, level: str) -> None:
    crm.write("asks", "ask_id,account_id,level,asked_at,response", f"K1,A1,{level},{AT},", f"K2,A1,5,{AT},")
    crm.prepare()
    assert list(crm.reasons("asks")) == [2]
    assert crm.values("asks", "level") == [5]


def test_row_66_flag_that_is_none(crm: Crm) -> None:
    words = ("TRUE", "yes", "Sí", "si", "1", "False", "NO", "0", "", "perhaps")
    rows = (f"I{number},A1,{AT},call,{word}" for number, word in enumerate(words))
    crm.write("interactions", "interaction_id,account_id,occurred_at,kind,required", *rows)
    crm.prepare()
    assert crm.reasons("interactions") == {11: "not_a_flag"}
    assert crm.values("interactions", "required") == [True] * 5 + [False] * 3 + [None]


def test_row_67_na_is_a_region(crm: Crm) -> None:
    crm.write("accounts", "account_id,region,industry", "A1,NA,None", "A2,n/a,nan")
    crm.prepare()
    assert crm.values("accounts", "region") == ["NA", "n/a"]
    assert crm.values("accounts", "industry") == ["None", "nan"]


def test_row_68_words_for_unknown(crm: Crm) -> None:
    crm.write("accounts", "account_id,region", "A1,null", "A2,#N/A", "A3,", "A4,NULL", "A5,  ", "A6,Norte ")
    prepared = crm.prepare()
    assert crm.values("accounts", "region") == [None] * 5 + ["Norte"]
    assert prepared.quality["accounts"]["normalised"] == {"region trimmed": 2, "region word for unknown": 3}
    assert prepared.quality["accounts"]["unknown"] == {"region": 5}


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1", "-x", "@sum", "=1+1"])
def test_row_69_formula_as_a_name_is_text(crm: Crm, name: str) -> None:
    quoted = name.replace('"', '""')
    crm.write("accounts", "account_id,account_name", f'A1,"{quoted}"', f'A2,"{quoted}"', f'A2,"{quoted}x"')
    crm.prepare()
    assert crm.values("accounts", "account_name") == [name]
    assert all(row["source.account_name"].startswith("'") for row in crm.quarantined("accounts"))


def test_row_71_oversized_cell(crm: Crm) -> None:
    crm.write("accounts", "account_id,account_name", f"A1,{'x' * 32_768}", f"A2,{'ñ' * 32_767}")
    crm.prepare()
    assert crm.reasons("accounts") == {2: "oversized_cell"}


def test_row_72_e_mail_address_in_free_text(crm: Crm) -> None:
    crm.write(
        "outcomes", "outcome_id,account_id,occurred_at,fact", f"O1,A1,{AT},ask ana@example.org", f"O2,A1,{AT},at @home"
    )
    prepared = crm.prepare()
    assert any("outcomes fact: 1 cell holds an e-mail address" in warning for warning in prepared.warnings)
    assert "example.org" not in " ".join(prepared.warnings)


def test_several_faults_of_one_row_are_one_row_of_the_quarantine(crm: Crm) -> None:
    renewals(crm, f"R1,,{AT},renewal,much,EUR", f"R2,A1,{AT},renewal,1,EUR")
    counts = crm.prepare().counts["renewals"]
    (row,) = crm.quarantined("renewals")
    assert counts.quarantined == 1
    assert "amount: this is not a number" in row["message"]
    assert "account_id: a required value is missing" in row["message"]
    assert row["source.amount"] == "much"
    assert row["id"] == "R1"
