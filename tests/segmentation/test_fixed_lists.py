"""Fixed segments: filled from a search, by pasting and person by person, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from customers.listing import Criteria
from customers.models import Customer
from segmentation import (
    deletion,
    difference,
    editing,
    listing,
    lists,
    membership,
    schedule,
    snapshot,
)
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.views import lists as list_views
from tests.segmentation.conftest import PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
LYON = {"field": "city", "op": "is", "value": "Lyon"}
Make = Callable[..., Segment]
People = dict[str, Customer]
SELECTION = "/segments/listes/selection/"


def names(segment: Segment) -> set[str]:
    found = Membership.objects.filter(segment=segment)
    return set(found.values_list("customer__first_name", flat=True))


@pytest.fixture
def marketer(sign_in: SignIn) -> Client:
    return sign_in("marketer")


@pytest.fixture
def fixed(db: None) -> Segment:
    return editing.create_list("VIPs", None)


def test_ticked_people_are_put_on_a_new_list_and_then_on_one_there_is(
    marketer: Client, people: People
) -> None:
    ticked = {"people": [people["ada"].pk, people["dan"].pk], "query": ""}
    asked = marketer.post(SELECTION, ticked)
    assert asked.status_code == 200
    assert "2</b> people" in asked.content.decode()
    assert not Segment.objects.exists()
    unnamed = marketer.post(SELECTION, ticked | {"confirmed": "1", "name": "  "})
    assert unnamed.status_code == 422
    marketer.post(SELECTION, ticked | {"confirmed": "1", "name": "Two  of them"})
    made = Segment.objects.get()
    assert (made.name, made.kind, names(made)) == ("Two of them", "static", {"Ada", "Dan"})
    again = marketer.post(SELECTION, ticked | {"confirmed": "1", "name": "Two of them"})
    assert again.status_code == 422
    more = {"people": [people["ada"].pk, people["eve"].pk], "confirmed": "1", "segment": made.pk}
    marketer.post(SELECTION, more)
    assert names(made) == {"Ada", "Dan", "Eve"}
    assert AuditEntry.objects.filter(action="segment.listed").count() == 2


def test_all_that_match_are_taken_not_only_those_of_a_page(
    marketer: Client, people: People
) -> None:
    every = {"scope": "all", "query": "city=paris", "confirmed": "1", "name": "Paris"}
    marketer.post(SELECTION, every)
    assert names(Segment.objects.get()) == {"Ada", "Bob", "Cléo"}
    nobody = marketer.post(SELECTION, {"scope": "all", "query": "city=nowhere"})
    assert nobody.status_code == 302
    assert Segment.objects.count() == 1


def test_many_matches_are_left_to_the_worker_who_can_be_interrupted(
    marketer: Client, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_views, "MOST_TICKED", 2)
    monkeypatch.setattr(difference, "BATCH", 1)
    every = {"scope": "all", "query": "city=paris", "confirmed": "1", "name": "Paris"}
    marketer.post(SELECTION, every)
    segment = Segment.objects.get()
    assert lists.waiting(segment)
    assert names(segment) == set()
    assert "still being put" in marketer.get(f"/segments/{segment.pk}/").content.decode()
    added = difference.Writing._add

    def dies(self: difference.Writing, ids: Any) -> int:
        if Membership.objects.filter(segment=segment).count() == 2:
            raise KeyboardInterrupt
        return added(self, ids)

    monkeypatch.setattr(difference.Writing, "_add", dies)
    with pytest.raises(KeyboardInterrupt):
        membership.refresh(segment.pk)
    monkeypatch.undo()
    assert len(names(segment)) == 2
    Segment.objects.filter(pk=segment.pk).update(leased_until=timezone.now())
    # What is asked for meanwhile is not lost with what is done.
    lists.add_matches(segment.pk, Criteria(city="lyon"), timezone.now())
    assert schedule.refresh_due(60) == 1
    segment.refresh_from_db()
    assert names(segment) == {"Ada", "Bob", "Cléo", "Dan", "Eve"}
    assert (segment.size, segment.rule) == (5, {})
    told = MembershipChange.objects.filter(segment=segment)
    assert set(told.values_list("kind", "cause")) == {("entered", "first_fill")}
    # Once the snapshot knows the list, its reach is counted too.
    snapshot.sync()
    schedule.make_stale_due()
    schedule.refresh_due(60)
    last = segment.sizes.get()
    assert (last.size, last.email, last.sms, last.revenue) == (5, 1, 1, 120)


def test_a_frozen_list_is_brought_in_batches_who_was_in_the_segment_when_it_was_made(
    marketer: Client, people: People, make_segment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "BATCH", 1)
    source = make_segment({"any": [PARIS, LYON]})
    membership.refresh(source.pk)
    assert names(source) == {"Ada", "Bob", "Cléo", "Dan", "Eve"}
    frozen = editing.freeze(source, None)
    again = editing.freeze(frozen, None)
    Customer.objects.filter(first_name__in=["Bob", "Dan"]).update(city="Nice")
    Customer.objects.filter(first_name="Fay").update(city="Paris")
    snapshot.sync()
    membership.refresh(source.pk)
    assert names(source) == {"Ada", "Cléo", "Eve", "Fay"}
    Customer.objects.filter(first_name="Dan").update(erased_at=timezone.now())
    with pytest.raises(membership.GaveWay):
        membership.refresh(frozen.pk, turn=0.0)
    frozen.refresh_from_db()
    assert (len(names(frozen)), frozen.size, frozen.refreshed_at) == (1, None, None)
    assert listing.state_of(frozen) == "running"
    assert "still being put" in marketer.get(f"/segments/{frozen.pk}/").content.decode()
    with pytest.raises(deletion.InUse) as refused:
        deletion.delete(source)
    assert set(refused.value.by) == {frozen.name, again.name}
    assert schedule.refresh_due(60) == 2
    frozen.refresh_from_db()
    assert (frozen.size, frozen.rule) == (4, {})
    assert names(frozen) == names(again) == {"Ada", "Bob", "Cléo", "Eve"}
    told = MembershipChange.objects.filter(segment=frozen)
    assert list(told.values_list("kind", "cause")) == [("entered", "first_fill")] * 4
    deletion.delete(source)


def test_someone_put_on_a_list_by_hand_while_a_search_brings_them_is_on_it_once(
    people: People, fixed: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists.add_matches(fixed.pk, Criteria(city="paris"), timezone.now())
    brought = difference.Writing._commit

    def put_meanwhile(self: difference.Writing, gone: Any, new: Any) -> None:
        lists.add(fixed, [people["bob"].pk], timezone.now())
        brought(self, gone, new)

    monkeypatch.setattr(difference.Writing, "_commit", put_meanwhile)
    assert membership.refresh(fixed.pk).entered == 2
    assert names(fixed) == {"Ada", "Bob", "Cléo"}
    assert MembershipChange.objects.filter(segment=fixed).count() == 3


def test_pasted_addresses_are_recognised_and_the_others_left_in_the_box(
    marketer: Client, people: People, fixed: Segment
) -> None:
    Customer.objects.filter(pk=people["dan"].pk).update(external_id="C-7")
    for name in ("Tom", "Tim"):
        Customer.objects.create(first_name=name, email="both@example.org")
    url = f"/segments/{fixed.pk}/membres/coller/"
    pasted = "ADA@example.org; 06 12 34 56 78\nC-7, C-7\n\nnobody@example.org\nboth@example.org"
    page = marketer.post(url, {"who": pasted})
    told = page.content.decode()
    assert names(fixed) == {"Ada", "Bob", "Dan"}
    assert "nobody@example.org\nboth@example.org</textarea>" in told
    assert "1 was not found" in told
    assert "1 could mean several people" in told
    assert marketer.post(url, {"who": "ada@example.org"}).status_code == 302
    assert Membership.objects.filter(segment=fixed).count() == 3
    assert marketer.post(url, {"who": " ,; "}).status_code == 422
    many = "\n".join(f"C{n}" for n in range(2_001))
    refused = marketer.post(url, {"who": many})
    assert refused.status_code == 422
    assert "import a file" in refused.content.decode()


def test_a_new_list_is_made_by_hand_with_whom_is_pasted(marketer: Client, people: People) -> None:
    page = marketer.get("/segments/listes/nouvelle/").content.decode()
    assert "/importer/nouveau/?kind=members" in page
    made = marketer.post("/segments/listes/nouvelle/", {"name": "Press", "who": "ada@example.org"})
    segment = Segment.objects.get(name="Press")
    assert made["Location"] == f"/segments/{segment.pk}/membres/"
    assert names(segment) == {"Ada"}
    taken = marketer.post("/segments/listes/nouvelle/", {"name": "Press"})
    assert taken.status_code == 422


def test_a_person_is_put_on_a_list_and_taken_off_from_their_page(
    marketer: Client, people: People, fixed: Segment
) -> None:
    ada = people["ada"]
    page = f"/clients/{ada.pk}/"
    assert "VIPs" in marketer.get(page).content.decode()
    put = marketer.post(f"/segments/listes/personne/{ada.pk}/", {"segment": fixed.pk})
    assert put["Location"] == page
    assert names(fixed) == {"Ada"}
    off = f"/segments/{fixed.pk}/membres/{ada.pk}/retirer/"
    assert off in marketer.get(page).content.decode()
    assert marketer.post(off, {"back": "person"})["Location"] == page
    assert names(fixed) == set()
    assert marketer.post(off)["Location"] == f"/segments/{fixed.pk}/membres/"
    history = MembershipChange.objects.filter(segment=fixed).order_by("id")
    assert list(history.values_list("kind", flat=True)) == ["entered", "left"]
    told = marketer.get(f"/segments/{fixed.pk}/mouvements/").content.decode()
    assert "Taken off the list." in told


def test_nobody_is_put_by_hand_on_a_living_or_an_archived_segment(
    marketer: Client, people: People, make_segment: Make, fixed: Segment
) -> None:
    living = make_segment(PARIS, "Living")
    Segment.objects.filter(pk=fixed.pk).update(archived_at=timezone.now())
    ada = people["ada"].pk
    for segment in (living, fixed):
        assert marketer.post(f"/segments/{segment.pk}/membres/coller/").status_code == 404
        off = f"/segments/{segment.pk}/membres/{ada}/retirer/"
        assert marketer.post(off).status_code == 404
        put = marketer.post(f"/segments/listes/personne/{ada}/", {"segment": segment.pk})
        assert put.status_code == 404
        with pytest.raises(lists.NotAList):
            lists.add_matches(segment.pk, Criteria(), timezone.now())
    strange = {"people": [ada], "confirmed": "1", "segment": living.pk}
    assert marketer.post(SELECTION, strange).status_code == 422
    assert not Membership.objects.exists()


def test_who_may_not_edit_segments_changes_no_list(
    sign_in: SignIn, people: People, fixed: Segment
) -> None:
    analyst, marketer = sign_in("analyst"), sign_in("marketer")
    ada = people["ada"].pk
    posts = (
        SELECTION,
        f"/segments/{fixed.pk}/membres/coller/",
        f"/segments/{fixed.pk}/membres/{ada}/retirer/",
        f"/segments/listes/personne/{ada}/",
    )
    assert {analyst.post(url).status_code for url in posts} == {403}
    assert {marketer.get(url).status_code for url in posts} == {405}
    assert analyst.get("/segments/listes/nouvelle/").status_code == 403


def test_the_list_of_customers_offers_it(marketer: Client, people: People) -> None:
    assert f'formaction="{SELECTION}"' in marketer.get("/clients/").content.decode()
