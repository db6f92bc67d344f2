"""How long a contact is kept, and why: one explainable verdict each, pure functions of facts, policy and a given day.

`facts` is what is judged by, `reach` whom a fact counts for, `periods` the arithmetic, `rules` what each rule says, `verdicts`
the judgement, `evidence` the reading of the facts, `sentence` the words; `faults` what of a contact goes before it does,
`fault_evidence` where that is found. Source: privacy notice, section 7; GDPR art. 5(1)(e).
"""

from register.retention.evidence import facts, judge
from register.retention.sentence import fault_sentence, sentence
from register.retention.verdicts import decide

__all__ = ["decide", "facts", "fault_sentence", "judge", "sentence"]
