"""The one way in: every row of every path is stripped, keyed and admitted here (design, rule 1).

`strip` cuts what may never be kept, `record_keys` says which record a row is, `admit` says what becomes of it.
"""
