"""What delivered headers mean, in Finnish, Swedish and English: which canonical column, and which words are never kept.

A word stands in one table only. How a whole header row is read stands in `headers.py`; no values are looked at here.
"""

import re
import unicodedata

from register.columns import CANONICAL
from register.feeds import OWN_KINDS

KEPT: dict[str, tuple[str, ...]] = {  # best first: work, mobile, other; visiting, postal, billing
    "full_name": (
        "Yhteyshenkilö", "Yhteyshenkilön nimi", "Kontaktihenkilö", "Koko nimi", "Henkilön nimi", "Henkilö",
        "Nimi (henkilö)", "Yhteydenottaja", "Lähettäjän nimi", "Tilaajan nimi", "Osallistujan nimi", "Kontaktperson",
        "Kontaktpersonens namn", "Fullständigt namn", "Hela namnet", "Contact Person", "Contact Name", "Contact",
        "Full Name", "Person Name", "your-name",
    ),
    "first_name": (
        "Kutsumanimi", "Etunimi", "Etunimet", "Yhteyshenkilön etunimi", "Tilltalsnamn", "Förnamn", "First Name",
        "Given Name", "Forename", "your-first-name",
    ),
    "last_name": (
        "Sukunimi", "Yhteyshenkilön sukunimi", "Efternamn", "Last Name", "Family Name", "Surname", "your-last-name",
    ),
    "company": (
        "Yritys", "Yrityksen nimi", "Yritysnimi", "Toiminimi", "Organisaatio", "Organisaation nimi", "Yhteisö",
        "Asiakasyritys", "Asiakas", "Asiakkaan nimi", "Taloyhtiö", "Työnantaja", "Virallinen nimi", "Toimeksiantaja",
        "NIMI1", "Företag", "Företagsnamn", "Företagets namn", "Firma", "Firmanamn", "Organisation", "Kund",
        "Kundens namn", "Arbetsgivare", "Company Name", "Company", "Business Name", "Organization Name",
        "Organization 1 - Name", "Organization", "Organisation Name", "Employer", "Customer", "Customer Name",
        "Account Name", "Client", "Associated Company", "your-company", "your-organization",
    ),
    "business_id": (
        "Y-tunnus", "Yrityksen Y-tunnus", "Yritystunnus", "Asiakkaan Y-tunnus", "Ostajan Y-tunnus", "LY-tunnus",
        "Yritys- ja yhteisötunnus", "FO-nummer", "FO nr", "Organisationsnummer", "Org.nr", "Org nummer",
        "Företagsnummer", "Business ID", "Company Business ID", "Business ID / social security number",
        "Y-tunnus / henkilötunnus", "Buyer business ID", "Company ID", "Company Number", "Registration Number",
        "Organisation Number", "Organization Number", "External Identifier", "ariregistri_kood", "ALV-tunnus",
        "ALV-numero", "VAT-tunnus", "VAT number", "VAT ID", "Momsnummer", "your-business-id",
    ),
    "website": (
        "Kotisivu", "Kotisivut", "Verkkosivu", "Verkkosivut", "Verkkosivusto", "WWW", "WWW-osoite", "Webbplats",
        "Hemsida", "Website", "Web Page", "Homepage", "Website 1 - Value", "Company Website", "Description\nWebsite",
        "your-website",
    ),
    "case_number": (
        "Asianumero", "Asianro", "Asian numero", "Tapausnumero", "Toimeksiantonumero", "Tarjousnumero", "Tarjousnro",
        "Tarjouspyyntönumero", "Tilausnumero", "Tilausnro", "Projektinumero", "Viitteemme", "Viitteenne",
        "Ärendenummer", "Ärende", "Diarienummer", "Offertnummer", "Beställningsnummer", "Ordernummer", "Vår referens",
        "Case Number", "Case No", "Case ID", "Quotation Number", "Quote Number", "Order Number", "Order Identifier",
        "Our Reference",
    ),
    "email": (
        "Työsähköposti", "Sähköposti (työ)", "Yhteyshenkilön sähköposti", "YhteyshenkilöEmail", "Sähköposti",
        "Sähköposti 1", "Sähköpostiosoite", "S-posti", "Meili", "Yrityksen sähköposti", "Sähköposti 2",
        "E-post (arbete)", "E-post", "E-postadress", "Mejl", "Work Email", "Business Email", "Email", "Email Address",
        "Contact Email", "Mail", "E-mail 1 - Value", "Email 1", "E-mail 2 Address", "E-mail 2 - Value", "Email 2",
        "E-mail 3 Address", "E-mail 3 - Value", "Company Email", "your-email", "your-mail",
    ),
    "phone": (
        "Työpuhelin", "Puhelin (työ)", "Suora puhelin", "Suora numero", "Yhteyshenkilön puhelin", "YhteyshenkilöPuh",
        "Arbetstelefon", "Telefon (arbete)", "Direktnummer", "Work Phone", "Work Direct Phone", "Direct Phone",
        "Business Phone", "Business Phone 2", "Matkapuhelin", "Matkapuhelinnumero", "Matkapuh.", "Kännykkä", "GSM",
        "Gsm-numero", "Mobiili", "Mobiltelefon", "Mobil", "Mobilnummer", "Mobile Phone", "Mobile", "Mobile Number",
        "Cell Phone", "Cell", "Puhelin", "Puhelinnumero", "Puhelin 1", "Puh", "Puhelinnro", "Puh.nro", "Puhelin 2",
        "Telefon", "Telefonnummer", "Tel", "Phone", "Phone Number", "Telephone", "Phone 1", "Primary Phone",
        "Phone 1 - Value", "Phone 2", "Phone 2 - Value", "Phone 3 - Value", "your-phone", "your-tel",
        "your-telephone", "Vaihde", "Puhelinvaihde", "Yrityksen puhelin", "Växel", "Switchboard", "Corporate Phone",
        "Company Phone", "Company Main Phone", "Muu puhelin", "Annan telefon", "Other Phone",
    ),
    "street": (
        "Käyntiosoite", "Katuosoite", "Lähiosoite", "Yrityksen osoite", "Osoite", "Osoite 1", "Besöksadress",
        "Gatuadress", "Adress", "Business Street", "Company Address", "Street Address", "Street", "Address",
        "Address Line 1", "Address 1", "Address 1 - Street", "RegAddress.AddressLine1", "ettevotja_aadress",
        "Postiosoite", "Postadress", "Mailing Street", "Mailing Address", "Business Address", "Address 1 - Formatted",
        "Laskutusosoite", "Faktureringsadress", "Billing Address", "Billing Street", "your-address",
    ),
    "postcode": (
        "Käyntiosoitteen postinumero", "Postinumero", "Postinro", "Postinr", "Postnummer", "Postnr",
        "Business Postal Code", "Company Postal Code", "Postal Code", "Postcode", "Zip", "Zip Code",
        "ZIP/Postal Code", "Address 1 - Postal Code", "RegAddress.PostCode", "Laskutuspostinro",
        "Laskutuspostinumero", "Billing Postal Code", "your-postcode",
    ),
    "city": (
        "Visiting city", "Käyntiosoitteen postitoimipaikka", "Postitoimipaikka", "Toimipaikka", "Kaupunki",
        "Paikkakunta", "Postort", "Postanstalt", "Ort", "Stad", "Business City", "Company City", "City", "Town",
        "Post Office", "Address 1 - City", "RegAddress.PostTown", "Laskutuskaupunki", "Laskutuspostitoimipaikka",
        "Billing City", "your-city",
    ),
    "country": (
        "Maa", "Maakoodi", "Land", "Landskod", "Business Country", "Business Country/Region", "Company Country",
        "Country", "Country/Region", "Country Code", "Address 1 - Country", "RegAddress.Country", "Laskutusmaa",
        "Billing Country", "your-country",
    ),
    "event_on": (
        "Päättynyt", "Päättymispäivä", "Päätetty", "Valmistunut", "Laskun päivä", "Laskupäivä", "Laskun päiväys",
        "Laskun pvm", "Laskutuspäivä", "Tositepäivä", "Avslutad", "Avslutat", "Fakturadatum", "Closed On", "End Date",
        "Ended", "Invoice Date", "Invoiced On", "Päivä", "Päiväys", "Päivämäärä", "Pvm", "Tapahtumapäivä",
        "Yhteydenottopäivä", "Saapunut", "Vastaanotettu", "Tilauspäivä", "Ilm.aika", "Ilmoittautumisaika", "Alkanut",
        "Alkupäivä", "Aloituspäivä", "Avattu", "Datum", "Mottagen", "Startdatum", "Inledd", "Date", "Received",
        "Event Date", "Order Date", "Entry Date", "date_created", "Start Date", "Opened On", "Started",
        "Palautunut", "Palautuspäivä", "Studsade", "Bounced On", "Bounce Date",
    ),
    "event_status": (
        "Palautuksen tyyppi", "Palautustyyppi", "Palautuksen syy", "Bounce Type", "Bounce", "Studstyp", "Status Code",
        "Virhekoodi", "Tila", "Status", "Asian tila", "Toimeksiannon tila", "Tilanne", "Läge", "Ärendets status",
        "State of case", "Case Status",
    ),
    "invoice_number": (
        "Laskunumero", "Laskun numero", "Laskunro", "Laskunr", "Fakturanummer", "Fakturanr", "Invoice Number",
        "Invoice No",
    ),
    "invoice_type": ("Laskun tyyppi", "Laskutyyppi", "Laskulaji", "Fakturatyp", "Invoice Type", "Invoice Type Code"),
    "party": ("Osapuoli",),
    "marketing_ban": (
        "Markkinointikielto", "Suoramarkkinointikielto", "Suoramarkkinointi", "Markkinointiesto", "Mainoskielto",
        "Sähköpostikielto", "Puhelinmyyntikielto", "Ei markkinointia", "Marknadsföringsförbud", "Direktmarknadsföring",
        "Reklamspärr", "Direktreklamspärr", "Unsubscribed from all email", "Unsubscribed", "Opted out", "Opt out",
        "Email Opt Out", "Do not contact", "Do not email", "Do not call", "Marketing ban",
    ),
    "marketing_consent": (
        "Markkinointilupa", "Suoramarkkinointilupa", "Markkinointisuostumus", "Uutiskirjelupa",
        "Marknadsföringstillstånd", "Samtycke till marknadsföring", "Marketing consent", "Marketing permission",
        "Newsletter consent", "Opt in",
    ),
    "deleted": ("Poistettu", "Poistettu rekisteristä", "Raderad", "Borttagen", "Deleted", "Is deleted", "Removed"),
    "seller_id": ("Myyjän Y-tunnus", "Toimittajan Y-tunnus", "Säljarens FO-nummer", "Seller business ID"),
    "buyer_id": (),
    "private_person": (
        "Yksityisasiakas", "Yksityishenkilö", "Kuluttaja-asiakas", "Privatkund", "Privatperson", "Private Customer",
        "isPrivateCustomer", "Private Person", "Is private person",
    ),
}
"""Canonical column -> the delivered headers that mean it."""

NOT_KEPT: dict[str, tuple[str, ...]] = {
    # Home, family, assistants and machines that nobody answers: never a person's working address or number.
    "home_phone": ("Kotipuhelin", "Puhelin (koti)", "Hemtelefon", "Home Phone", "Home Phone 2"),
    "home_email": ("Kotisähköposti", "Henkilökohtainen sähköposti", "Home Email", "Personal Email", "Hem e-post"),
    "home_address": (
        "Kotiosoite", "Hemadress", "Home Address", "Home Street", "Home Street 2", "Home Street 3",
        "Home Address PO Box", "Home City", "Home State", "Home Postal Code", "Home Country", "Home Country/Region",
    ),
    "other_address": (
        "Other Address", "Other Street", "Other Street 2", "Other Street 3", "Other Address PO Box", "Other City",
        "Other State", "Other Postal Code", "Other Country", "Other Country/Region",
    ),
    "family": ("Puoliso", "Lapset", "Siviilisääty", "Maka", "Make", "Barn", "Spouse", "Children"),
    "assistant": ("Avustaja", "Assistentti", "Assistent", "Assistant's Name", "Assistant's Phone", "Assistant"),
    "manager": ("Esimies", "Esihenkilö", "Förman", "Manager's Name", "Manager"),
    "fax": ("Faksi", "Telefax", "Telefaksi", "Fax", "Faxnummer", "Business Fax", "Home Fax", "Other Fax", "Fax Number"),
    "other_device": ("Pager", "Car Phone", "ISDN", "Radio Phone", "TTY/TDD Phone", "Telex", "Callback"),
    "care_of": ("c/o", "RegAddress.CareOf"),
    "identity_number": (
        "Henkilötunnus", "Hetu", "Sotu", "Sosiaaliturvatunnus", "Personbeteckning", "Personnummer",
        "Social security number", "National ID",
    ),
    "birthday": ("Syntymäaika", "Syntymäpäivä", "Födelsedatum", "Födelsedag", "Birthday", "Date of Birth", "Anniversary"),
    "gender": ("Sukupuoli", "Kön", "Gender", "Sex"),
    "other_name": (
        "Middle Name", "Additional Name", "Phonetic First Name", "Phonetic Middle Name", "Phonetic Last Name",
        "Yomi Name", "Given Name Yomi", "Additional Name Yomi", "Family Name Yomi", "Name Prefix", "Name Suffix",
        "Suffix", "Initials", "Nickname", "Short Name", "Maiden Name", "File As", "Lempinimi", "Toinen nimi",
        "E-mail Display Name", "Organization 1 - Yomi Name",
    ),
    "job_title": (
        "Tehtävänimike", "Titteli", "Nimike", "Ammatti", "Asema", "Rooli", "Toimenkuva", "Tehtävä", "Yrke",
        "Befattning", "Titel", "Roll", "Title", "Job Title", "Position", "Occupation", "Profession", "Seniority",
        "Role", "Organization Title", "Organization 1 - Title", "Organization 1 - Job Description",
    ),
    "department": (
        "Osasto", "Yksikkö", "Avdelning", "Department", "Departments", "Organization Department",
        "Organization 1 - Department", "Office Location",
    ),
    "notes": (
        "Huomautus", "Huomautukset", "Huom", "Muistiinpanot", "Lisätiedot", "Lisätieto", "Kommentti", "Viesti",
        "Aihe", "Otsikko", "Kuvaus", "Anteckningar", "Meddelande", "Kommentar", "Ämne", "Notes", "Comment",
        "Comments", "Message", "Subject", "Description", "Laskun selite", "Viesti reskontraan", "your-message",
        "your-subject",
    ),
    "attachment": ("Liite", "Photo", "Bilaga", "Attachment"),
    "language": ("Kieli", "Kielikoodi", "Asiointikieli", "Språk", "Language", "Language Code"),
    "consent_to_terms": ("acceptance", "your-consent", "Tietosuojaseloste", "Käyttöehdot"),
    "social_media": (
        "LinkedIn", "LinkedIn link", "URL", "Person Linkedin Url", "Company Linkedin Url", "Facebook Url",
        "Twitter Url", "Description\nLinkedIn",
    ),
    # Companies beyond name, id, address and website.
    "alternative_company_name": (
        "Lyhytnimi", "Aputoiminimi", "Rinnakkaistoiminimi", "NIMI2", "Laskutusnimi", "Laskutusnimi1", "LaskutusNimi2",
        "Company Name for Emails", "Group name", "Konserni",
    ),
    "delivery_address": (
        "Toimitusosoite", "Toimitusnimi", "Toimitusnimi1", "Toimitusnimi2", "Toimituspostinro", "Toimituskaupunki",
        "Toimitusmaa", "toimitusosoitteen postitoimipaikka", "Leveransadress", "Delivery Address", "Shipping Address",
    ),
    "address_detail": (
        "Osoite 2", "Postilokero", "Maakunta", "Kunta", "Lääni", "Kommun", "Landskap", "Business Street 2",
        "Business Street 3", "Business Address PO Box", "Business State", "Company State", "State", "Region",
        "County", "Location", "Address 1 - Label", "Address 1 - Type", "Address 1 - PO Box", "Address 1 - Region",
        "Address 1 - Extended Address", "RegAddress.POBox", "RegAddress.AddressLine2", "RegAddress.County",
        "Organization 1 - Location",
    ),
    "revenue": (
        "Liikevaihto", "Liikevaihto (t€)", "Liikevaihto (te)", "Liikevaihto (1000 €)", "Liikevaihto (tEUR)",
        "Omsättning", "Revenue", "Revenue (latest)", "Annual Revenue", "Group revenue", "Turnover",
    ),
    "funding": ("Total Funding", "Latest Funding", "Latest Funding Amount", "Last Raised At"),
    "personnel": (
        "Henkilöstö", "Henkilöstömäärä", "Henkilöstöluokka", "Personal", "Antal anställda", "# Employees",
        "Reported employees", "Predicted company size\nLinkedIn", "Predicted company size\nVainu ML model",
    ),
    "industry": (
        "Toimiala", "Toimialakoodi", "TOL", "TOL 2008", "Bransch", "Branschkod", "Industry", "Main industry",
        "Primary Industry", "Primary Industry code", "Vainu Custom Industries (high class)", "Technologies",
        "Company Category",
    ),
    "legal_form": (
        "Yhtiömuoto", "Yritysmuoto", "Juridinen muoto", "Bolagsform", "Legal entity", "Legal form", "Company form",
        "ettevotja_oiguslik_vorm", "ettevotja_oigusliku_vormi_alaliik",
    ),
    "company_status": (
        "Yrityksen tila", "CompanyStatus", "ettevotja_staatus", "ettevotja_staatus_tekstina", "DissolutionDate",
        "IncorporationDate", "CountryOfOrigin", "ettevotja_esmakande_kpv", "Perustettu", "Rekisteröity",
    ),
    "foreign_vat_number": ("kmkr_nr",),
    "e_invoicing": (
        "OVT", "OVT-tunnus", "Verkkolaskuosoite", "VerkkolaskuVastOsoite", "VerkkolaskuVastVälittäjä",
        "Välittäjätunnus", "E-fakturaadress", "E-invoice address",
    ),
    # What systems say of their own records.
    "record_number": (
        "ID", "Koodi", "Tunnus", "Kontaktinro",
        "Contact ID", "Asiakasnumero", "Asiakasnro", "Asiakastunnus", "Kundnummer", "Customer number",
        "Customer no", "Record ID", "LaskuID", "Organizational ID Number", "Apollo Contact Id", "Apollo Account Id",
        "Entry Id", "Post Id", "form_id", "TietueAsiakas", "TietueLasku", "Organization 1 - Symbol",
        "Organization 1 - Type", "Nro", "Nr",
    ),
    "customer_group": (
        "Ryhmä", "Asiakasryhmä", "asiakasryhmä ja ryhmän selitys", "Asiakassegmentti", "Asiakastyyppi", "Kundgrupp",
        "Kundtyp", "Customer type", "Customer group", "Labels", "Lists", "Categories", "Keywords", "Group Membership",
        "Stage", "Lead Status", "Lifecycle Stage", "Account",
    ),
    "our_own_people": (
        "Myyjä", "Myyjän nimi", "myyjän nimi tai myyjän numero", "Vastuuhenkilö", "Käsittelijä", "Säljare",
        "Handläggare", "Contact owner", "Account Owner", "Owner", "Referred By", "OrdererName", "Toimittajan viite",
    ),
    "contacting": (
        "Yhteydenottotapa", "Kontaktsätt", "Last Contacted", "Connected On", "Email Sent", "Email Open",
        "Email Bounced", "Replied", "Demoed", "Email Status", "Email Confidence", "Primary Email Source",
        "Primary Email Catch-all Status", "Primary Email Last Verified At", "E-mail Type",
    ),
    "payment": (
        "Maksuehto", "Toimitusehto", "Valuutta", "Viite", "Viitenumero", "Eräpäivä", "Toimituspäivä", "Summa",
        "Yhteensä", "Koronesto", "Karhuesto", "Luottokielto", "Betalningsvillkor", "Valuta", "Referensnummer",
        "Förfallodag", "Payment terms", "Currency", "Due Date", "Amount", "Total", "Billing Information",
        "Transaction Id", "Payment Amount", "Payment Date", "Payment Status",
    ),
    "changed": (
        "Päivitetty", "Muokattu", "Luotu", "Luontipäivä", "Muutospäivä", "Uppdaterad", "Ändrad", "Skapad", "Updated",
        "Modified", "Last Modified", "Created", "Create Date", "date_updated",
    ),
    "form_data": (
        "_wpcf7", "_wpcf7_version", "_wpcf7_locale", "_wpcf7_unit_tag", "_wpcf7_container_post",
        "_wpcf7_posted_data_hash", "is_starred", "is_read", "ip", "source_url", "user_agent", "created_by",
        "Created By (User Id)", "User IP", "_wpcf7_recaptcha_response", "g-recaptcha-response",
    ),
    "program_data": (
        "Directory Server", "Mileage", "Hobby", "Sensitivity", "Priority", "Private", "Internet Free Busy", "User 1",
        "User 2", "User 3", "User 4", "E-mail 1 - Label", "E-mail 1 - Type", "E-mail 2 - Label", "E-mail 2 - Type",
        "E-mail 3 - Label", "E-mail 3 - Type", "Phone 1 - Label", "Phone 1 - Type", "Phone 2 - Label",
        "Phone 2 - Type", "Phone 3 - Label", "Phone 3 - Type", "Website 1 - Label", "Website 1 - Type",
    ),
}
"""Word shown to people -> delivered headers that are known, and of which nothing is kept."""

COMPANY_OR_PERSON = ("Nimi", "Name", "Namn")
"""The company where a business id or a contact person stands beside it and no other company column; else the person."""

ONLY_OF: dict[str, tuple[str, ...]] = {
    "case_number": OWN_KINDS,
    "event_on": (*OWN_KINDS, "bounce"),
    "event_status": ("assignment", "bounce"),
    "invoice_number": ("invoice",),
    "invoice_type": ("invoice",),
    "party": ("invoice",),
    "seller_id": ("invoice",),
    "buyer_id": ("invoice",),
}
"""Columns that an alias gives only in feeds of these kinds: a provider's "Status" is no assignment's."""

JOINED = ("email", "phone", "marketing_ban", "marketing_consent")
"""Several delivered columns all count; of other canonical columns the best one that says something."""

OF_ONE_ADDRESS = ("street", "postcode", "city", "country")
"""Only the best delivered column counts: a street of one address and the town of another are no address."""

LABELLED = re.compile(r"(?P<stem>(email|phone|address)\d)(?:value|street|city|postalcode|country|formatted)")
"""Folded headers whose neighbour, `<stem>label` or `<stem>type`, says of each row what kind of value stands there."""

NOT_AT_WORK = r"(?i)home|koti|\bhem|fax|faksi|pager"
"""Such a neighbour's words: what they stand beside is not read."""


def fold(header: str) -> str:
    """A header without case, accents, spaces, line breaks and punctuation.

    >>> fold("Sähköposti-\\nosoite"), fold("E-mail 1 - Value"), fold("#")
    ('sahkopostiosoite', 'email1value', '')
    """
    plain = unicodedata.normalize("NFKD", header.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


RANKS: dict[str, tuple[str, int]] = {fold(name): (name, 0) for name in CANONICAL} | {
    fold(header): (name, rank) for name, headers in KEPT.items() for rank, header in enumerate(headers)
}
"""Folded header -> canonical column and rank, 0 the best; a column's own name is one of its headers."""

UNLISTED: dict[str, str] = {fold(header): word for word, headers in NOT_KEPT.items() for header in headers}
"""Folded header -> the word under which a column that is not kept is named."""

EITHER = frozenset(fold(header) for header in COMPANY_OR_PERSON)
"""Folded headers that mean the company in one list and the person in another."""

KNOWN = frozenset(RANKS) | frozenset(UNLISTED) | EITHER
"""Every folded header that one of the tables knows."""
