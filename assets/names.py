"""By which names Dagster knows runs and assets. Imports no Dagster, so that the command starts without it."""


DAY_TAG = "register/day"
MODE_TAG = "register/mode"
ADD_TAG = "register/add"
SWEEP_TAG = "register/sweep"
APPROVED_TAG = "register/approved_by"
REMATCH_TAG = "register/rematch"
WORKBOOK_TAG = "register/workbook"
CORRECTION_TAG = "correction"
SCHEDULED_TAG = "dagster/schedule_name"
HOST_TAG, PROCESS_TAG = "register/host", "register/process"

MORNING = "morning"
"""The steward's first page."""
