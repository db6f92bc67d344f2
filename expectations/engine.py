"""Great Expectations, told to be quiet: one context in memory, no values in results, nothing sent, nothing written.

Importing this module imports Great Expectations (seconds), so the runner does it when the first frame is judged.
What is expected stands in `suites.py`, the conditions in `custom.py`.
"""

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any

import great_expectations as gx
import numpy as np
import pandas as pd
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity

import expectations.custom  # noqa: F401  registers our own expectations
from expectations.suites import SUITES, Severity

RESULT_FORMAT = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "return_unexpected_index_query": False}
"""All positions, no values."""

SOURCE = "register"
"""The data source that holds a frame while it is judged."""

logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)  # its errors quote values


@dataclass(frozen=True)
class Result:
    """What one expectation found.

    read: the column it is asked of, None for several. positions: of the failing rows, None where it crashed.
    """

    expectation: str
    read: str | None
    codes: tuple[str, ...]
    column: str
    severity: Severity
    positions: "np.ndarray[Any, np.dtype[np.int64]] | None"


def validate(frame: pd.DataFrame, suite: str) -> list[Result]:
    """One result an expectation of the suite, in its order. frame: a fresh RangeIndex, the columns the suite reads.

    Whatever Great Expectations raises passes: its text may quote values, so the caller names no cause.
    """
    try:
        answers = ask(frame, suite).results
    finally:
        _context().data_sources.delete(SOURCE)  # else the frame stays in memory until the next one
    order = [line.codes for line in SUITES[suite]]  # the answers come grouped by column
    return sorted((_result(answer) for answer in answers), key=lambda result: order.index(result.codes))


def ask(frame: pd.DataFrame, suite: str) -> ExpectationSuiteValidationResult:
    """The whole answer of Great Expectations, free of values; the frame stays in memory with it."""
    asset = _context().data_sources.add_or_update_pandas(SOURCE).add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all rows").get_batch(batch_parameters={"dataframe": frame})
    return batch.validate(_suite(suite), result_format=RESULT_FORMAT)


def _result(answer: ExpectationValidationResult) -> Result:
    config: Any = answer.expectation_config
    found = answer.result.get("unexpected_index_list")  # a crash is reported as a failure with an empty result
    positions = None if found is None else np.asarray(found, dtype="int64")
    return Result(config.type, config.kwargs.get("column"), tuple(config.meta["codes"]), config.meta["column"],
                  config.severity.value, positions)


@cache
def _context() -> EphemeralDataContext:
    return gx.get_context(mode="ephemeral", project_config=DataContextConfig(
        analytics_enabled=False, progress_bars=ProgressBarsConfig(globally=False),
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False)))


@cache
def _suite(name: str) -> gx.ExpectationSuite:
    return gx.ExpectationSuite(name=name, expectations=[
        ExpectationConfiguration(
            type=line.expectation, kwargs=line.kwargs, severity=FailureSeverity(line.severity),
            meta={"codes": list(line.codes), "column": line.column},
        ).to_domain_obj()
        for line in SUITES[name]
    ])
