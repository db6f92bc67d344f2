"""When a value or a record goes before its contact does: the cases of fault_cases.toml."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from register.retention import fault_sentence
from register.retention.faults import DETAILS, FAULTS, FOUND, last_days
from register.texts import Texts
from tests.retention.test_retention import policy

CASES = tomllib.loads(Path(__file__).with_name("fault_cases.toml").read_text(encoding="utf-8"))["case"]
TODAY = date(2026, 11, 24)


def judged(case):
    row = {"contact_id": "Matti", "depth": "value", "part": DETAILS, "rule": case["fault"], "company": "Ostaja Oy",
           "fact_on": case["known_on"].isoformat(), "first_seen_on": case.get("first_seen", date(2020, 1, 1)).isoformat(),
           "feed": "provider_x", "successor": case.get("successor"), "gap_feed": case.get("gap_feed"),
           "gap_since_on": "2026-11-01" if "gap_feed" in case else None}
    found = pd.DataFrame([row])[list(FOUND)].astype(dict.fromkeys(FOUND, "str"))
    rules = {case["fault"]: case["policy"]} if "policy" in case else {}
    [fault] = last_days(found, policy(**rules), TODAY).to_dict("records")
    return fault


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_the_table_of_faults(case):
    fault = judged(case)
    last_day = fault["last_day"] if isinstance(fault["last_day"], str) else None
    expected = case["last_day"].isoformat() if "last_day" in case else None
    assert (last_day, json.loads(fault["facts"]).get("pending")) == (expected, case.get("pending"))
    for language in ("fi", "en"):
        assert Texts(language).day(case["known_on"].isoformat()) in fault_sentence(Texts(language), fault)


def test_the_table_of_faults_says_every_fault():
    assert {case["fault"] for case in CASES} == set(FAULTS)
