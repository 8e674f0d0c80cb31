"""What somebody edits is kept and offered again; two who edit are told and overwrite nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from segmentation import drafts, editing
from segmentation.models import RuleDraft, Segment
from tests.segmentation.conftest import BUYERS, PARIS, posted

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
LYON = {"field": "city", "op": "is", "value": "Lyon"}
BOTH = {"all": [PARIS, BUYERS]}


def fields(segment: Segment | None, node: dict[str, Any], **more: str) -> dict[str, Any]:
    """What the builder's page of a segment posts with another rule."""
    told = {"segment": "", "name": "Mine", "edition": ""}
    if segment is not None:
        edition = segment.updated_at.isoformat()
        told = {"segment": str(segment.pk), "name": segment.name, "edition": edition}
    return posted(node, **(told | more))


@pytest.fixture
def marketer(sign_in: SignIn) -> Client:
    return sign_in("marketer")


@pytest.fixture
def segment(people: dict[str, Customer]) -> Segment:
    return editing.create("Paris", "", {"version": 1, "rule": {"all": [PARIS]}}, None)


def go_on(client: Client, page: Any) -> Any:
    """Take up what a page offers first, and follow to where one goes on with it."""
    told = {"segment": str(getattr(page.context["segment"], "pk", "")), "modele": "other"}
    begun = page.context["offered"][0]["tab"]
    return client.post("/segments/brouillon/reprendre/", told | {"begun": begun}, follow=True)


def test_what_is_edited_is_kept_offered_taken_up_and_gone_once_saved(
    marketer: Client, segment: Segment
) -> None:
    url = f"/segments/{segment.pk}/modifier/"
    marketer.post("/segments/apercu/", fields(segment, BOTH, name="Buyers", tab="a"))
    # What is offered stands in nobody's way: the page is that of the rule in force.
    opened = marketer.get(url)
    assert opened.context["drawn"].size == 1
    offered = opened.context["offered"]
    assert [(each["name"], each["behind"]) for each in offered] == [("Buyers", False)]
    assert "number of orders" in offered[0]["sentence"]
    taken_up = go_on(marketer, opened)
    assert taken_up.context["drawn"].size == 2
    assert taken_up.context["offered"] == []
    assert 'value="Buyers"' in taken_up.content.decode()
    assert taken_up.context["preview"].leave == 1
    # Loaded anew, it is the same; from then on it is this page's.
    again = marketer.get(url, {"brouillon": taken_up.context["tab"]})
    assert again.context["drawn"].size == 2
    kept = fields(segment, BOTH, do="save", tab=taken_up.context["tab"])
    assert marketer.post(url, kept).status_code == 302
    assert not RuleDraft.objects.exists()
    assert marketer.get(url).context["offered"] == []


def test_two_pages_of_one_person_lose_nothing_to_each_other(
    marketer: Client, segment: Segment
) -> None:
    url, preview = f"/segments/{segment.pk}/modifier/", "/segments/apercu/"

    def offered() -> list[str]:
        return [each["name"] for each in marketer.get(url).context["offered"]]

    for tab in ("a", "b", "a", "c"):
        marketer.post(preview, fields(segment, BOTH, name=f"By {tab}", tab=tab))
    assert offered() == ["By c", "By a", "By b"]
    # Back to what is stored in one page, saved in another: the third has its own still.
    marketer.post(preview, fields(segment, {"all": [PARIS]}, tab="a"))
    assert marketer.post(url, fields(segment, BOTH, do="save", tab="c")).status_code == 302
    assert offered() == ["By b"]
    assert marketer.get(url).context["offered"][0]["behind"] is True
    # Taken up in a page while the page it was begun in is still open: neither overwrites.
    taken_up = go_on(marketer, marketer.get(url))
    marketer.post(preview, fields(segment, {"all": [LYON]}, name="By b", tab="b"))
    theirs = fields(segment, {"all": [LYON, PARIS]}, name="By d", tab=taken_up.context["tab"])
    marketer.post(preview, theirs)
    assert offered() == ["By d", "By b"]
    dropped = {"segment": str(segment.pk), "begun": taken_up.context["tab"]}
    htmx = {"HX-Request": "true"}
    assert not marketer.post("/segments/brouillon/abandonner/", dropped, headers=htmx).content
    assert offered() == ["By b"]
    for n in range(drafts.MOST + 3):
        marketer.post(preview, fields(segment, BOTH, name=f"By {n}", tab=str(n)))
    assert len(offered()) == drafts.MOST


def test_a_draft_that_says_nothing_new_is_none(marketer: Client, segment: Segment) -> None:
    preview = "/segments/apercu/"
    marketer.post(preview, fields(segment, {"all": [PARIS]}))
    assert not RuleDraft.objects.exists()
    marketer.post(preview, fields(segment, BOTH))
    unfinished = fields(segment, {"all": [PARIS]}) | {"r-0.v": [""]}
    marketer.post(preview, unfinished)
    assert RuleDraft.objects.count() == 1
    marketer.post(preview, fields(segment, {"all": [PARIS]}))
    assert not RuleDraft.objects.exists()
    blank = {"r.mode": "all", "r-0.about": "", "segment": "", "name": ""}
    marketer.post(preview, blank)
    assert not RuleDraft.objects.exists()


def test_a_new_segment_is_kept_too_with_the_recipe_it_came_from(
    marketer: Client, people: dict[str, Customer]
) -> None:
    told = fields(None, BOTH, modele="loyal", name="Regulars")
    assert marketer.post("/segments/brouillon/", told).status_code == 204
    # One unfinished beginning does not interrupt the next new segment.
    opened = marketer.get("/segments/creer/?modele=inactive")
    assert opened.context["form"].initial["name"] != "Regulars"
    assert "Regulars" in opened.content.decode()
    taken_up = go_on(marketer, opened)
    assert taken_up.redirect_chain[0][0].startswith("/segments/creer/?modele=loyal&brouillon=")
    assert taken_up.context["form"].initial["name"] == "Regulars"
    told = {"begun": taken_up.context["tab"], "modele": "inactive"}
    dropped = marketer.post("/segments/brouillon/abandonner/", told)
    assert dropped.headers["Location"] == "/segments/creer/?modele=inactive"
    assert not RuleDraft.objects.exists()
    marketer.post("/segments/creer/", fields(None, BOTH, do="add:r"))
    assert RuleDraft.objects.get().segment is None
    marketer.post("/segments/creer/", fields(None, BOTH, do="save"))
    assert not RuleDraft.objects.exists()


def test_a_draft_of_an_older_edition_says_so(marketer: Client, segment: Segment) -> None:
    marketer.post("/segments/apercu/", fields(segment, BOTH))
    rule = {"version": 1, "rule": {"all": [LYON]}}
    before = segment.updated_at.isoformat()
    editing.change(segment, segment.updated_at, name="Paris", description="", rule=rule)
    url = f"/segments/{segment.pk}/modifier/"
    opened = marketer.get(url)
    assert opened.context["offered"][0]["behind"] is True
    taken_up = go_on(marketer, opened)
    assert taken_up.context["form"].initial["edition"] == before
    # Drawing the page anew does not make the older edition the latest one.
    again = marketer.post(url, fields(segment, BOTH, edition=before, do="add:r"))
    assert again.context["form"].initial["edition"] == before


def test_drafts_are_their_authors_alone(
    marketer: Client, sign_in: SignIn, segment: Segment
) -> None:
    marketer.post("/segments/apercu/", fields(segment, BOTH))
    other = sign_in("administrator")
    assert other.get(f"/segments/{segment.pk}/modifier/").context["offered"] == []
    told = {"segment": str(segment.pk), "begun": ""}
    other.post("/segments/brouillon/abandonner/", told)
    other.post("/segments/brouillon/reprendre/", told)
    assert RuleDraft.objects.count() == 1
    analyst = sign_in("analyst")
    for way in ("", "abandonner/", "reprendre/"):
        url = f"/segments/brouillon/{way}"
        assert analyst.post(url, fields(segment, BOTH)).status_code == 403
        assert marketer.get(url).status_code == 405


def test_whoever_comes_second_is_told_who_is_at_it(
    marketer: Client, sign_in: SignIn, segment: Segment
) -> None:
    opened = (timezone.now() - dt.timedelta(minutes=40)).isoformat()
    marketer.post("/segments/apercu/", fields(segment, BOTH, opened=opened))
    other = sign_in("administrator")
    shown = other.get(f"/segments/{segment.pk}/modifier/")
    assert [each.since.isoformat() for each in shown.context["others"]] == [opened]
    assert "is editing this segment too" in shown.content.decode()
    counted = other.post("/segments/apercu/", fields(segment, {"all": [LYON]}))
    assert "is editing this segment too" in counted.content.decode()
    RuleDraft.objects.filter(user__role="marketer").update(kept_at=timezone.now() - drafts.AT_IT)
    assert not drafts.others(segment, User.objects.get(role="administrator"))
    # Once one of them has saved, the other reads it with the next count.
    marketer.post(f"/segments/{segment.pk}/modifier/", fields(segment, BOTH, do="save"))
    behind = other.post("/segments/apercu/", fields(segment, {"all": [LYON]}))
    assert behind.context["behind"] is True


def clash(client: Client, segment: Segment) -> dict[str, Any]:
    """Let another save first; what the page of who comes second posts then."""
    mine = fields(segment, {"all": [LYON]}, do="save")
    fresh = Segment.objects.get(pk=segment.pk)
    theirs = {"version": 1, "rule": BOTH}
    editing.change(fresh, fresh.updated_at, name="Paris", description="", rule=theirs)
    late = client.post(f"/segments/{segment.pk}/modifier/", mine)
    assert late.status_code == 422
    told = late.context["clash"]
    assert told.rules.removed == ("whose city is “Paris”", "whose number of orders is at least 1")
    assert told.rules.added == ("whose city is “Lyon”",)
    assert RuleDraft.objects.count() == 1
    assert Segment.objects.get(pk=segment.pk).rule == theirs
    return mine | {"over": told.edition}


def test_of_two_rules_one_may_take_theirs(marketer: Client, segment: Segment) -> None:
    mine = clash(marketer, segment)
    url = f"/segments/{segment.pk}/modifier/"
    assert marketer.post(url, mine | {"do": "take_theirs"}).headers["Location"] == url
    assert not RuleDraft.objects.exists()
    assert Segment.objects.get().rule["rule"] == BOTH


def test_of_two_rules_one_may_knowingly_keep_ones_own(marketer: Client, segment: Segment) -> None:
    mine = clash(marketer, segment)
    url = f"/segments/{segment.pk}/modifier/"
    fresh = Segment.objects.get()
    editing.change(fresh, fresh.updated_at, name="Renamed", description="")
    # Changed once more since it was shown: it is shown again, not overwritten.
    again = marketer.post(url, mine | {"do": "save_over"})
    assert again.status_code == 422
    mine["over"] = again.context["clash"].edition
    assert marketer.post(url, mine | {"do": "save_over"}).status_code == 302
    assert Segment.objects.get().rule["rule"] == {"all": [LYON]}
    assert segment.versions.count() == 3
    assert not RuleDraft.objects.exists()


def test_of_two_rules_ones_own_may_become_a_segment_of_its_own(
    marketer: Client, segment: Segment
) -> None:
    mine = clash(marketer, segment)
    saved = marketer.post(f"/segments/{segment.pk}/modifier/", mine | {"do": "save_copy"})
    made = Segment.objects.exclude(pk=segment.pk).get()
    assert saved.headers["Location"] == f"/segments/{made.pk}/"
    assert (made.name, made.rule["rule"]) == ("Paris (copy)", {"all": [LYON]})
    assert Segment.objects.get(pk=segment.pk).rule["rule"] == BOTH
    assert not RuleDraft.objects.exists()


def test_a_count_that_ends_after_the_save_keeps_no_draft(
    marketer: Client, segment: Segment
) -> None:
    told = fields(segment, BOTH, name="Buyers", tab="a")
    saved = marketer.post(f"/segments/{segment.pk}/modifier/", told | {"do": "save"})
    assert saved.status_code == 302
    # It was asked before, of the rule as it was being changed.
    marketer.post("/segments/apercu/", fields(segment, LYON, name="Buyers", tab="a"))
    assert not RuleDraft.objects.exists()
    # Another page of the same person is not concerned.
    marketer.post("/segments/apercu/", fields(segment, LYON, name="Buyers", tab="b"))
    assert RuleDraft.objects.count() == 1


def test_drafts_are_kept_and_rules_saved_while_redis_is_away(
    marketer: Client, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    told = fields(segment, BOTH, tab="a")
    marketer.post("/segments/apercu/", told)
    assert RuleDraft.objects.count() == 1
    saved = marketer.post(f"/segments/{segment.pk}/modifier/", told | {"do": "save"})
    assert saved.status_code == 302
    assert not RuleDraft.objects.exists()
