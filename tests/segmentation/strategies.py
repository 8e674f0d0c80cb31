"""Random rules, with every node, operator, measure and window this version supports.

Operands come from the same small pools as the worlds' values.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.segmentation.worlds import (
    CALENDAR_UNITS,
    CODES,
    EXACT,
    FLAGS,
    FREE_CHOICES,
    FREE_TEXTS,
    NUMBERS,
    ODD,
    PROFILE_NUMBERS,
    TAGS,
    UNITS,
    WORDS,
)

_texts = st.sampled_from([w for w in [*WORDS, *ODD, *TAGS] if w and w.strip()])
_text_lists = st.lists(_texts, min_size=1, max_size=3)
_numbers = st.sampled_from(NUMBERS)
_counts = st.sampled_from([0, 1, 2, 7, 12, 23, 24, 25, 30, 90, 365])
_durations = st.one_of(st.sampled_from(EXACT), st.tuples(_counts, st.sampled_from(UNITS))).map(list)
_days = st.sampled_from(
    [
        *("2026-11-21", "2026-11-20", "2026-10-25", "2026-03-29", "2024-02-29", "2025-02-28"),
        *("1990-03-01", "1996-02-29", "2026-01-01", "2025-12-31"),
    ]
)
_offsets = st.integers(-14, 2)
_calendar = st.fixed_dictionaries({"unit": st.sampled_from(CALENDAR_UNITS), "offset": _offsets})
_percents = st.sampled_from([0, 1, 10, 20, 33.3, 50, 99.9, 100])


@st.composite
def _day_pairs(draw: st.DrawFn) -> list[str | None]:
    first, last = sorted([draw(_days), draw(_days)])
    return draw(st.sampled_from([[first, last], [first, None], [None, last]]))


@st.composite
def _agos(draw: st.DrawFn) -> list[Any]:
    if draw(st.booleans()):
        n, unit = draw(st.sampled_from(EXACT))
        return draw(st.sampled_from([[0, n, unit], [n, 2 * n, unit]]))
    recent, old = sorted([draw(_counts), draw(_counts)])
    return [recent, old, draw(st.sampled_from(UNITS))]


def _with(op: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda value: {"op": op, "value": value}, values)


_exists = st.sampled_from([{"op": "is_set"}, {"op": "is_not_set"}])


def _one_of_tests(
    values: st.SearchStrategy[Any], lists: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        _with("is", values), _with("is_not", values), _with("in", lists), _with("not_in", lists)
    )


_text_tests = st.one_of(
    _one_of_tests(_texts, _text_lists),
    *(_with(op, _texts) for op in ("contains", "not_contains", "starts_with", "ends_with")),
    _exists,
)
_row_number_tests = st.one_of(
    *(_with(op, _numbers) for op in ("=", "!=", ">", ">=", "<", "<=")),
    _with("between", st.lists(_numbers, min_size=2, max_size=2).map(sorted)),
    _exists,
)
_number_tests = st.one_of(
    _row_number_tests, _with("top_percent", _percents), _with("bottom_percent", _percents)
)
_date_tests = st.one_of(
    *(_with(op, _days) for op in ("on", "before", "after")),
    _with("between", _day_pairs()),
    *(_with(op, _durations) for op in ("in_last", "in_next", "more_than_ago")),
    _with("calendar", _calendar),
    _with("anniversary_in_next", _counts.map(lambda n: [n, "day"])),
    _with("anniversary_month", st.integers(1, 12)),
    _exists,
)
_set_tests = st.one_of(
    *(
        _with(op, st.lists(st.sampled_from(TAGS + WORDS[:4]), min_size=1, max_size=3))
        for op in ("has_any", "has_all", "has_none")
    ),
    _exists,
)
_flag_tests = st.one_of(_with("is", st.booleans()), _exists)
_ids = st.sampled_from([1, 2, 3])
_reference_tests = st.one_of(_one_of_tests(_ids, st.lists(_ids, min_size=1)), _exists)


def _code_tests(codes: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.sampled_from([*codes, codes[0].upper()])
    return st.one_of(_one_of_tests(values, st.lists(values, min_size=1, max_size=2)), _exists)


def _named(
    fields: list[str], tests: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda field, test: {"field": field, **test}, st.sampled_from(fields), tests)


_closed = ["gender", "marital_status", "email_consent", "sms_consent", "tracking_consent"]
_closed += [
    "lifecycle_stage",
    "rfm_group",
    "pmg",
    "engagement_level",
    "engagement_trend",
    "area",
    "preferred_frequency",
    "preferred_channel",
    "purchase_rhythm",
]
_open_codes = ["region", "department", "country", "attr:tier"]
_choice_tests = st.one_of(_one_of_tests(_texts, _text_lists), _exists)
_distances = st.sampled_from([0.001, 1, 5, 9.2, 9.9, 10, 22, 25, 308, 5000, 20_000, 20_016])
_near_tests = st.one_of(
    _with(
        "within_km",
        st.builds(
            lambda km, where: {**where, "km": km},
            _distances,
            st.sampled_from(
                [
                    {"places": [1]},
                    {"places": [1, 2]},
                    {"places": [2, 2]},
                    {"lat": 48.1111, "lon": -1.6743},
                    {"lat": 90, "lon": 12.5},
                    {"lat": -16.5, "lon": 180},
                ]
            ),
        ),
    ),
    _exists,
)
profile_nodes = st.one_of(
    _named(["location"], _near_tests),
    _named(FREE_TEXTS, _text_tests),
    _named(FREE_CHOICES, _choice_tests),
    *(_named([key], _code_tests(CODES[key])) for key in _closed + _open_codes),
    _named(PROFILE_NUMBERS, _number_tests),
    _named(["birth_date", "attr:wedding"], _date_tests),
    _named(["signed_up_at", "first_order_at", "last_order_at"], _date_tests),
    _named(["expected_next_order_at"], _date_tests),
    _named([*FLAGS, "attr:vip"], _flag_tests),
    _named(["interests", "tags", "categories"], _set_tests),
)

_order_fields = [
    _named(["total", "discount"], _row_number_tests),
    _named(["status"], _code_tests(CODES["status"])),
    _named(["channel"], _code_tests(CODES["order_channel"])),
    _named(["store", "promo_code"], _text_tests),
    _named(["placed_at"], _date_tests),
]
_row_tests = {
    "orders": st.one_of(*_order_fields),
    "items": st.one_of(
        *_order_fields,
        _named(["product", "category", "brand"], _text_tests),
        _named(["quantity", "amount"], _row_number_tests),
    ),
    "events": st.one_of(
        _named(["name", "product", "category", "page"], _text_tests),
        _named(["prop:shade"], _text_tests),
        _named(["value", "prop:stars"], _row_number_tests),
        _named(["prop:sale"], _flag_tests),
        _named(["occurred_at", "prop:delivery"], _date_tests),
    ),
    "messages": st.one_of(
        _named(["campaign"], _reference_tests),
        _named(["channel"], _code_tests(CODES["channel"])),
        _named(["status"], _code_tests(CODES["message_status"])),
        _named(["sent_at"], _date_tests),
    ),
    "engagements": st.one_of(
        _named(["kind"], _code_tests(CODES["kind"])),
        _named(["channel"], _code_tests(CODES["channel"])),
        _named(["campaign"], _reference_tests),
        _named(["link"], _text_tests),
        _named(["machine"], _flag_tests),
        _named(["occurred_at"], _date_tests),
    ),
}
_row_numbers = {
    "orders": ["total", "discount"],
    "items": ["quantity", "amount", "total", "discount"],
    "events": ["value", "prop:stars"],
    "messages": [],
    "engagements": [],
}
_distincts = {
    "orders": ["status", "store", "total"],
    "items": ["product", "category", "brand", "amount"],
    "events": ["name", "page", "product", "value", "prop:shade", "prop:delivery"],
    "messages": ["campaign", "channel"],
    "engagements": ["kind", "link", "campaign"],
}
_windows = st.one_of(
    st.builds(lambda value: {"last": value}, _durations),
    st.builds(lambda value: {"before": value}, _durations),
    st.builds(lambda value: {"ago": value}, _agos()),
    st.builds(lambda value: {"between": value}, _day_pairs()),
    st.builds(lambda value: {"calendar": value}, _calendar),
)


@st.composite
def behaviours(draw: st.DrawFn) -> dict[str, Any]:
    """A behaviour node over any source, with every measure and window."""
    source = draw(st.sampled_from(sorted(_row_tests)))
    body: dict[str, Any] = {}
    if draw(st.booleans()):
        body["where"] = draw(st.lists(_row_tests[source], max_size=2))
    measures = ["count", "days", "first", "last"]
    measures += [f"{m}:{f}" for m in ("sum", "avg", "min", "max") for f in _row_numbers[source]]
    measures += [f"distinct:{f}" for f in _distincts[source]]
    measure = draw(st.sampled_from([None, *measures]))
    if measure is not None:
        body["measure"] = measure
    if measure in ("first", "last"):
        body |= draw(_date_tests)
    elif measure not in (None, "count") or draw(st.booleans()):
        body |= draw(_number_tests)
    if draw(st.booleans()):
        body["when"] = draw(_windows)
    return {source: body}


_texts_of = {
    "orders": ["store", "channel", "status"],
    "items": ["product", "category", "brand", "store"],
    "events": ["product", "category", "name", "page", "prop:shade"],
    "messages": ["campaign", "channel"],
    "engagements": ["link", "campaign", "kind"],
}


@st.composite
def _rows_of(draw: st.DrawFn, sources: list[str]) -> dict[str, Any]:
    source = draw(st.sampled_from(sources))
    body: dict[str, Any] = {}
    if draw(st.booleans()):
        body["where"] = draw(st.lists(_row_tests[source], max_size=1))
    if draw(st.booleans()):
        body["when"] = draw(_windows)
    return {source: body}


@st.composite
def _measured(draw: st.DrawFn, source: str) -> dict[str, Any]:
    """A measure that is a number, "count" left out at times."""
    measures = ["count", "days"]
    measures += [f"{m}:{f}" for m in ("sum", "avg", "min", "max") for f in _row_numbers[source]]
    measures += [f"distinct:{f}" for f in _distincts[source]]
    measure = draw(st.sampled_from([None, *measures]))
    return {} if measure is None else {"measure": measure}


@st.composite
def _per_value(draw: st.DrawFn) -> dict[str, Any]:
    """A behaviour within each value of a field, often without rows of that value elsewhere."""
    ((source, body),) = draw(_rows_of(sorted(_row_tests))).items()
    body["per"] = draw(st.sampled_from(_texts_of[source]))
    body |= draw(_measured(source))
    if body.get("measure") not in (None, "count") or draw(st.booleans()):
        body |= draw(_row_number_tests)
    others = [other for other in sorted(_row_tests) if body["per"] in _texts_of[other]]
    if draw(st.booleans()):
        body["without"] = draw(_rows_of(others))
    return {source: body}


@st.composite
def _trends(draw: st.DrawFn) -> dict[str, Any]:
    source = draw(st.sampled_from(sorted(_row_tests)))
    body: dict[str, Any] = {"of": source} | draw(_measured(source))
    if draw(st.booleans()):
        body["where"] = draw(st.lists(_row_tests[source], max_size=1))
    body["last"] = draw(_durations)
    test = draw(st.sampled_from(["down", "up", "down_by", "up_by"]))
    if test.endswith("_by"):
        body["value"] = draw(st.sampled_from([0, 10, 33.3333, 50, 100, 12.5, 1000]))
    return {"trend": body | {"op": test}}


@st.composite
def _sequences(draw: st.DrawFn) -> dict[str, Any]:
    then = draw(st.sampled_from(["then", "then_not"]))
    every = sorted(_row_tests)
    body: dict[str, Any] = {"first": draw(_rows_of(every)), then: draw(_rows_of(every))}
    if draw(st.booleans()):
        body["within"] = draw(_durations)
    return {"sequence": body}


_samples = st.builds(
    lambda ends, salt: {"sample": {"from": min(ends), "to": max(ends), "salt": salt}},
    st.tuples(*[st.sampled_from([0, 1, 2500, 5000, 9999, 10_000])] * 2),
    st.sampled_from(["a", "test-a", "é'\"\\;--"]),
)


# Nothing but a window: what falls just in or out of it shows.
_windowed = st.builds(
    lambda source, when: {source: {"when": when}}, st.sampled_from(sorted(_row_tests)), _windows
)


def nodes(segments: tuple[int, ...] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """Any node this version supports; `segments` are the numbers it may refer to."""
    leaves: list[st.SearchStrategy[Any]] = [profile_nodes, behaviours(), _windowed]
    leaves += [_per_value(), _trends(), _sequences(), _samples]
    if segments:
        leaves.append(st.sampled_from([{"segment": number} for number in segments]))
        leaves.append(
            st.builds(
                lambda number, kind, when: {"segment": number, kind: when},
                st.sampled_from(segments),
                st.sampled_from(["entered", "left"]),
                _windows,
            )
        )
    return st.recursive(
        st.one_of(*leaves),
        lambda inner: st.one_of(
            st.builds(lambda some: {"all": some}, st.lists(inner, max_size=3)),
            st.builds(lambda some: {"any": some}, st.lists(inner, max_size=3)),
            st.builds(lambda one: {"not": one}, inner),
        ),
        max_leaves=4,
    )
