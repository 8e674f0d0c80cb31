"""A segment taken out of one installation and brought into another, and what is wrong in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.models import Campaign
from customers.models import Place
from segmentation import exchange
from segmentation.models import Segment
from segmentation.rules import RuleError, lines
from segmentation.rules.errors import join_path

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
Make = Callable[..., Segment]
SignIn = Callable[[str], Client]


def node(segment: int, place: int, campaign: int) -> dict[str, Any]:
    """A rule that names one thing of each kind, as deep as they can stand."""
    sent = {"field": "campaign", "op": "in", "value": [campaign]}
    opened = {"field": "campaign", "op": "is_not", "value": campaign}
    first = {"messages": {"where": [sent]}}
    return {
        "all": [
            {"field": "average_basket", "op": ">", "value": 12.5},
            {"segment": segment, "left": {"last": [7, "day"]}},
            {
                "not": {
                    "field": "location",
                    "op": "within_km",
                    "value": {"places": [place], "km": 5},
                }
            },
            {"sequence": {"first": first, "then_not": {"engagements": {"where": [opened]}}}},
        ]
    }


def launched(name: str) -> Campaign:
    return Campaign.objects.create(name=name, launched_at=timezone.now())


@pytest.fixture
def here(db: None) -> tuple[int, int, int]:
    """Some of each kind, so that numbers and names do not fall together by chance."""
    Segment.objects.create(name="Other", rule={"version": 1, "rule": {"all": []}})
    vip = Segment.objects.create(name="Clients VIP", rule={"version": 1, "rule": {"all": []}})
    Place.objects.create(name="Lyon", folded="lyon", latitude=45, longitude=4)
    Place.objects.create(name="Vannes", folded="vannes", latitude=47, longitude=-2)
    place = Place.objects.create(name="Rennes", folded="rennes", latitude=48, longitude=-1)
    campaigns = [launched(name) for name in ("a", "b", "c", "Soldes d’été")]
    return vip.pk, place.pk, campaigns[-1].pk


def test_a_segment_comes_back_with_this_installations_numbers(
    here: tuple[int, int, int], make_segment: Make
) -> None:
    segment = make_segment(node(*here), name="Près de Rennes", description="À rappeler")
    text = exchange.as_text(segment)
    there = {
        "segments": {"901": "clients  vip"},
        "places": {"902": "RENNES"},
        "campaigns": {"903": "Soldes d’ete"},
    }
    data = json.loads(text)
    assert data["refers_to"] == {
        "segments": {str(here[0]): "Clients VIP"},
        "places": {str(here[1]): "Rennes"},
        "campaigns": {str(here[2]): "Soldes d’été"},
    }
    elsewhere = json.dumps(data | {"rule": node(901, 902, 903), "refers_to": there})
    for file in (text, text.encode(), elsewhere, "\ufeff".encode() + elsewhere.encode()):
        brought = exchange.read(file)
        assert brought.rule == {"version": 1, "rule": node(*here)}
        assert (brought.name, brought.description) == ("Près de Rennes", "À rappeler")


def test_what_is_not_known_here_is_told_at_its_line(here: tuple[int, int, int]) -> None:
    launched("SOLDES d’été")
    named = {"segments": {"901": "Never made"}, "campaigns": {"903": "Soldes d’été"}}
    file = {"version": 1, "name": "N", "rule": node(901, 902, 903), "refers_to": named}
    text = json.dumps(file, indent=1)
    with pytest.raises(RuleError) as refused:
        exchange.read(text)
    found = {fault.code: fault for fault in exchange.faults(refused.value, text)}
    assert set(found) == {"no_segments_named", "several_campaigns_named", "unnamed_number"}
    assert found["no_segments_named"].path == "$.rule.all[1].segment"
    for code, part in (
        ("no_segments_named", "901"),
        ("several_campaigns_named", "903"),
        ("unnamed_number", "902"),
    ):
        assert part in text.splitlines()[found[code].line - 1]


BAD: list[tuple[Any, set[tuple[str, str, int]]]] = [
    ("{\n\n", {("$", "not_json", 3)}),
    ([], {("$", "wrong_type", 1)}),
    (
        {"version": 1, "rule": {}, "name": 3},
        {("$.name", "wrong_type", 4), ("$.rule", "not_a_node", 3)},
    ),
    (
        {"version": 1, "rule": {"all": [{"field": "age", "op": "like"}]}, "colour": 1},
        {("$.rule.all[0].op", "unknown_operator", 7), ("$.colour", "unknown_key", 11)},
    ),
    ({"version": 1, "rule": {"all": []}, "name": "x" * 121}, {("$.name", "text_too_long", 6)}),
    (
        {"version": 1, "rule": {"all": []}, "refers_to": {"people": {}}},
        {("$.refers_to.people", "unknown_key", 7)},
    ),
    ({"version": 1, "rule": {"all": []}, "refers_to": []}, {("$.refers_to", "wrong_type", 6)}),
    ({"version": 1, "rule": {"segment": 77}}, {("$.rule.segment", "unknown_segment", 4)}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "expected"), BAD)
def test_every_fault_is_told_with_its_path_and_line(
    file: Any, expected: set[tuple[str, str, int]]
) -> None:
    text = file if isinstance(file, str) else json.dumps(file, indent=1)
    with pytest.raises(RuleError) as refused:
        exchange.read(text)
    told = {(each.path, each.code, each.line) for each in exchange.faults(refused.value, text)}
    assert told == expected


# Paths show what cannot be printed as one sign, so that two such keys may share a path.
_keys = st.text(max_size=4).filter(str.isprintable) | st.sampled_from(["a", "{", '"', "\\", "é"])
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('{}[],:"\\ \né', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, database=None)
@given(_values)
def test_lines_are_those_of_every_part(value: Any) -> None:
    """Of a text with a member a line, the line of each is its place in reading order."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    found = lines.lines_of(text)
    written = text.split("\n")

    def check(part: Any, path: str) -> None:
        members = part.items() if isinstance(part, dict) else enumerate(part)
        for key, inner in members:
            inside = join_path(path, key)
            shown = written[found[inside] - 1].lstrip()
            if isinstance(key, str):
                assert shown.startswith(json.dumps(key, ensure_ascii=False) + ":")
            elif not isinstance(inner, dict | list):
                assert shown.rstrip(",") == json.dumps(inner, ensure_ascii=False)
            if isinstance(inner, dict | list):
                check(inner, inside)

    if isinstance(value, dict | list):
        check(value, "$")


def test_a_file_opens_in_the_builder_and_is_kept_only_once_saved(
    here: tuple[int, int, int], make_segment: Make, sign_in: SignIn
) -> None:
    segment = make_segment(node(*here), name="Près de Rennes")
    client = sign_in("marketer")
    answer = client.get(reverse("segmentation:export", args=[segment.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="pres-de-rennes.segment.json"'
    upload = SimpleUploadedFile("s.json", answer.content)
    opened = client.post(reverse("segmentation:bring"), {"file": upload}, follow=True)
    page = opened.content.decode()
    assert "Près de Rennes 2" in page
    assert "Clients VIP" in page
    assert Segment.objects.count() == 3
    wrong = client.post(reverse("segmentation:bring"), {"text": '{"version": 1,\n"rule": {}}'})
    assert wrong.status_code == 422
    told = wrong.content.decode()
    assert '<td data-label="Line">2</td>' in told
    assert "&quot;version&quot;: 1," in told
    assert client.post(reverse("segmentation:bring"), {}).status_code == 422
    static = Segment.objects.create(name="List", kind="static")
    assert client.get(reverse("segmentation:export", args=[static.pk])).status_code == 404
    analyst = sign_in("analyst")
    assert analyst.get(reverse("segmentation:export", args=[segment.pk])).status_code == 200
    assert analyst.get(reverse("segmentation:bring")).status_code == 403


def test_the_commands_take_a_segment_out_and_bring_it_in(
    here: tuple[int, int, int], make_segment: Make, tmp_path: Path
) -> None:
    segment = make_segment(node(*here), name="Près de Rennes")
    out = StringIO()
    call_command("export_segment", str(segment.pk), stdout=out)
    file = tmp_path / "segment.json"
    file.write_text(out.getvalue(), encoding="utf-8")

    def bring(*arguments: str) -> Any:
        out = StringIO()
        call_command("import_segment", str(file), "--json", *arguments, stdout=out)
        return json.loads(out.getvalue())

    def refused(command: str, *arguments: str) -> list[dict[str, Any]]:
        out = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command(command, *arguments, stdout=out)
        assert ended.value.code == 2
        errors: list[dict[str, Any]] = json.loads(out.getvalue())["errors"]
        return errors

    assert bring("--dry-run", "--name", "Copie")["rule"] == segment.rule
    assert not Segment.objects.filter(name="Copie").exists()
    made = Segment.objects.get(pk=bring("--name", "Copie")["segment"])
    assert (made.name, made.rule) == ("Copie", segment.rule)
    (taken,) = refused("import_segment", str(file))
    assert taken["code"] == "name_taken"
    file.write_text('{"version": 1,\n "rule": {"segment": 0}}', encoding="utf-8")
    (fault,) = refused("import_segment", str(file), "--name", "Autre")
    assert (fault["path"], fault["line"], fault["code"]) == ("$.rule.segment", 2, "out_of_range")
    assert refused("export_segment", "98765")[0]["code"] == "unknown_segment"
    for command in (("count_segment", "--rule"), ("import_segment",)):
        for unreadable in (str(tmp_path / "none.json"), str(tmp_path), "a\0b"):
            assert refused(*command, unreadable)[0]["code"] == "unreadable_file"


def test_a_segment_deleted_while_a_file_that_names_it_comes_in_is_told(
    make_segment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = make_segment({"all": []}, name="Fidèles")
    file = tmp_path / "segment.json"
    file.write_text(f'{{"version": 1, "rule": {{"segment": {named.pk}}}}}', encoding="utf-8")
    read = exchange.read

    def read_then_gone(content: bytes) -> exchange.Brought:
        brought = read(content)
        named.delete()
        return brought

    monkeypatch.setattr(exchange, "read", read_then_gone)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_segment", str(file), "--name", "Copie", stdout=out)
    (fault,) = json.loads(out.getvalue())["errors"]
    assert (ended.value.code, fault["code"], fault["line"]) == (2, "unknown_segment", 1)
    assert not Segment.objects.exists()
