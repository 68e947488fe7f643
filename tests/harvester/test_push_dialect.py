"""What SLiMS posts: every way in which it writes numbers and titles, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.push import dialect
from harvester.push.dialect import BadPost
from index.crosswalk import BadRecord
from index.crosswalk import read as crosswalk


def post(data: Any, **info: Any) -> bytes:
    return json.dumps({"node_info": {"id": "n", "password": "p" * 40, **info}, "node_data": data}).encode()


@pytest.mark.parametrize("biblio", ["1,2", " 1 , 2 ,", "'1','2'", ["1", "2"], [1, 2], "01,2,2"], ids=repr)
def test_numbers_to_delete_are_read_however_they_are_written(biblio: Any) -> None:
    assert dialect.read(post({"operation": "delete", "biblio": biblio})).gone == ("1", "2")


@pytest.mark.parametrize(
    "biblio", ["", ",", "1;2", "1 OR 1=1", None, {}, [None], "-1", True, "9" * 19], ids=repr
)
def test_what_is_no_number_deletes_nothing(biblio: Any) -> None:
    with pytest.raises(BadPost, match="numbers"):
        dialect.read(post({"operation": "delete", "biblio": biblio}))


def test_titles_are_named_by_their_own_number_before_that_of_the_list() -> None:
    found = dialect.read(post({"7": {"biblio_id": "8"}, "9": {"title": "x"}, "x": {}}))

    assert [number for number, _ in found.titles] == ["8", "9", None]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "title",
                "authors",
                "subjects",
                "isbn_issn",
                "publish_year",
                "language_id",
                "notes",
                "call_number",
            ]
        ),
        _JSON,
    )
)
def test_a_title_of_any_shape_becomes_a_record_or_is_rejected_by_name(title: dict[str, Any]) -> None:
    assert _outcome(title) in ("record", "no_title")


def _outcome(title: dict[str, Any]) -> str:
    try:
        return "record" if crosswalk("slims_ucs", json.dumps(title).encode()).title else "empty"
    except BadRecord as bad:
        return bad.reason


@given(st.binary(max_size=300) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_post_or_refused_by_name(body: bytes) -> None:
    assert _status(body) in ("post", dialect.JSON_ERROR, dialect.NO_DATA, dialect.NOT_AUTHORIZED)


def _status(body: bytes) -> str:
    try:
        dialect.read(body)
    except BadPost as bad:
        return bad.status
    return "post"
