"""Who is who: keys -> pairs with weight and rule -> clusters -> stable ids. Reads no policy and writes no table.

The exact layer is one model of pairs among others: whatever gives pairs with a weight and a rule is clustered the same way.
"""

from register.matching.clusters import Clusters, clusters
from register.matching.identity import Identities, identify
from register.matching.keys import CONTACT_RULES, PERSON_RULES, match_keys
from register.matching.pairs import MODEL, exact_pairs

__all__ = [
    "CONTACT_RULES",
    "MODEL",
    "PERSON_RULES",
    "Clusters",
    "Identities",
    "clusters",
    "exact_pairs",
    "identify",
    "match_keys",
]
