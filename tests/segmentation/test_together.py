"""Segments looked at together: the matrix of overlaps and the advice drawn from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from customers.models import Customer
from segmentation import advice, editing, lists, overlap, snapshot
from segmentation.models import Membership, Segment
from tests.segmentation.conftest import BUYERS, PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
Make = Callable[..., Segment]
NOBODY: dict[str, Any] = {"any": []}


def test_each_pair_and_each_number_of_segments_is_counted(
    people: dict[str, Customer], make_segment: Make
) -> None:
    paris, buyers = make_segment(PARIS, "Paris"), make_segment(BUYERS, "Buyers")
    none = make_segment(NOBODY, "Nobody")
    chosen = Segment.objects.create(name="List", kind=Segment.Kind.STATIC)
    Membership.objects.create(segment=chosen, customer=people["eve"])
    make_segment({"field": "gone", "op": "is", "value": "x"}, "Broken")
    snapshot.sync()
    told = overlap.look(timezone.now())
    assert told.base == 6
    assert told.sizes == {paris.pk: 3, buyers.pk: 4, none.pk: 0, chosen.pk: 1}
    assert told.common(paris, buyers) == told.common(buyers, paris) == 2
    assert told.common(chosen, paris) == 0
    assert told.part(paris, buyers) == pytest.approx(2 / 3)
    assert told.part(none, paris) == 0.0
    assert told.alike(paris, buyers) == pytest.approx(2 / 5)
    # Ada and Bob are in two, nobody in none: Eve is in the list.
    assert told.in_so_many == {1: 4, 2: 2}
    assert told.left_out == 1


def titles(overlaps: overlap.Overlaps) -> dict[str, tuple[Segment, ...]]:
    with translation.override("en"):
        return {each.title: each.about for each in advice.advise(overlaps, timezone.now())}


def test_advice_names_what_is_alike_too_small_and_out_of_date(
    people: dict[str, Customer], make_segment: Make
) -> None:
    one, twin = make_segment(BUYERS, "Buyers"), make_segment({"all": [BUYERS]}, "Again")
    empty = make_segment(NOBODY, "Nobody")
    failed = make_segment(PARIS, "Failed", failures=2, refreshed_at=timezone.now())
    told = titles(overlap.look(timezone.now()))
    # By their order of precedence, then their names.
    assert told["Nearly the same people"] == (twin, one)
    assert told["Small segments"] == (empty,)
    assert told["Not up to date"] == (failed,)
    assert set(told["Very large segments"]) == {one, twin}
    assert "Many segments" not in told


def test_a_list_is_old_once_nobody_was_put_on_it_or_taken_off_it_for_long(
    people: dict[str, Customer],
) -> None:
    now = timezone.now()
    kept, left = (editing.create_list(name, None) for name in ("Kept", "Left"))
    for segment in (kept, left):
        lists.add(segment, [people["ada"].pk], now - 2 * advice.OLD_LIST)
    Segment.objects.update(updated_at=now - 2 * advice.OLD_LIST)
    lists.add(kept, [people["bob"].pk], now)
    assert titles(overlap.look(now))["Old lists"] == (left,)


def test_more_than_fifteen_segments_and_people_left_out_are_said(
    people: dict[str, Customer], make_segment: Make
) -> None:
    for n in range(16):
        make_segment({"field": "city", "op": "is", "value": f"Town {n}"}, f"Town {n}")
    told = titles(overlap.look(timezone.now()))
    assert "Many segments" in told
    assert "People in no segment" in told
    assert "Nearly the same people" not in told


def test_the_page_shows_the_matrix_to_whoever_may_see_figures(
    sign_in: Callable[[str], Client],
    people: dict[str, Customer],
    make_segment: Make,
    django_assert_max_num_queries: Any,
) -> None:
    for n, node in enumerate((PARIS, BUYERS, NOBODY)):
        make_segment(node, f"Segment {n}")
    client = sign_in("analyst")
    with django_assert_max_num_queries(16):
        page = client.get("/segments/ensemble/").content.decode()
    assert "2 people in both “Segment 0” and “Segment 1”" in page
    assert client.post("/segments/ensemble/").status_code == 405
    assert Client().get("/segments/ensemble/").status_code == 302


def test_without_a_snapshot_the_page_says_to_wait(
    sign_in: Callable[[str], Client], make_segment: Make
) -> None:
    make_segment(PARIS)
    assert "being prepared" in sign_in("analyst").get("/segments/ensemble/").content.decode()
