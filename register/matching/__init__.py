"""Who is who: keys -> pairs with weight and rule -> clusters -> stable ids. Reads no policy and writes no table.

Exact keys join first, the contacts model (`model.py`) beside them from p .95 on, and the steward's word goes before both.
"""

from register.matching.alike import alike, alike_people, holders_of, likely, proposed, reasons
from register.matching.clusters import Clusters, clusters
from register.matching.identity import Identities, identify
from register.matching.joining import Decisions, Joined, join
from register.matching.keys import RULES, match_keys
from register.matching.model import contacts_model
from register.matching.pairs import MODEL, contact_pairs, person_pairs

__all__ = [
    "MODEL",
    "RULES",
    "Clusters",
    "Decisions",
    "Identities",
    "Joined",
    "alike",
    "alike_people",
    "clusters",
    "contact_pairs",
    "contacts_model",
    "holders_of",
    "identify",
    "join",
    "likely",
    "match_keys",
    "person_pairs",
    "proposed",
    "reasons",
]
