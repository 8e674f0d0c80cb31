"""The pages of segments: who may open them, what they do, and what they refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Campaign, CampaignSegment
from customers.models import Customer
from segmentation import membership
from segmentation.models import Segment
from segmentation.rules import RuleError
from tests.segmentation.conftest import BUYERS, PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
Make = Callable[..., Segment]

GET_PAGES = {
    "/segments/": {"analyst": 200, "marketer": 200},
    "/segments/{pk}/": {"analyst": 200, "marketer": 200},
    "/segments/{pk}/etat/": {"analyst": 200, "marketer": 200},
    "/segments/{pk}/membres/": {"analyst": 403, "marketer": 200},
    "/segments/nouveau/": {"analyst": 403, "marketer": 200},
    "/segments/creer/": {"analyst": 403, "marketer": 200},
    "/segments/{pk}/modifier/": {"analyst": 403, "marketer": 200},
    "/segments/{pk}/renommer/": {"analyst": 403, "marketer": 200},
    "/segments/valeurs/?kind=city": {"analyst": 403, "marketer": 200},
}
POST_ONLY = (
    "/segments/apercu/",
    "/segments/ordre/",
    "/segments/{pk}/actualiser/",
    "/segments/{pk}/dupliquer/",
    "/segments/{pk}/figer/",
    "/segments/{pk}/archiver/",
    "/segments/{pk}/desarchiver/",
)
GET_ONLY = (
    "/segments/",
    "/segments/nouveau/",
    "/segments/valeurs/",
    "/segments/{pk}/",
    "/segments/{pk}/etat/",
    "/segments/{pk}/membres/",
)


@pytest.mark.parametrize("role", ["analyst", "marketer"])
def test_each_role_opens_its_pages_and_no_others(
    sign_in: SignIn, make_segment: Make, role: str
) -> None:
    client, segment = sign_in(role), make_segment(PARIS)
    found = {url: client.get(url.format(pk=segment.pk)).status_code for url in GET_PAGES}
    assert found == {url: allowed[role] for url, allowed in GET_PAGES.items()}


def test_an_analyst_changes_nothing_and_a_wrong_method_does_nothing(
    sign_in: SignIn, make_segment: Make
) -> None:
    segment = make_segment(PARIS)
    analyst, marketer = sign_in("analyst"), sign_in("marketer")
    urls = [url.format(pk=segment.pk) for url in POST_ONLY]
    edits = [f"/segments/{segment.pk}/{verb}/" for verb in ("modifier", "renommer")]
    assert {analyst.post(url).status_code for url in [*urls, *edits]} == {403}
    assert {marketer.get(url).status_code for url in urls} == {405}
    read = [url.format(pk=segment.pk) for url in GET_ONLY]
    assert {marketer.post(url).status_code for url in read} == {405}
    assert Segment.objects.count() == 1


def test_whoever_is_not_signed_in_is_led_to_the_door(make_segment: Make, client: Client) -> None:
    segment = make_segment(PARIS)
    for url in (*GET_PAGES, *POST_ONLY):
        answer = client.post(url.format(pk=segment.pk))
        assert answer.status_code == 302
        assert "/comptes/" in answer["Location"]


def test_a_segment_that_is_not_there_is_not_found(sign_in: SignIn) -> None:
    client = sign_in("marketer")
    for page in ("", "etat/", "membres/", "modifier/", "renommer/"):
        assert client.get(f"/segments/999/{page}").status_code == 404
    for act in ("actualiser", "dupliquer", "figer", "archiver", "desarchiver"):
        assert client.post(f"/segments/999/{act}/").status_code == 404


def test_an_analyst_sees_figures_and_no_name(
    sign_in: SignIn, people: dict[str, Customer], make_segment: Make
) -> None:
    segment = make_segment(PARIS, "Parisians")
    membership.refresh(segment.pk)
    page = sign_in("analyst").get(f"/segments/{segment.pk}/").content.decode()
    assert "Parisians" in page
    assert "Reachable by SMS" in page
    assert "Ada" not in page
    assert "/membres/" not in page
    assert "/modifier/" not in page
    members = sign_in("marketer").get(f"/segments/{segment.pk}/membres/").content.decode()
    assert "Ada Test" in members


def test_the_list_asks_the_same_number_of_questions_whatever_its_length(
    sign_in: SignIn, make_segment: Make, django_assert_num_queries: Any
) -> None:
    client = sign_in("analyst")
    for number in range(12):
        make_segment(PARIS, f"Segment {number}")
    # Session, member; how many, the segments, their sizes; whether the archive holds any.
    with django_assert_num_queries(6):
        assert client.get("/segments/").status_code == 200


def test_the_list_is_searched_without_regard_to_accents_and_the_archive_apart(
    sign_in: SignIn, make_segment: Make
) -> None:
    client = sign_in("analyst")
    make_segment(PARIS, "Fidélité Île-de-France")
    make_segment(PARIS, "Inactive")
    make_segment(PARIS, "Fidelity of old", archived_at=timezone.now())
    found = client.get("/segments/?q=ILE+fidel").content.decode()
    assert "Fidélité" in found
    assert "Inactive" not in found
    assert "of old" not in found
    archived = client.get("/segments/?archives=1&q=fidel").content.decode()
    assert "of old" in archived
    assert "Île-de-France" not in archived
    assert "No segment has these words" in client.get("/segments/?q=zzz").content.decode()


def test_an_empty_list_teaches_the_first_step(sign_in: SignIn) -> None:
    page = sign_in("marketer").get("/segments/").content.decode()
    assert "Build the first segment" in page
    assert "/segments/nouveau/" in page


def test_refresh_now_makes_it_due_whatever_it_waited_for(
    sign_in: SignIn, make_segment: Make
) -> None:
    later = timezone.now() + dt.timedelta(hours=1)
    segment = make_segment(PARIS, due_at=later, failures=4)
    answer = sign_in("marketer").post(f"/segments/{segment.pk}/actualiser/")
    assert answer["Location"] == f"/segments/{segment.pk}/"
    segment.refresh_from_db()
    assert segment.due_at is not None
    assert segment.due_at <= timezone.now()


def test_a_copy_has_the_same_rule_and_a_name_of_its_own(
    sign_in: SignIn, make_segment: Make
) -> None:
    segment, client = make_segment(PARIS, "N" * 118), sign_in("marketer")
    for _turn in range(2):
        client.post(f"/segments/{segment.pk}/dupliquer/")
    names = set(Segment.objects.values_list("name", flat=True))
    assert len(names) == 3
    assert {len(name) <= 120 for name in names} == {True}
    rules = list(Segment.objects.values_list("rule", flat=True))
    assert rules == [segment.rule] * 3
    assert AuditEntry.objects.filter(action="segment duplicated").count() == 2


def test_a_static_list_keeps_who_is_in_the_segment_now(
    sign_in: SignIn, people: dict[str, Customer], make_segment: Make
) -> None:
    segment, client = make_segment(PARIS, "Parisians"), sign_in("marketer")
    membership.refresh(segment.pk)
    answer = client.post(f"/segments/{segment.pk}/figer/")
    frozen = Segment.objects.exclude(pk=segment.pk).get()
    assert answer["Location"] == f"/segments/{frozen.pk}/"
    assert frozen.kind == "static"
    assert "still being put" in client.get(f"/segments/{frozen.pk}/").content.decode()
    assert membership.refresh(frozen.pk).size == 3
    assert "still being put" not in client.get(f"/segments/{frozen.pk}/").content.decode()
    assert client.get(f"/segments/{frozen.pk}/modifier/")["Location"].endswith("/renommer/")


def test_a_segment_others_are_made_of_is_not_archived(sign_in: SignIn, make_segment: Make) -> None:
    segment, client = make_segment(PARIS, "Base"), sign_in("marketer")
    above = make_segment({"segment": segment.pk}, "Above")
    page = client.post(f"/segments/{segment.pk}/archiver/", follow=True).content.decode()
    assert "Above" in page
    segment.refresh_from_db()
    assert segment.archived_at is None
    client.post(f"/segments/{above.pk}/archiver/")
    client.post(f"/segments/{segment.pk}/archiver/")
    assert not Segment.objects.filter(archived_at=None).exists()
    client.post(f"/segments/{segment.pk}/desarchiver/")
    segment.refresh_from_db()
    assert segment.archived_at is None


def test_the_order_of_precedence_is_changed_by_dragging_and_by_buttons(
    sign_in: SignIn, make_segment: Make
) -> None:
    made = [make_segment(PARIS, name).pk for name in ("a", "b", "c")]
    client = sign_in("marketer")
    client.post("/segments/ordre/", {"segment": [made[2], made[0], made[1]]})
    names = list(Segment.objects.values_list("name", flat=True))
    assert names == ["c", "a", "b"]
    client.post("/segments/ordre/", {"segment": [made[2], made[0], made[1]], "up": made[1]})
    assert list(Segment.objects.values_list("name", flat=True)) == ["c", "b", "a"]
    client.post("/segments/ordre/", {"segment": ["x", made[0]], "down": "nothing"})
    assert Segment.objects.count() == 3
    # What is made later comes after those put in order, however many they are.
    Segment.objects.filter(name="a").update(priority=900)
    for later in (f"/segments/{made[0]}/dupliquer/", f"/segments/{made[0]}/figer/"):
        client.post(later)
    client.post("/segments/listes/nouvelle/", {"name": "0", "who": ""})
    names = list(Segment.objects.values_list("name", flat=True))
    assert [name[0] for name in names] == ["c", "b", "a", "a", "a", "0"]


def test_a_failing_segment_says_since_when_and_why(
    sign_in: SignIn, people: dict[str, Customer], make_segment: Make
) -> None:
    segment = make_segment({"field": "vanished", "op": "is", "value": "x"})
    with pytest.raises(RuleError):
        membership.refresh(segment.pk)
    client = sign_in("analyst")
    page = client.get(f"/segments/{segment.pk}/").content.decode()
    assert "failing since" in page
    assert "vanished" in page
    assert "Not refreshed" in client.get("/segments/").content.decode()


def test_the_page_polls_until_the_members_are_worked_out(
    sign_in: SignIn, people: dict[str, Customer], make_segment: Make
) -> None:
    segment, client = make_segment(BUYERS), sign_in("analyst")
    assert (
        f"/segments/{segment.pk}/etat/" in client.get(f"/segments/{segment.pk}/").content.decode()
    )
    assert "HX-Refresh" not in client.get(f"/segments/{segment.pk}/etat/").headers
    membership.refresh(segment.pk)
    assert client.get(f"/segments/{segment.pk}/etat/").headers["HX-Refresh"] == "true"


def test_renaming_refuses_a_taken_name_and_a_page_that_is_out_of_date(
    sign_in: SignIn, make_segment: Make
) -> None:
    segment, client = make_segment(PARIS, "One"), sign_in("marketer")
    make_segment(PARIS, "Two")
    url, edition = f"/segments/{segment.pk}/renommer/", segment.updated_at.isoformat()
    assert client.post(url, {"name": "Two", "edition": edition}).status_code == 422
    assert client.post(url, {"name": "Three", "edition": edition}).status_code == 302
    stale = client.post(url, {"name": "Four", "edition": edition})
    assert stale.status_code == 422
    assert "meanwhile" in stale.content.decode()
    segment.refresh_from_db()
    assert (segment.name, segment.version) == ("Three", 1)


def test_segments_show_on_a_persons_page_and_filter_the_list_of_people(
    sign_in: SignIn, people: dict[str, Customer], make_segment: Make
) -> None:
    segment, client = make_segment(PARIS, "Parisians"), sign_in("marketer")
    membership.refresh(segment.pk)
    page = client.get(f"/clients/{people['ada'].pk}/").content.decode()
    assert "Parisians" in page
    assert "Parisians" not in client.get(f"/clients/{people['dan'].pk}/").content.decode()
    listed = client.get(f"/clients/?segment={segment.pk}").content.decode()
    assert "Ada" in listed
    assert "Dan" not in listed


def test_a_segments_page_names_the_campaigns_that_use_it(
    sign_in: SignIn, make_segment: Make
) -> None:
    segment, client = make_segment(PARIS), sign_in("analyst")
    assert "Spring sale" not in client.get(f"/segments/{segment.pk}/").content.decode()
    for name, excluded in (("Spring sale", False), ("Second chance", True)):
        campaign = Campaign.objects.create(name=name, channel="sms")
        CampaignSegment.objects.create(campaign=campaign, segment=segment, excluded=excluded)
    page = client.get(f"/segments/{segment.pk}/").content.decode()
    assert "Spring sale" in page
    assert page.count("leaves this segment out") == 1
