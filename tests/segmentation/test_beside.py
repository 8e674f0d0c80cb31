"""What stands beside a rule: how its people spread, its funnel, who would enter and leave."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer, Order
from segmentation import distributions, engine, funnel, snapshot
from segmentation.catalogue import load_catalogue
from segmentation.comings import numbers, page
from segmentation.figures import Figures, figures
from segmentation.models import RuleDraft, Segment
from segmentation.rules import AllOf, Not, parse
from tests.segmentation.conftest import BUYERS, PARIS, add_person, posted

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
Node = dict[str, Any]
PLACES = ("75001", "69003", "20000", "97400", "", "75020")


def rule_of(node: Node) -> dict[str, Any]:
    return {"version": 1, "rule": node}


def look(node: Node, was: Node | None = None, people: int = 0) -> Figures:
    catalogue = load_catalogue()
    old = parse(rule_of(was), catalogue) if was is not None else None
    return figures(
        parse(rule_of(node), catalogue), timezone.now(), catalogue, was=old, people=people
    )


@pytest.fixture
def crowd(people: dict[str, Customer]) -> list[Customer]:
    """Thirty more people of every age, of some departments, some of them buyers of long ago."""
    today = timezone.localdate()
    for nth in range(30):
        born = today - dt.timedelta(days=5 * 365 + nth * 1000) if nth % 7 else None
        person = add_person(
            f"P{nth}",
            ("Paris", "Lyon")[nth % 2],
            country="FR",
            postal_code=PLACES[nth % len(PLACES)],
            birth_date=born,
        )
        for times in range(nth % 4):
            placed = timezone.now() - dt.timedelta(days=1 + 60 * nth + times)
            Order.objects.create(customer=person, placed_at=placed, total=Decimal(7 * nth + 1))
    snapshot.sync()
    return list(Customer.objects.all())


def age_on(today: dt.date, born: dt.date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def naive(everyone: list[Customer]) -> dict[str, Counter[Any]]:
    """The bands counted by hand, as the number of the band."""
    today = timezone.localdate()
    counted: dict[str, Counter[Any]] = {"age": Counter(), "recency": Counter()}
    for person in everyone:
        born = person.birth_date
        band = None if born is None else sum(age_on(today, born) >= a for a in distributions.AGES)
        counted["age"][band] += 1
        latest = person.orders.order_by("-placed_at").values_list("placed_at", flat=True).first()
        days = None if latest is None else (today - timezone.localdate(latest)).days
        counted["recency"][None if days is None else sum(days > d for d in distributions.DAYS)] += 1
    return counted


def test_the_charts_count_as_one_would_by_hand(crowd: list[Customer]) -> None:
    told = look({"field": "city", "op": "is", "value": "Lyon"})
    by_key = {chart.key: chart for chart in told.charts}
    lyon = naive([person for person in crowd if person.city == "Lyon"])
    base = naive(crowd)
    ages = by_key["age"]
    assert [band.count for band in ages.bands] == [lyon["age"][n] for n in range(7)]
    assert [band.base_count for band in ages.bands] == [base["age"][n] for n in range(7)]
    assert ages.unplaced == lyon["age"][None] > 0
    recency = by_key["recency"]
    expected = [lyon["recency"][n] for n in (*range(6), None)]
    assert [band.count for band in recency.bands] == expected
    spent = by_key["spent"]
    assert sum(band.count for band in spent.bands) == told.total
    assert sum(band.base_count for band in spent.bands) == told.base == len(crowd)
    assert spent.bands[0].count == expected[-1]
    places = by_key["department"]
    by_code = {band.short: (band.count, band.base_count) for band in places.bands}
    # Lyon's people stand at the odd places of the list above; Dan and Eve live in Lyon itself.
    assert by_code["69"] == (7, 7)
    assert by_code["974"] == (5, 5)
    assert places.bands[0].count >= places.bands[-1].count
    assert all(band.share == pytest.approx(band.count / told.total) for band in spent.bands)


def test_money_is_cut_at_round_amounts_that_suit_the_shop(crowd: list[Customer]) -> None:
    spent = next(chart for chart in look({"all": []}).charts if chart.key == "spent")
    bounds = [int(band.short.rstrip("+")) for band in spent.bands[2:]]
    assert bounds == sorted(set(bounds))
    assert {str(bound).rstrip("0") for bound in bounds} <= {"1", "2", "5"}
    # No band of the base's buyers is most of them: the bounds follow what they spent.
    buyers = sum(band.base_count for band in spent.bands[1:])
    assert max(band.base_count for band in spent.bands[1:]) < buyers / 2


def test_a_base_of_nobody_has_figures_and_no_charts(db: None) -> None:
    snapshot.sync()
    told = look({"all": [PARIS]})
    assert (told.base, told.total, told.charts, list(told.people)) == (0, 0, (), [])


@pytest.mark.parametrize(
    ("node", "way"),
    [
        ({"all": [PARIS, BUYERS, {"field": "age", "op": ">=", "value": 30}]}, "narrows"),
        ({"any": [PARIS, BUYERS, {"field": "age", "op": ">=", "value": 30}]}, "widens"),
        ({"not": {"any": [PARIS, BUYERS]}}, "leaves_out"),
    ],
)
def test_the_funnel_counts_the_rule_made_of_its_first_conditions(
    crowd: list[Customer], node: Node, way: str
) -> None:
    catalogue = load_catalogue()
    rule = parse(rule_of(node), catalogue)
    told = funnel.funnel(rule, look(node), catalogue, {})
    assert told is not None
    assert told.way == way
    inner = node.get("not", node)
    ((joined, members),) = inner.items()
    for place, step in enumerate(told.steps, start=1):
        first: Node = {joined: members[:place]}
        first = {"not": first} if "not" in node else first
        alone = engine.count(parse(rule_of(first), catalogue), timezone.now(), catalogue)
        assert step.count == alone
    before = 0 if way == "widens" else told.base
    assert before + sum(step.change for step in told.steps) == told.steps[-1].count


def test_a_single_condition_has_no_funnel(people: dict[str, Customer]) -> None:
    rule = parse(rule_of({"all": [PARIS]}), load_catalogue())
    assert funnel.funnel(rule, look({"all": [PARIS]}), load_catalogue(), {}) is None


def test_who_enters_and_leaves_is_the_difference_of_the_two_rules(crowd: list[Customer]) -> None:
    catalogue, now = load_catalogue(), timezone.now()
    old, new = {"all": [PARIS]}, {"all": [BUYERS, {"any": [PARIS, BUYERS]}]}
    told = look(new, was=old, people=5).comings
    assert told is not None
    was, will = (set(engine.ids(parse(rule_of(n), catalogue), now, catalogue)) for n in (old, new))
    assert (told.enter, told.leave) == (len(will - was), len(was - will))
    assert set(told.entering) <= will - was
    assert len(told.entering) == len(told.leaving) == 3
    assert set(told.leaving) <= was - will
    listed = page(rule_of(old), rule_of(new), "leave", None)
    assert listed.page is not None
    assert {person.pk for person in listed.page} == was - will
    assert numbers(rule_of(old), rule_of(new)) == listed.numbers


def test_what_shows_on_the_person_alone_is_counted_like_everything_else(
    crowd: list[Customer],
) -> None:
    everyone = {"sample": {"from": 0, "to": 10_000, "salt": "all"}}
    was = {"field": "city", "op": "is_set"}
    at_sight = look({"all": [PARIS]}, was=was, people=5)
    gathered = look({"all": [PARIS, everyone, BUYERS | {"op": ">=", "value": 0}]}, was, people=5)
    assert at_sight.revenue
    assert at_sight.comings
    assert at_sight.comings.leave
    for part in (
        "base",
        "total",
        "reach",
        "revenue",
        "base_revenue",
        "people",
        "comings",
        "charts",
    ):
        assert getattr(at_sight, part) == getattr(gathered, part), part


def test_some_people_are_those_a_sample_gives(crowd: list[Customer]) -> None:
    catalogue, now = load_catalogue(), timezone.now()
    rule = parse(rule_of({"all": [BUYERS, PARIS]}), catalogue)
    assert list(look({"all": [BUYERS, PARIS]}, people=4).people) == engine.sample(
        rule, now, 4, catalogue
    )
    both = AllOf((rule.node, Not(rule.node)))
    assert engine.counts({"none": both}, now, catalogue) == {"none": 0}


def test_the_preview_shows_it_all_and_keeps_names_from_those_who_may_not_see_them(
    sign_in: Callable[[str], Client],
    crowd: list[Customer],
    make_segment: Callable[..., Segment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    segment = make_segment({"all": [PARIS, BUYERS]}, "Paris")
    marketer = sign_in("marketer")
    fields = posted({"all": [PARIS]}, segment=str(segment.pk), name="Paris", tab="a")
    shown = marketer.post("/segments/apercu/", fields)
    text = shown.content.decode()
    assert "Compared with the whole base" in text
    assert f'href="/segments/{segment.pk}/modifier/qui/?brouillon=a"' in text
    entering = shown.context["preview"].entering
    assert entering
    assert all(person.name in text for person in entering)
    listed = marketer.get(f"/segments/{segment.pk}/modifier/qui/")
    assert len(listed.context["page"]) == shown.context["preview"].enter
    monkeypatch.setattr("segmentation.views.preview.can", lambda _user, _capability: False)
    hidden = marketer.post("/segments/apercu/", fields)
    assert not any(person.name in hidden.content.decode() for person in entering)
    assert hidden.context["preview"].enter == shown.context["preview"].enter


def test_the_list_of_those_who_move_needs_a_draft_and_the_right_to_see_people(
    sign_in: Callable[[str], Client],
    people: dict[str, Customer],
    make_segment: Callable[..., Segment],
) -> None:
    segment = make_segment({"all": [PARIS]}, "Paris")
    url = f"/segments/{segment.pk}/modifier/qui/"
    marketer = sign_in("marketer")
    assert marketer.get(url).headers["Location"] == f"/segments/{segment.pk}/modifier/"
    assert marketer.post(url).status_code == 405
    assert sign_in("analyst").get(url).status_code == 403
    broken = {"field": "gone", "op": "is", "value": "x"}
    marketer.post("/segments/apercu/", posted({"all": [BUYERS]}, segment=str(segment.pk)))
    assert RuleDraft.objects.count() == 1
    Segment.objects.update(rule=rule_of({"all": [broken]}))
    assert "can no longer be counted" in marketer.get(url).content.decode()
