"""Who is who: keys -> pairs with weight and rule -> clusters -> stable ids. Reads no policy and writes no table.

The exact layer is one model of pairs among others: whatever gives pairs with a weight and a rule is clustered the same way.
"""

from register.matching.clusters import Clusters, clusters
from register.matching.identity import Identities, identify
from register.matching.keys import RULES, match_keys
from register.matching.pairs import MODEL, contact_pairs, person_pairs

__all__ = [
    "MODEL",
    "RULES",
    "Clusters",
    "Identities",
    "clusters",
    "contact_pairs",
    "identify",
    "match_keys",
    "person_pairs",
]
