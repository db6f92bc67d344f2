"""Legal forms of companies as words, and what a company column says that is no company. Read by `company` alone."""

from typing import Literal

Role = Literal["dropped", "sole_trader", "housing", "property"]

ANYWHERE: dict[str, Role] = {
    # Longest first where one begins with another; folded, without dots and colons ("T:mi" is "tmi").
    "asunto osakeyhtio": "housing", "asunto oy": "housing", "asunto oyj": "housing", "as oy": "housing",
    "bostads aktiebolaget": "housing", "bostadsaktiebolaget": "housing", "bostadsaktiebolag": "housing",
    "bostads ab": "housing", "bost ab": "housing", "asoy": "housing", "kiinteisto osakeyhtio": "property",
    "kiinteisto oy": "property", "koy": "property", "kiint oy": "property", "fastighets ab": "property",
    "fastighetsaktiebolaget": "property", "fast ab": "property", "yksityinen elinkeinonharjoittaja": "sole_trader",
    "enskild firma": "sole_trader", "toiminimi": "sole_trader", "tmi": "sole_trader",
    "enskild naringsidkare": "sole_trader", "julkinen osakeyhtio": "dropped", "osakeyhtio": "dropped",
    "publikt aktiebolag": "dropped", "aktiebolaget": "dropped", "aktiebolag": "dropped", "oy ab": "dropped",
    "oyj abp": "dropped", "oyj": "dropped", "oy": "dropped", "abp": "dropped", "ab": "dropped",
    "kommandiittiyhtio": "dropped", "kommanditbolag": "dropped", "ky": "dropped", "kb": "dropped",
    "avoin yhtio": "dropped", "oppet bolag": "dropped", "ay": "dropped", "osuuskunta": "dropped",
    "andelslag": "dropped", "osk": "dropped", "rekisteroity yhdistys": "dropped", "registrerad forening": "dropped",
    "ry": "dropped", "r y": "dropped", "rf": "dropped", "r f": "dropped", "sr": "dropped", "rs": "dropped",
    "publ": "dropped",
}
"""Finnish and Swedish forms, which stand before, after and within a name: "Oy Köpare Ab"."""

AT_THE_END: dict[str, Role] = {
    "enk": "sole_trader", "fie": "sole_trader",
    "asa": "dropped", "as": "dropped", "a s": "dropped", "ans": "dropped", "da": "dropped", "nuf": "dropped",
    "aps": "dropped", "hb": "dropped", "ou": "dropped", "sia": "dropped", "uab": "dropped", "ltd": "dropped",
    "limited": "dropped", "plc": "dropped", "llp": "dropped", "llc": "dropped", "inc": "dropped", "corp": "dropped",
    "gmbh": "dropped", "ag": "dropped", "kg": "dropped", "bv": "dropped", "nv": "dropped", "sa": "dropped",
    "srl": "dropped", "sarl": "dropped",
}
"""Forms of other countries: their letters are words elsewhere in a name."""

MARKS: dict[Role, str] = {"housing": "asoy", "property": "koy"}
"""What stays of a form in the key: a housing company is another firm than the "Oy" of the same name."""

NO_COMPANY = frozenset({
    "yksityinen", "yksityiset", "yksit", "private", "privat", "x", "xx", "xxx", "ei yritysta", "ei yritys", "henkilo",
    "no company", "kuluttaja", "kuluttaja asiakas", "kuluttajaasiakas", "konsument", "consumer",
})
"""Folded words that name no company, and prove nothing about the person."""

PRIVATE_PERSON = frozenset({
    "yksityishenkilo", "yksityinen henkilo", "yksityishlo", "yksityis henkilo", "yksityisasiakas", "yksityis asiakas",
    "yksityishenkiloasiakas", "luonnollinen henkilo", "privatperson", "privat person", "privatkund", "fysisk person",
    "private person", "private individual", "private customer", "natural person",
})
"""Folded words that clearly say a private person: positive evidence, so such a row is withheld."""
