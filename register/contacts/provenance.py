"""Where the golden values come from: one short text a contact or organisation, JSON, fields of one source under one key.

`{"full_name first_name last_name": ["provider_x", "2026-11-02", "<record key>", "newest"], "email": [...]}`
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

SOURCE = ("feed", "day", "record_key", "why")
"""What is known of a value, in the order of the text."""

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def read(text: str) -> dict[str, dict[str, str]]:
    """By field, what is known of its value: SOURCE."""
    sources = json.loads(text).items()
    return {field: dict(zip(SOURCE, said, strict=True)) for fields, said in sources for field in fields.split()}


def written(sources: Mapping[str, Mapping[str, str]]) -> str:
    """The text of what `read` gives."""
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for field, source in sources.items():
        together[tuple(source[name] for name in SOURCE)].append(field)
    return json.dumps({" ".join(fields): said for said, fields in together.items()})


def explained(texts: "pd.Series[str]", fields: Sequence[str]) -> Mask:
    """One line a text, one column a field: whether the text tells its source. Raises ValueError where one is no such text."""
    shapes = pc.replace_substring_regex(pa.array(texts, type=pa.large_string(), from_pandas=True), r"\[[^\]]*\]", "0")
    encoded = shapes.dictionary_encode()
    if encoded.indices.null_count:
        raise ValueError("a text is missing")
    known = [_fields(shape) for shape in encoded.dictionary.to_pylist()]
    has = np.array([[field in said for field in fields] for said in known], dtype=bool).reshape(len(known), len(fields))
    return np.asarray(has[encoded.indices.to_numpy()], dtype=bool)


def _fields(shape: str) -> set[str]:
    """Fields named in a text whose entries were each made 0."""
    said = json.loads(shape)
    if not isinstance(said, dict):
        raise ValueError("no object")
    return {field for names, entry in said.items() if entry == 0 for field in names.split()}
