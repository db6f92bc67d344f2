"""Dagster's side of the register: definitions, instance, command. No personal data may reach Dagster: settled here."""

import os
import warnings

from pipelines import redaction

os.environ.setdefault("DAGSTER_REDACT_USER_CODE_ERRORS", "1")
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "true")
warnings.filterwarnings("ignore", message="Parameter `owners` of initializer `SensorDefinition")
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`")  # beta, and held by our own tests
redaction.install()
