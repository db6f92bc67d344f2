"""Mailboxes as data: local parts that are a role, and domains where anybody has an address. Read by `email`."""

ROLES = frozenset({
    # fi
    "asiakaspalvelu", "aspa", "asiakkuudet", "ilmoitukset", "isannointi", "isannoitsija", "hallinto", "hallitus",
    "hankinta", "henkilosto", "huolto", "hr", "johto", "kiinteistot", "kirjaamo", "kirjanpito", "lasku", "laskut",
    "laskutus", "lehdisto", "logistiikka", "markkinointi", "myynti", "myymala", "neuvonta", "osto", "ostolasku",
    "ostolaskut", "ostot", "ostoreskontra", "palaute", "palkanlaskenta", "palkat", "palvelu", "posti",
    "puhelinvaihde", "rekry", "rekrytointi", "reskontra", "sahkoposti", "sihteeri", "tarjous", "tarjoukset",
    "tarjouspyynnot", "talous", "taloushallinto", "tiedotus", "tilaus", "tilaukset", "tietosuoja", "toimisto", "tuki",
    "tekniikka", "toimitukset", "varasto", "varaukset", "vastaanotto", "verkkokauppa", "viestinta", "yhteys",
    "yllapito", "ajanvaraus", "tyonjohto", "kotisivut", "yritys", "yritysmyynti",
    # sv
    "bestallning", "bestallningar", "bokforing", "ekonomi", "faktura", "fakturor", "fakturering", "forsaljning",
    "inkop", "kansli", "kansliet", "kontor", "kontoret", "kundservice", "kundtjanst", "lager", "lon", "offert",
    "order", "ordrar", "registrator", "styrelsen", "vaxel", "dataskydd", "disponent",
    # en
    "abuse", "accounting", "accounts", "admin", "administration", "administrator", "billing", "booking", "bookings",
    "careers", "contact", "customercare", "customerservice", "customersupport", "enquiries", "enquiry", "feedback",
    "finance", "hello", "help", "helpdesk", "hostmaster", "info", "information", "inquiries", "inquiry", "invoice",
    "invoices", "invoicing", "it", "itsupport", "jobs", "legal", "mail", "maintenance", "marketing", "media", "news",
    "newsletter", "no-reply", "noreply", "no_reply", "donotreply", "office", "orders", "payments", "payroll", "post",
    "postmaster", "press", "privacy", "procurement", "purchase", "purchasing", "quotation", "quotes", "reception",
    "recruitment", "reservations", "sales", "security", "service", "shop", "staff", "store", "support", "team",
    "tech", "web", "webmaster", "welcome", "www", "dpo", "gdpr", "einvoice", "epost", "firma",
})
"""Local parts, or what stands in them before a dot, hyphen, underscore or digit, that belong to the organisation."""

FREEMAIL = frozenset({
    # fi
    "saunalahti.fi", "inet.fi", "luukku.fi", "luukku.com", "welho.com", "mbnet.fi", "elisa.fi", "elisanet.fi",
    "iki.fi", "netikka.fi", "kolumbus.fi", "suomi24.fi", "pp.inet.fi", "jippii.fi", "dnainternet.net",
    "dnainternet.fi", "pp.nic.fi", "phnet.fi", "sci.fi", "nic.fi", "surffi.net", "kotinet.com", "kotiposti.net",
    "sonera.fi", "multi.fi", "anvianet.fi", "nettilinja.fi", "aland.net", "aina.net", "hotmail.fi", "outlook.fi",
    "yahoo.fi", "live.fi", "windowslive.fi", "nbl.fi",
    # se, no, ee
    "telia.com", "bredband.net", "comhem.se", "spray.se", "hotmail.se", "outlook.se", "live.se", "yahoo.se",
    "tele2.se", "home.se", "passagen.se", "swipnet.se", "online.no", "hotmail.no", "live.no", "outlook.no",
    "yahoo.no", "mail.ee", "hot.ee", "online.ee",
    # elsewhere
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.com", "msn.com",
    "windowslive.com", "yahoo.com", "yahoo.co.uk", "ymail.com", "rocketmail.com", "icloud.com", "me.com", "mac.com",
    "aol.com", "aim.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "t-online.de", "freenet.de", "proton.me",
    "protonmail.com", "protonmail.ch", "pm.me", "tutanota.com", "tuta.io", "tuta.com", "mail.com", "email.com",
    "zoho.com", "fastmail.com", "fastmail.fm", "hushmail.com", "yandex.com", "yandex.ru", "mail.ru", "bk.ru",
    "inbox.ru", "list.ru", "rambler.ru", "inbox.lv", "hey.com", "duck.com", "skiff.com", "laposte.net", "orange.fr",
    "free.fr", "libero.it", "qq.com", "163.com", "126.com", "seznam.cz", "wp.pl", "o2.pl", "onet.pl", "interia.pl",
})
"""Domains that say nothing of an employer. The Finnish ones no public list has."""
