"""Every rule stored is kept with who stored it: listed, compared, restored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import AuditEntry, User
from customers.models import Customer
from segmentation import editing, schedule
from segmentation.catalogue import load_catalogue
from segmentation.comparing import compare
from segmentation.models import RuleVersion, Segment
from tests.segmentation.conftest import BUYERS, PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
LYON = {"field": "city", "op": "is", "value": "Lyon"}


def rule_of(node: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "rule": node}


def save(segment: Segment, node: dict[str, Any], by: User | None = None) -> None:
    """Store another rule for a segment."""
    editing.change(
        segment,
        segment.updated_at,
        name=segment.name,
        description="",
        rule=rule_of(node),
        by=by,
    )


@pytest.fixture
def author(db: None) -> User:
    return User.objects.create_user("anne@shop.example", None, role="marketer", name="Anne")


@pytest.fixture
def segment(people: dict[str, Customer], author: User) -> Segment:
    """Three versions, filled after each: Paris, Lyon, Paris's buyers."""
    made = editing.create("Where", "", rule_of({"all": [PARIS]}), author)
    for node in (None, {"all": [LYON]}, {"all": [PARIS, BUYERS]}):
        if node:
            save(made, node, author)
        schedule.refresh_due(60)
        made.refresh_from_db()
    return made


def test_every_way_to_store_a_rule_keeps_a_version(segment: Segment, author: User) -> None:
    kept = segment.versions.order_by("number").values_list("number", "rule", "saved_by")
    rules = [rule_of({"all": nodes}) for nodes in ([PARIS], [LYON], [PARIS, BUYERS])]
    assert list(kept) == [(n, rule, author.pk) for n, rule in enumerate(rules, start=1)]
    copy = editing.duplicate(segment, None)
    assert copy.versions.get().rule == segment.rule
    # Another name is no other rule, and a change that is refused keeps nothing.
    editing.change(segment, segment.updated_at, name="Else", description="")
    with pytest.raises(editing.Conflict):
        editing.change(
            segment, segment.created_at, name="X", description="", rule=rule_of({"all": [LYON]})
        )
    assert RuleVersion.objects.count() == 4
    assert editing.freeze(segment, None).versions.count() == 0


def test_the_list_tells_who_when_and_what_each_change_did(
    segment: Segment, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    analyst = sign_in("analyst")
    url = f"/segments/{segment.pk}/versions/"
    page = analyst.get(url)
    told = {each.version.number: each for each in page.context["versions"]}
    # Three of Paris made way for two of Lyon, they for Paris's two buyers.
    assert (told[2].entered, told[2].left) == (2, 3)
    assert (told[3].entered, told[3].left) == (2, 2)
    assert (told[1].entered, told[1].left, told[1].present) == (0, 0, False)
    text = page.content.decode()
    assert "Anne" in text
    assert "By this change 2 entered and 3 left." in text
    assert "/restaurer/" not in text
    for node in ([LYON], [PARIS], [LYON, BUYERS]):
        save(segment, {"all": node})
    # The same for six versions as for three.
    with django_assert_max_num_queries(12):
        analyst.get(url)
    assert "/versions/1/restaurer/" in sign_in("marketer").get(url).content.decode()
    assert analyst.post(url).status_code == 405


def test_two_versions_are_compared_word_by_word_and_condition_by_condition(
    segment: Segment, sign_in: SignIn
) -> None:
    analyst = sign_in("analyst")
    url = f"/segments/{segment.pk}/versions/comparer/"
    rules = analyst.get(url).context["rules"]
    assert rules.removed == ("whose city is “Lyon”",)
    assert rules.added == ("whose city is “Paris”", "whose number of orders is at least 1")
    text = analyst.get(url, {"de": "3", "a": "1"}).content.decode()
    assert "From version 1 to version 3" in text
    assert "<ins>" in text
    assert analyst.get(url, {"de": "9"}).status_code == 404
    assert analyst.post(url).status_code == 405


def test_the_same_conditions_joined_otherwise_are_told_as_such() -> None:
    catalogue = load_catalogue()
    joined = rule_of({"all": [PARIS, {"not": {"any": [BUYERS, LYON]}}]})
    other = rule_of({"any": [PARIS, BUYERS, LYON]})
    told = compare(joined, other, catalogue)
    assert (told.removed, told.added, told.regrouped, told.same) == ((), (), True, False)
    assert compare(joined, joined, catalogue).same
    negated = compare(rule_of({"all": [PARIS]}), rule_of({"not": PARIS}), catalogue)
    assert len(negated.removed) == len(negated.added) == 1
    broken = rule_of({"field": "gone", "op": "is", "value": 1})
    with translation.override("en"):
        unread = compare(broken, other, catalogue)
        assert "no longer be read" in "".join(piece.text for piece in unread.before)
        assert "".join(piece.text for piece in unread.after).startswith("Customers ")
    assert len(unread.added) == 3


def test_a_version_is_restored_once_its_effect_was_seen(segment: Segment, sign_in: SignIn) -> None:
    marketer = sign_in("marketer")
    url = f"/segments/{segment.pk}/versions/2/restaurer/"
    shown = marketer.get(url)
    assert (shown.context["moved"].enter, shown.context["moved"].leave) == (2, 2)
    assert "2 people would enter the segment" in shown.content.decode()
    assert Segment.objects.get(pk=segment.pk).version == 3
    edition = segment.updated_at.isoformat()
    assert marketer.post(url, {"edition": edition}).status_code == 302
    segment.refresh_from_db()
    assert (segment.version, segment.rule) == (4, rule_of({"all": [LYON]}))
    kept = segment.versions.get(number=4)
    assert (kept.restored, kept.saved_by and kept.saved_by.role) == (2, "marketer")
    assert AuditEntry.objects.filter(action="segment.restored").count() == 1
    # What is in force already is not restored, and nothing is done over another's save.
    assert marketer.get(url).headers["Location"] == f"/segments/{segment.pk}/versions/"
    late = marketer.post(f"/segments/{segment.pk}/versions/1/restaurer/", {"edition": edition})
    assert late.status_code == 422
    assert "meanwhile" in late.content.decode()
    assert Segment.objects.get(pk=segment.pk).version == 4


def test_a_version_that_no_longer_makes_sense_is_not_restored(
    segment: Segment, sign_in: SignIn
) -> None:
    marketer = sign_in("marketer")
    for number, node in ((1, {"field": "gone", "op": "is_set"}), (2, {"segment": segment.pk})):
        segment.versions.filter(number=number).update(rule=rule_of(node))
        url = f"/segments/{segment.pk}/versions/{number}/restaurer/"
        assert marketer.get(url).status_code == 200
        refused = marketer.post(url, {"edition": segment.updated_at.isoformat()})
        assert refused.status_code == 422
        assert refused.context["problem"]
    assert Segment.objects.get(pk=segment.pk).version == 3


def test_restoring_is_for_those_who_edit_and_lists_have_no_versions(
    segment: Segment, sign_in: SignIn
) -> None:
    url = f"/segments/{segment.pk}/versions/1/restaurer/"
    assert sign_in("analyst").post(url).status_code == 403
    marketer = sign_in("marketer")
    assert marketer.delete(url).status_code == 405
    fixed = editing.freeze(segment, None)
    for page in ("", "comparer/", "1/restaurer/"):
        assert marketer.get(f"/segments/{fixed.pk}/versions/{page}").status_code == 404
    shown = marketer.get(f"/segments/{segment.pk}/").content.decode()
    assert f'href="/segments/{segment.pk}/versions/"' in shown
