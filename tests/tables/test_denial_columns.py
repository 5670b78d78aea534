"""Columns called like a "no", as exports of CRMs and people's own sheets have them."""

import pytest

from advocate_score.tables.denial_columns import kind_of_refusal


def words(text: str) -> list[str]:
    return text.split()


OPT_OUT = words("""
HasOptedOutOfEmail hs_email_optout EmailOptOut email-optout OPT_OUT optOut OptedOut optout optedout emailoptout
EMAILOPTOUT opt_outs opts_out DoNotContact DoNotCall do_not_email DO-NOT-MAIL DoNotDisturb Do_Not_Ask do_not_sms
Don't_contact don’t_call dont_email donotcontact donotcall donotemail donotmail DONOTMAIL dontContact no_contact
not_contact never_contact DNC dnd no_call NoEmail no_mail unsubscribe Unsubscribed unsubscribes unsubscription
suppressed EmailSuppression suppress objected objection objects refused refuses refusal withdrawn withdrawal revoked
blocklist blocklisted blacklist blacklisted leave_in_peace no_reference not_referenceable no_contactar NoLlamar
no_molestar no_enviar no_publicidad no_escribir no_preguntar baja_comercial baja_email baja_correo dado_de_baja
dada_de_baja FechaDeBaja fecha_baja se_opone oposición OPOSICION opuesto Robinson lista_robinson lista_negra excluir
excluido exclusión_comercial revocado revocada revocación canceló_suscripción suscripción_cancelada Baja BAJA
""")
CONSENT = words("""
consent Consents consented ConsentStatus consent_status GDPR GDPRConsent RGPD LOPD LOPDGDD CCPA legal_basis
hs_legal_basis consentimiento consiente permiso PermissionToContact base_legal ContactPermission OptIn opted_in
optin Subscribed suscrito suscrita acepta_comunicaciones AceptaPublicidad autoriza autorizado autorización Referenceable
reference_status MayContact ok_to_contact AcceptsMarketing referenciable
""")
DELETION = words("""
deleted IsDeleted is_deleted isdeleted ISDELETED deletion DeleteDate DeletedAt soft_deleted is_removed archived
IsArchived tombstone eliminado eliminada borrado borrada suprimido suprimida archivado archivada fecha_de_borrado
fecha_eliminación FechaEliminación
""")
NO_CAUSE = words("""
optician opt out_of_order call_notes do_call contact email mailing objective reference_number SuppressionRate
reason_of_contact unsubscribe_rate revocable consensual permission legal base delete archive remove baja_temporada
temporada_baja suscripción exclusivo list negative dn dndx adnc peace lastCallDate isActive XXdeletedXX noteOnContact
""")


@pytest.mark.parametrize("name", OPT_OUT)
def test_names_of_an_opt_out(name: str) -> None:
    assert kind_of_refusal(name) == "opt_out"
    assert kind_of_refusal(name.replace("_", " ")) == "opt_out"


@pytest.mark.parametrize("name", CONSENT)
def test_names_of_a_consent(name: str) -> None:
    assert kind_of_refusal(name) == "consent"


@pytest.mark.parametrize("name", DELETION)
def test_names_of_a_deletion(name: str) -> None:
    assert kind_of_refusal(name) == "deletion"


@pytest.mark.parametrize("name", NO_CAUSE)
def test_names_that_only_look_like_one(name: str) -> None:
    assert kind_of_refusal(name) is None


def test_a_name_of_several_words_is_known_among_others() -> None:
    assert kind_of_refusal("Contact: GDPR consent (2024)") == "consent"
    assert kind_of_refusal("  the client's don't contact, please ") == "opt_out"
    assert kind_of_refusal("consent revoked") == "opt_out"
