"""The panel beside the builder: what it counts of a rule being edited, and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from customers.models import Customer
from segmentation import snapshot
from segmentation.models import Segment
from tests.segmentation.conftest import BUYERS, PARIS, posted

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
Make = Callable[..., Segment]
HTMX = {"HX-Request": "true"}


def test_a_preview_counts_each_condition_after_those_before_it(
    marketer: Client, people: dict[str, Customer]
) -> None:
    lyon = {"field": "city", "op": "is", "value": "lyon"}
    many = {"field": "orders_count", "op": ">=", "value": 2}
    node = {"all": [BUYERS, {"any": [PARIS, {"all": [lyon, many]}]}, {"not": many}]}
    answer = marketer.post("/segments/apercu/", posted(node))
    seen = answer.context["preview"]
    assert seen.counts == {
        "r-0": 4,
        "r-1": 3,
        "r-1-0": 2,
        "r-1-1": 1,
        "r-1-1-0": 1,
        "r-1-1-1": 1,
        "r-2": 1,
    }
    assert (seen.total, seen.base, seen.email, seen.sms) == (1, 6, 0, 1)
    assert seen.revenue_share == pytest.approx(20 / 140)
    assert [person.name for person in seen.people] == ["Bob Test"]
    page = answer.content.decode()
    assert 'id="c-r-1-0"><b>2</b>' in page
    assert "Bob Test" in page


def test_a_preview_leaves_out_what_is_unfinished_and_says_so(
    marketer: Client, people: dict[str, Customer]
) -> None:
    fields = posted({"all": [PARIS, BUYERS, {"any": [BUYERS]}]})
    fields |= {"r-1.v": [""], "r-2-0.v": ["lots"]}
    answer = marketer.post("/segments/apercu/", fields)
    seen = answer.context["preview"]
    assert seen.total == 3
    assert set(seen.counts) == {"r-0"}
    page = answer.content.decode()
    assert "2 conditions are not finished" in page
    assert "“lots” is not a number" in page


def test_a_preview_leaves_out_only_the_conditions_that_are_refused(
    marketer: Client, people: dict[str, Customer]
) -> None:
    gone = {"field": "location", "op": "within_km", "value": {"places": [77], "km": 10}}
    node = {"all": [PARIS, gone, {"any": [{"segment": 99}]}, {"not": BUYERS}]}
    answer = marketer.post("/segments/apercu/", posted(node))
    seen = answer.context["preview"]
    assert (seen.total, seen.counts, seen.trouble) == (1, {"r-0": 3, "r-3": 1}, "")
    assert seen.wrong == {
        "r-1": ["There is no place number 77."],
        "r-2-0": ["There is no segment number 99."],
    }
    assert "2 conditions are not finished" in answer.content.decode()
    alone = marketer.post("/segments/apercu/", posted(gone)).context["preview"]
    assert (alone.total, set(alone.wrong)) == (6, {"r-0"})


def test_a_segment_that_cannot_be_asked_is_refused_at_its_place_and_the_rest_is_counted(
    marketer: Client, people: dict[str, Customer], make_segment: Make
) -> None:
    gone = {"field": "location", "op": "within_km", "value": {"places": [77], "km": 10}}
    broken = make_segment({"any": [gone, PARIS]}, "Near a place that was closed")
    through = make_segment({"segment": broken.pk}, "Through another")
    node = {"all": [PARIS, {"segment": through.pk}, {"any": [{"segment": broken.pk}, BUYERS]}]}
    seen = marketer.post("/segments/apercu/", posted(node)).context["preview"]
    assert (seen.trouble, set(seen.counts)) == ("", {"r-0", "r-2", "r-2-1"})
    assert set(seen.wrong) == {"r-1", "r-2-0"}
    assert seen.counts["r-0"] == 3
    assert seen.total == seen.counts["r-2"]


def test_a_preview_says_who_would_enter_and_leave_the_segment_in_force(
    marketer: Client, people: dict[str, Customer], make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    answer = marketer.post("/segments/apercu/", posted(BUYERS, segment=segment.pk))
    seen = answer.context["preview"]
    assert (seen.enter, seen.leave) == (2, 1)
    same = marketer.post("/segments/apercu/", posted(PARIS, segment=segment.pk))
    assert same.context["preview"].enter is None


def test_another_five_are_other_people(marketer: Client, people: dict[str, Customer]) -> None:
    Customer.objects.bulk_create(Customer(first_name=f"N{n}", city="Paris") for n in range(30))
    snapshot.sync()
    drawn = []
    for turn in (0, 1):
        answer = marketer.post("/segments/apercu/", posted(PARIS, draw_of=turn))
        drawn.append({person.pk for person in answer.context["preview"].people})
    assert len(drawn[0]) == len(drawn[1]) == 5
    assert not drawn[0] & drawn[1]


def test_without_a_snapshot_the_page_says_so_and_still_edits(marketer: Client) -> None:
    page = marketer.get("/segments/creer/")
    assert page.status_code == 200
    assert "the data is being prepared" in page.content.decode()


def test_a_preview_asks_the_database_little_and_the_same_for_any_rule(
    marketer: Client, people: dict[str, Customer], django_assert_max_num_queries: Any
) -> None:
    for node in (PARIS, {"all": [PARIS, BUYERS] * 20}):
        fields = posted(node)
        # Session, member, custom attributes, declared properties, campaigns for choices, then the
        # people's names; and the draft is kept beside those of other pages, one page at a time.
        with django_assert_max_num_queries(14):
            marketer.post("/segments/apercu/", fields)
