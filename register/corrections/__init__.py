"""Corrections: the steward's word on what a record says, from a file to its end. In the order in which they go:

`reading.py` the file, `addressing.py` whose values, `rehearsal.py` what would come of it, `proposing.py` and `approving.py` the
question to the steward, `bulk.py` her answer and the days to be read again, `told.py` what is in force. How it goes through the
gate stands in `gate/corrected.py`, which value wins then in `contacts/golden.py`.
"""
