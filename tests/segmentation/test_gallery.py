"""The gallery: every ready-made segment answers, with the shop's own thresholds and a plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer, Event, Order, OrderLine, Place, Product
from segmentation import gallery, snapshot
from segmentation.builder.form import from_fields, to_fields
from segmentation.builder.reading import draft_of
from segmentation.builder.settling import settle
from segmentation.builder.writing import write
from segmentation.catalogue import load_catalogue
from segmentation.gallery import showing
from segmentation.gallery.shop import Shop, look, round_to_choose
from segmentation.models import ActionPlan, Segment

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
EVERYTHING = Shop(
    buyers=100,
    categories=("Cosmétiques bio", "Parfums"),
    cities=("Paris",),
    events=frozenset({"product_view", "cart_abandoned"}),
    interests=("Écologie", "Sport"),
    places=((1, "Rennes"),),
    messages=True,
    loyal=1,
)


@pytest.fixture
def shop(people: dict[str, Customer]) -> dict[str, Customer]:
    """Orders in two categories, visits, carts, interests and a shop."""
    for name, category in (("Crème", "Cosmétiques bio"), ("Eau", "Parfums")):
        product = Product.objects.create(name=name, category=category)
        for order in Order.objects.filter(customer=people["ada"]):
            OrderLine.objects.create(order=order, product=product, quantity=1, amount=10)
    for name in ("product_view", "cart_abandoned"):
        Event.objects.create(customer=people["eve"], name=name, occurred_at=timezone.now())
    Customer.objects.filter(pk=people["eve"].pk).update(interests=["Écologie"])
    Place.objects.create(name="Paris", folded="paris", latitude=48.85, longitude=2.35)
    snapshot.sync()
    return people


def test_there_are_many_recipes_each_with_a_purpose_and_something_to_send() -> None:
    keys = [recipe.key for recipe in gallery.RECIPES]
    assert len(keys) == len(set(keys)) >= 25
    for recipe in gallery.RECIPES:
        assert recipe.purpose
        assert recipe.advice.message
        assert recipe.advice.timing
        assert recipe.advice.channel in ActionPlan.Channel


def test_every_recipe_stands_in_the_builder_and_comes_back_unchanged(
    people: dict[str, Customer],
) -> None:
    Segment.objects.create(pk=1, name="Loyal", recipe="loyal", rule={"version": 1, "rule": {}})
    catalogue = load_catalogue()
    for recipe in gallery.RECIPES:
        rule = recipe.rule(EVERYTHING)
        draft = draft_of(rule, catalogue)
        settle(draft, catalogue)
        fields = {name: [value] for name, value in to_fields(draft).items() if value is not None}
        posted = {n: v[0] if isinstance(v[0], list) else v for n, v in fields.items()}
        back = write(from_fields(posted), catalogue)
        assert not back.unfinished, recipe.key
        assert back.rule == rule, recipe.key


def test_every_recipe_is_counted_in_one_look(shop: dict[str, Customer]) -> None:
    shown = showing.cards(timezone.now(), counted=True)
    cards = {card.recipe.key: card for cards in shown.values() for card in cards}
    lacking = {key for key, card in cards.items() if card.needed}
    assert lacking == {"became_loyal", "clickers", "silent"}
    assert all(card.count is not None for key, card in cards.items() if key not in lacking)
    assert all(card.sentence for key, card in cards.items() if key not in lacking)
    assert cards["prospects"].count == 2
    assert cards["cross_selling"].count == 0
    assert cards["hesitating"].count == 0
    assert cards["best_unreachable"].count == 0


def test_a_shop_without_data_is_told_what_each_recipe_needs(db: None) -> None:
    shown = showing.cards(timezone.now(), counted=True)
    cards = {card.recipe.key: card for cards in shown.values() for card in cards}
    assert "paniers" in str(cards["cart_hours"].needed)
    assert cards["near_shops"].needed
    assert cards["at_risk"].count is None
    assert cards["at_risk"].sentence


def test_thresholds_are_proposed_from_the_shops_own_orders(people: dict[str, Customer]) -> None:
    now = timezone.now()
    buyers = Customer.objects.bulk_create(
        Customer(first_name=f"N{n}", last_name="Test", city="Nantes") for n in range(60)
    )
    for n, buyer in enumerate(buyers):
        for back in (30, 10):
            Order.objects.create(
                customer=buyer, placed_at=now - dt.timedelta(days=back), total=Decimal(n * 4 + 2)
            )
    snapshot.sync()
    found = look()
    assert found.buyers == 64
    assert found.cities[0] == "Nantes"
    # The quartiles of 2, 6 … 238 and four times 20 are 49 and 175.
    assert found.high == 180
    assert found.low == 50
    assert found.gap == 20


@pytest.mark.parametrize(
    ("amount", "up", "said"),
    [(7.4, False, 7), (63.2, False, 65), (61, True, 65), (172, True, 180), (1240, False, 1250)],
)
def test_a_threshold_is_an_amount_a_person_would_choose(amount: float, up: bool, said: int) -> None:
    assert round_to_choose(amount, up=up) == said


def test_the_gallery_is_drawn_first_and_counted_in_a_second_request(
    sign_in: SignIn, people: dict[str, Customer], django_assert_max_num_queries: Any
) -> None:
    client = sign_in("marketer")
    page = client.get("/segments/nouveau/").content.decode()
    assert "compter=1" in page
    with django_assert_max_num_queries(14):
        cards = client.get("/segments/nouveau/?compter=1", headers={"HX-Request": "true"})
    text = cards.content.decode()
    assert "<html" not in text
    assert "compter=1" not in text


def test_a_segment_made_from_a_recipe_remembers_it_and_has_its_plan(
    sign_in: SignIn, people: dict[str, Customer]
) -> None:
    client = sign_in("marketer")
    url = "/segments/creer/?modele=at_risk"
    assert "At risk" in client.get(url).content.decode()
    catalogue = load_catalogue()
    recipe = gallery.by_key("at_risk")
    assert recipe is not None
    draft = draft_of(recipe.rule(look()), catalogue)
    client.post(url, {**to_fields(draft), "name": "At risk", "do": "save"})
    segment = Segment.objects.get()
    assert segment.recipe == "at_risk"
    assert segment.rule == recipe.rule(look())
    assert ActionPlan.objects.get().message == str(recipe.advice.message)
    assert "You have it" in client.get("/segments/nouveau/").content.decode()
    assert "limited offer" in client.get(f"/segments/{segment.pk}/").content.decode()


def test_a_plan_is_written_changed_and_emptied(
    sign_in: SignIn, make_segment: Callable[..., Segment]
) -> None:
    segment = make_segment({"all": []})
    client, url = sign_in("marketer"), f"/segments/{segment.pk}/plan/"
    assert client.get(url).status_code == 200
    words = {"message": "Thanks", "offer": "A gift", "channel": "sms", "timing": "On Monday"}
    assert client.post(url, words)["Location"] == f"/segments/{segment.pk}/"
    plan = ActionPlan.objects.get()
    assert (plan.message, plan.channel, plan.timing) == ("Thanks", "sms", "On Monday")
    assert plan.changed_by is not None
    refused = client.post(url, {"channel": "pigeon"})
    assert "Select a valid choice" in refused.content.decode()
    client.post(url, {"message": " "})
    assert not ActionPlan.objects.exists()


def test_analysts_make_no_segments_and_pages_refuse_other_methods(
    sign_in: SignIn, make_segment: Callable[..., Segment]
) -> None:
    segment = make_segment({"all": []})
    plan = f"/segments/{segment.pk}/plan/"
    analyst = sign_in("analyst")
    assert analyst.get("/segments/nouveau/").status_code == 403
    assert analyst.get(plan).status_code == 403
    marketer = sign_in("marketer")
    assert marketer.post("/segments/nouveau/").status_code == 405
    assert marketer.put(plan).status_code == 405
    assert marketer.get("/segments/999/plan/").status_code == 404
