"""Corrections: the steward's word on what a record says, from a file to its end. In the order in which they go:

`reading.py` the file, `addressing.py` whose values, `judged.py` the gate, `rehearsal.py` what would come of it, `proposing.py`
the question to the steward, `bulk.py` her answer and the days to be read again, `told.py` what is in force. Which value wins
then stands in `contacts/golden.py`.
"""
