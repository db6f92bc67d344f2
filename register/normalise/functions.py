"""What stands where a person's name should, and is none: functions, departments, titles. Read by `name` alone."""

FUNCTIONS = frozenset({
    # fi, folded as `text.words` folds
    "isannoitsija", "isannointi", "toimitusjohtaja", "tj", "johtaja", "hallintojohtaja", "talousjohtaja",
    "myyntijohtaja", "henkilostojohtaja", "it johtaja", "tekninen johtaja", "kirjanpito", "kirjanpitaja", "laskutus",
    "laskut", "ostolaskut", "ostoreskontra", "myyntireskontra", "reskontra", "toimisto", "vastaanotto", "vaihde",
    "asiakaspalvelu", "neuvonta", "myynti", "osto", "ostot", "hankinta", "hallinto", "talous", "taloushallinto",
    "palkanlaskenta", "tilaukset", "varasto", "logistiikka", "huolto", "huoltomies", "talonmies", "kiinteistohuolto",
    "tuki", "it tuki", "yllapito", "tiedotus", "markkinointi", "sihteeri", "assistentti", "myyja", "ostaja",
    "yrittaja", "omistaja", "puheenjohtaja", "hallitus", "hallituksen puheenjohtaja", "paallikko", "myyntipaallikko",
    "projektipaallikko", "ostopaallikko", "talouspaallikko", "toimistopaallikko", "tyonjohtaja", "tyopaallikko",
    "rakennuttaja", "yhteyshenkilo", "henkilosto", "henkilostohallinto", "rekrytointi", "asiakas", "testi",
    # sv
    "disponent", "verkstallande direktor", "vd", "direktor", "bokforing", "fakturering", "fakturor", "kontor", "kansli",
    "reception", "vaxel", "kundtjanst", "forsaljning", "inkop", "ekonomi", "administration", "underhall",
    "sekreterare", "foretagare", "agare", "ordforande", "kontaktperson", "stod",
    # en
    "manager", "property manager", "managing director", "ceo", "cfo", "cto", "director", "accounting",
    "accounts payable", "invoicing", "billing", "office", "front desk", "switchboard", "customer service", "sales",
    "purchasing", "procurement", "finance", "admin", "administrator", "warehouse", "maintenance", "support",
    "marketing", "secretary", "owner", "contact person", "contact", "info", "hr", "it", "test", "webmaster",
})

TITLES = frozenset({
    "herra", "hra", "rouva", "rva", "neiti", "nti", "herr", "fru", "mr", "mrs", "ms", "miss", "dr", "prof",
    "professori", "tri", "tohtori", "di", "dipl ins", "ins", "insinoori", "ktm", "ktt", "fm", "ft", "tkt", "tkl",
    "otk", "vt", "oik kand", "varatuomari", "mba", "emba", "phd", "msc", "rkm", "rak ins", "arkkitehti", "safa",
    "kht", "ht", "lkv", "ait", "jr", "sr",
})
"""Of courtesy and learning: left off beside a name."""

COMPANY_WORDS = frozenset({"oy", "oyj", "abp", "tmi", "ltd", "gmbh", "ry", "osk", "asunto", "kiinteisto"})
"""Words that only a company's name holds: a text with one of them is nobody's name."""
