"""What stands around a count: previews and pages, over a shop's people in the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

from django.conf import settings
from django.test import Client
from django.test.utils import override_settings, setup_test_environment
from django.utils import timezone

from accounts.models import User
from bench import members
from bench.counting import Product, Told
from bench.population import NOW
from segmentation import preview
from segmentation.builder.form import to_fields
from segmentation.builder.reading import draft_of
from segmentation.builder.settling import settle
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.models import Segment
from segmentation.rules import parse

# Nothing is collected here for a web server to serve.
_PLAIN: Final = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
Node = dict[str, Any]


def _six(basket: int) -> Node:
    """Six conditions, two of them on what people did."""
    return {
        "all": [
            {"field": "gender", "op": "is", "value": "female"},
            {"field": "age", "op": "between", "value": [25, 50]},
            {"any": [
                {"field": "region", "op": "is", "value": "11"},
                {"events": {"where": [{"field": "name", "op": "is", "value": "page_view"}],
                            "op": ">=", "value": 2, "when": {"last": [30, "day"]}}},
            ]},
            {"items": {"where": [{"field": "category", "op": "is", "value": "cosmétiques bio"}],
                       "when": {"last": [1, "year"]}}},
            {"field": "average_basket", "op": ">", "value": basket},
        ]
    }  # fmt: skip


def _six_at_sight(basket: int) -> Node:
    """Six conditions on the profile alone."""
    return {
        "all": [
            {"field": "gender", "op": "is", "value": "female"},
            {"field": "age", "op": "between", "value": [25, 50]},
            {"any": [
                {"field": "region", "op": "is", "value": "11"},
                {"field": "children", "op": ">=", "value": 1},
            ]},
            {"field": "reachable_email", "op": "is", "value": True},
            {"field": "average_basket", "op": ">", "value": basket},
        ]
    }  # fmt: skip


def _six_who_they_are(youngest: int) -> Node:
    """Six conditions on who people say they are."""
    return {
        "all": [
            {"field": "gender", "op": "is", "value": "female"},
            {"field": "age", "op": "between", "value": [youngest, 50]},
            {"field": "region", "op": "is", "value": "11"},
            {"field": "children", "op": ">=", "value": 1},
            {"field": "reachable_email", "op": "is", "value": True},
            {"field": "city", "op": "is_set"},
        ]
    }


# By what they look at: the rule, and what it differs by from the one in force.
_RULES: Final[dict[str, tuple[Callable[[int], Node], int, int]]] = {
    "two on what people did": (_six, 60, 50),
    "on the person and their profile": (_six_at_sight, 60, 50),
    "on the person alone": (_six_who_they_are, 25, 27),
}


def previews_and_pages(rounds: int) -> Told:
    """A look at rules of six conditions against their counts, and the pages people wait for."""
    members.people()
    catalogue = load_catalogue()
    looks = {name: _against_its_count(rounds, catalogue, *rule) for name, rule in _RULES.items()}
    return {"looks": looks, "pages": _pages(rounds, catalogue)}


def _against_its_count(
    rounds: int, catalogue: Catalogue, six: Callable[[int], Node], new: int, old: int
) -> Told:
    """A look at a rule in the place of another, and its count: medians, by clock and processor."""
    draft = draft_of(members.rule_of(six(new)), catalogue)
    settle(draft, catalogue)
    rule, saved = parse(members.rule_of(six(new)), catalogue), members.rule_of(six(old))
    product = Product()

    def count() -> object:
        return product.count(rule)

    def look() -> object:
        seen = preview.look(draft, catalogue, saved=saved, people=True, now=NOW)
        assert seen.total == product.count(rule).number, seen.trouble
        return seen

    times = _in_turn(rounds, {"count": count, "look": look})
    # The look was checked by a count of its own, whose time is taken off.
    ratios = [
        [(looked - counted) / counted for counted, looked in zip(*pair, strict=True)]
        for pair in zip(*times.values(), strict=True)
    ]
    by_clock, by_processor = (median(each) for each in zip(*ratios, strict=True))
    counted, looked = (
        [median(part) for part in zip(*each, strict=True)] for each in times.values()
    )
    return {
        "count": counted,
        "look": [both - alone for both, alone in zip(looked, counted, strict=True)],
        "ratio": by_clock,
        "work": by_processor,
    }


def _pages(rounds: int, catalogue: Catalogue) -> dict[str, list[float]]:
    """The medians of each page, asked through the whole stack: the clock's, the processor's."""
    segments = members.segments(catalogue)
    edited = Segment.objects.filter(name="six").first() or Segment.objects.create(
        name="six",
        rule=members.rule_of(_six(50)),
        size=0,
        filled_version=1,
        refreshed_at=timezone.now(),
    )
    setup_test_environment()
    client = Client()
    email = "bench@shop.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, None)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    draft = draft_of(members.rule_of(_six(60)), catalogue)
    settle(draft, catalogue)
    form = {**to_fields(draft), "name": edited.name, "description": "", "segment": edited.pk}

    def page(url: str) -> Callable[[], object]:
        return lambda: _answered(client.get(url, secure=True))

    asked: dict[str, Callable[[], object]] = {
        "the list of segments": page("/segments/"),
        "a segment": page(f"/segments/{segments[0].pk}/"),
        "the builder, on a rule of six conditions": page(f"/segments/{edited.pk}/modifier/"),
        "its preview": lambda: _answered(client.post("/segments/apercu/", form, secure=True)),
    }
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": _PLAIN}):
        return {
            name: [median(measured) for measured in zip(*each, strict=True)]
            for name, each in _in_turn(rounds, asked).items()
        }


def _answered(answer: Any) -> None:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.request['PATH_INFO']} answered {answer.status_code}")


def _in_turn(
    rounds: int, asked: dict[str, Callable[[], object]]
) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of each by the clock and of the processor, in turn, after a round to warm up."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for _ in range(rounds + 1):
        for name, ask in asked.items():
            started, worked = time.perf_counter(), time.process_time()
            ask()
            ended, rested = time.perf_counter(), time.process_time()
            times[name].append(((ended - started) * 1000, (rested - worked) * 1000))
    return {name: each[1:] for name, each in times.items()}
