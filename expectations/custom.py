"""Our own expectations, on the frames that `runner.py` hands over. What they are asked of stands in `suites.py`.

Importing this module imports Great Expectations (seconds): only the runner does, when something is to be judged.
"""

from typing import Any, Literal

import pandas as pd
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation, MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)


class PersonHas(MulticolumnMapMetricProvider):
    """Where the first column says that a person is named, one of the others is there: not missing, and not false."""

    condition_metric_name = "multicolumn_values.person_has"

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series:
        is_asked, *others = (column for _, column in column_list.items())
        return ~is_asked | pd.concat([column.notna() & column.ne(False) for column in others], axis=1).any(axis=1)


class PersonIsNot(MulticolumnMapMetricProvider):
    """Where the first column says that a person is named, the second is false."""

    condition_metric_name = "multicolumn_values.person_is_not"

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series:
        return ~column_list.all(axis=1)


class DayBetween(MulticolumnMapMetricProvider):
    """The first column, an ISO day, is missing or not before `earliest` nor after the second column."""

    condition_metric_name = "multicolumn_values.day_between"
    condition_value_keys = ("earliest",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, earliest: str, **_: Any) -> pd.Series:
        day, latest = (column for _, column in column_list.items())
        return ~((day < earliest) | (day > latest))


class NoCode(ColumnMapExpectation):
    """The normaliser left no code in the column: its value was read, or none was given."""

    map_metric = "column_values.null"


class ExpectNameToBeReadable(NoCode):
    """A given name is a name."""


class ExpectEmailToBeUsable(NoCode):
    """A given e-mail address is one."""


class ExpectPhoneToBeUsable(NoCode):
    """A given phone number is a possible one, and no spreadsheet has rounded it."""


class ExpectBusinessIdToBeValid(NoCode):
    """A given business id has its form and its check digit."""


class ExpectPostcodeToBeValid(NoCode):
    """A given postcode has the form of its country."""


class ExpectEventDayToBeReadable(NoCode):
    """A given day is a day of the calendar."""


class OfPerson(MulticolumnMapExpectation):
    """Asked of every row, missing values and all: the condition itself says what missing means."""

    map_metric = "multicolumn_values.person_has"
    ignore_row_if: Literal["never"] = "never"


class ExpectPersonToHaveOrganisation(OfPerson):
    """Who names a person names a company, by name, by business id or by an e-mail domain."""


class ExpectPersonToHaveName(OfPerson):
    """Who names a person gives the name, or the mailbox is the company's own."""


class ExpectPersonToHaveChannel(OfPerson):
    """Who names a person gives a usable e-mail address or phone number."""


class ExpectPersonToHaveOneOrganisation(OfPerson):
    """What names the company of a person fits one company only."""

    map_metric = "multicolumn_values.person_is_not"


class ExpectEventDayToBePlausible(MulticolumnMapExpectation):
    """A day lies neither before our time nor after its delivery."""

    map_metric = "multicolumn_values.day_between"
    success_keys = ("earliest", "mostly")
    ignore_row_if: Literal["never"] = "never"
    earliest: str
