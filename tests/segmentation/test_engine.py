"""Answers from a real snapshot, and the command that gives them in a terminal."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.models import CustomAttribute, Customer, CustomerTag, Order, OrderLine, Product, Tag
from segmentation import engine, snapshot
from segmentation.catalogue import Choice, load_catalogue, loading, register_choices
from segmentation.models import Membership, Segment
from segmentation.rules import Rule, RuleError, parse

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
NOW = timezone.now()


def rule(node: Any) -> Rule:
    return parse({"version": 1, "rule": node}, load_catalogue())


@pytest.fixture
def shop() -> list[Customer]:
    CustomAttribute.objects.create(key="size", label="Shoe size", type="number")
    people = [
        Customer.objects.create(
            external_id=external_id, city=city, attributes={"size": size} if size else {}
        )
        for external_id, city, size in (
            ("C-2", "Évry", "38.5"),
            ("C-1", "Lyon", "40"),
            (None, "", None),
        )
    ]
    tag = Tag.objects.create(name="VIP", folded="vip")
    CustomerTag.objects.create(customer=people[0], tag=tag)
    bio = Product.objects.create(name="Savon", category="Bio")
    for days, total in ((1, "10.00"), (100, "50.00")):
        order = Order.objects.create(
            customer=people[1], placed_at=NOW - dt.timedelta(days=days), total=Decimal(total)
        )
        OrderLine.objects.create(order=order, product=bio, amount=Decimal(total))
    snapshot.sync()
    return people


def test_a_rule_is_answered_from_the_snapshot(shop: list[Customer]) -> None:
    evry, lyon, nameless = shop
    now = timezone.now()
    assert engine.ids(rule({"field": "city", "op": "is", "value": "evry"}), now) == [evry.pk]
    assert engine.count(rule({"all": []}), now) == 3
    assert engine.ids(rule({"field": "attr:size", "op": ">", "value": 39}), now) == [lyon.pk]
    assert engine.ids(rule({"field": "tags", "op": "has_none", "value": ["vip"]}), now) == [
        lyon.pk,
        nameless.pk,
    ]
    assert engine.ids(rule({"items": {"measure": "sum:amount", "op": "=", "value": 60}}), now) == [
        lyon.pk
    ]
    assert engine.ids(rule({"messages": {}}), now) == []


def test_the_past_is_answered_from_the_rows_and_not_from_the_cache(shop: list[Customer]) -> None:
    two = rule({"field": "orders_count", "op": "=", "value": 2})
    assert engine.count(two, timezone.now()) == 1
    assert engine.count(two, timezone.now() - dt.timedelta(days=10)) == 0
    favourite = rule({"field": "favourite_category", "op": "is", "value": "BIO"})
    assert engine.count(favourite, timezone.now() - dt.timedelta(days=10)) == 1
    assert engine.count(favourite, timezone.now() - dt.timedelta(days=200)) == 0


def test_several_conditions_are_counted_in_one_scan(shop: list[Customer]) -> None:
    nodes = {
        "everyone": rule({"all": []}).node,
        "buyers": rule({"orders": {}}).node,
        "rich": rule({"field": "average_basket", "op": ">=", "value": 30}).node,
        "none": rule({"any": []}).node,
    }
    counted = engine.counts(nodes, timezone.now())
    assert counted == {"everyone": 3, "buyers": 1, "rich": 1, "none": 0}
    assert engine.counts({}, timezone.now()) == {}


def test_reach_is_counted_by_channel(shop: list[Customer]) -> None:
    told = engine.reach(rule({"field": "city", "op": "is_set"}), timezone.now())
    assert (told.base, told.total, told.email, told.sms) == (3, 2, 0, 0)


def test_a_sample_is_of_members_and_the_same_each_time(shop: list[Customer]) -> None:
    cities = rule({"field": "city", "op": "is_set"})
    first = engine.sample(cities, timezone.now(), 5)
    assert set(first) == {shop[0].pk, shop[1].pk}
    assert engine.sample(cities, timezone.now(), 5) == first
    assert len(engine.sample(cities, timezone.now(), 1)) == 1


def test_stored_segments_are_followed(shop: list[Customer]) -> None:
    evry = Segment.objects.create(
        name="Évry",
        rule={"version": 1, "rule": {"field": "city", "op": "is", "value": "Évry"}},
    )
    listed = Segment.objects.create(name="List", kind=Segment.Kind.STATIC)
    Membership.objects.create(segment=listed, customer=shop[2])
    snapshot.sync()
    both = rule({"any": [{"segment": evry.pk}, {"segment": listed.pk}]})
    assert engine.ids(both, timezone.now()) == [shop[0].pk, shop[2].pk]
    assert engine.count(engine.segment_rule(listed), timezone.now()) == 1


def test_a_broken_or_unknown_segment_is_told_at_its_place(shop: list[Customer]) -> None:
    broken = Segment.objects.create(name="Broken", rule={"version": 1, "rule": {"field": "x"}})
    asked = rule({"all": [{"segment": broken.pk}, {"segment": broken.pk + 1}]})
    with pytest.raises(RuleError) as caught:
        engine.count(asked, timezone.now())
    assert [(p.path, p.code) for p in caught.value.problems] == [
        ("$.rule.all[0].segment", "bad_segment"),
        ("$.rule.all[1].segment", "unknown_segment"),
    ]


def test_upper_apps_give_names_to_the_numbers_they_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_providers", {})
    register_choices("messages", "campaign", lambda: [Choice("4", "Soldes")])
    entry = load_catalogue().sources["messages"].fields["campaign"]
    assert [(choice.code, choice.label) for choice in entry.choices] == [("4", "Soldes")]


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command("count_segment", *arguments, "--json", stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def written(folder: Path, data: Any) -> str:
    path = folder / "rule.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return str(path)


def test_the_command_counts_and_lists(shop: list[Customer], tmp_path: Path) -> None:
    file = written(tmp_path, {"version": 1, "rule": {"all": []}})
    code, answer = run("--rule", file, "--ids")
    assert code == 0
    assert answer["ids"] == sorted(["C-1", "C-2", str(shop[2].pk)])
    assert (answer["count"], answer["base"]) == (3, 3)
    assert dt.datetime.fromisoformat(answer["as_of"]).tzinfo is not None
    assert answer["milliseconds"] >= 0
    code, answer = run("--rule", file)
    assert code == 0
    assert set(answer) == {"count", "base", "as_of", "milliseconds"}


def test_the_command_counts_what_was_just_written(shop: list[Customer], tmp_path: Path) -> None:
    Customer.objects.create(city="Lyon")
    lyon = {"version": 1, "rule": {"field": "city", "op": "is", "value": "lyon"}}
    assert run("--rule", written(tmp_path, lyon))[1]["count"] == 2


def test_the_command_answers_for_another_instant(shop: list[Customer], tmp_path: Path) -> None:
    file = written(tmp_path, {"version": 1, "rule": {"orders": {"op": ">=", "value": 2}}})
    past = (timezone.now() - dt.timedelta(days=10)).isoformat()
    assert run("--rule", file)[1]["count"] == 1
    assert run("--rule", file, "--now", past)[1]["count"] == 0
    assert run("--rule", file, "--now", "2020-01-01")[1]["count"] == 0


def test_the_command_counts_a_segment_by_its_rule(shop: list[Customer]) -> None:
    segment = Segment.objects.create(name="Buyers", rule={"version": 1, "rule": {"orders": {}}})
    assert run("--segment", str(segment.pk), "--ids")[1]["ids"] == ["C-1"]


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("not json", "$", "not_json"),
        ('{"version":1,"rule":{"field":"x","op":"is"}}', "$.rule.field", "unknown_field"),
        (
            '{"version":1,"rule":{"all":[{"field":"age","op":">","value":"3"}]}}',
            "$.rule.all[0].value",
            "wrong_type",
        ),
        ('{"version":1,"rule":{"segment":404}}', "$.rule.segment", "unknown_segment"),
        ('{"version":1,"rule":' + '{"not":' * 50 + "{}" + "}" * 51, None, "too_deep"),
        ('{"version":1,"rule":' + "[" * 5000, "$", "too_deep"),
        (" " * 70_000, "$", "too_large"),
    ],
)
def test_the_command_refuses_a_bad_rule_with_its_place(
    text: str, path: str | None, code: str, tmp_path: Path
) -> None:
    exit_code, answer = run("--rule", written(tmp_path, text))
    (error,) = answer["errors"]
    assert (exit_code, error["code"]) == (2, code)
    assert path is None or error["path"] == path
    assert error["message"]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ((), "--rule"),
        (("--rule", "a", "--segment", "1"), "--rule"),
        (("--rule", "/nowhere/rule.json"), "--rule"),
        (("--segment", "404"), "--segment"),
        (("--segment", "x"), "--segment"),
        (("--segment", "9" * 30), "--segment"),
        (("--segment", "1", "--now", "yesterday"), "--now"),
    ],
)
def test_the_command_refuses_bad_arguments(arguments: tuple[str, ...], path: str) -> None:
    exit_code, answer = run(*arguments)
    assert exit_code == 2
    assert [error["path"] for error in answer["errors"]] == [path]


def test_a_fault_ends_the_command_with_1(
    shop: list[Customer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> None:
        raise snapshot.Busy("another builder is at work")

    monkeypatch.setattr(snapshot, "sync", busy)
    with pytest.raises(CommandError) as caught:
        run("--rule", written(tmp_path, {"version": 1, "rule": {"all": []}}))
    assert caught.value.returncode == 1
