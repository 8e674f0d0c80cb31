"""The builder's page: what its buttons answer, what it counts, what it saves and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from customers.models import Customer
from segmentation.builder.drawing import Drawn
from segmentation.builder.shelves import Option
from segmentation.models import Segment
from tests.segmentation.conftest import BUYERS, PARIS, posted
from tests.segmentation.posting import posted_of

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
Make = Callable[..., Segment]
HTMX = {"HX-Request": "true"}


def test_a_blank_page_has_one_condition_and_counts_everyone(
    marketer: Client, people: dict[str, Customer]
) -> None:
    page = marketer.get("/segments/creer/").content.decode()
    assert 'name="r-0.about"' in page
    assert "To complete" in page
    assert "Of 6 customers" in page


def test_a_page_is_drawn_in_brief_and_whole_where_no_script_runs(
    marketer: Client, make_segment: Make
) -> None:
    url = f"/segments/{make_segment({'all': [PARIS, BUYERS] * 30}).pk}/modifier/"
    brief = marketer.get(url)
    page = brief.content.decode()
    assert f'url={brief.context["whole"]}"' in page
    # The list of subjects is told once, and each of the sixty names only its own.
    shelves = brief.context["drawn"].shelves()
    subjects = [
        option for _label, group in shelves[_list_of(page, "r-0.about")] for option in group
    ]
    assert ("field:city", "City") in subjects
    assert len(subjects) > 40
    assert page.count('value="field:birth_date"') == 0
    whole = marketer.get(url + brief.context["whole"]).content.decode()
    assert whole.count('value="field:birth_date"') == 60
    assert len(page) < len(whole) / 3


def _list_of(page: str, name: str) -> str:
    found = re.search(rf'<select [^>]*id="{re.escape(name)}"[^>]*data-list="(\w+)"', page)
    assert found is not None
    return found[1]


def test_conditions_that_the_page_has_are_only_named(
    marketer: Client, people: dict[str, Customer]
) -> None:
    def rows(**more: Any) -> tuple[list[tuple[str, bool]], str]:
        fields = posted({"all": [PARIS, BUYERS, PARIS]}, **more)
        answer = marketer.post("/segments/creer/", fields, headers=HTMX)
        drawn = answer.context["drawn"].children
        return [(node.key, node.had) for node in drawn], answer.content.decode()

    (paris, _), (buyers, _), (again, _) = rows(do="draw")[0]
    assert paris == again != buyers
    # As often as the page has it: of two that say the same, one is named and one drawn.
    told, page = rows(do="up:r-1", had=f"{paris} {buyers}")
    assert told == [(buyers, True), (paris, True), (paris, False)]
    assert 'name="r-0.about"' not in page
    assert 'name="r-2.about"' in page
    # Its number and what is wrong with it follow with the figures, or come with a refusal.
    assert 'id="c-r-0"' not in page
    told, page = rows(do="save", had=f"{paris} {buyers} {paris}", name="x", **{"r-1.v": "many"})
    assert [had for _key, had in told] == [True, False, True]
    assert ('id="c-r-0"' in page, 'id="e-r-0"' in page) == (True, True)


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        ({"measure": "sum:amount", "op": ">=", "value": 200}, "and the sum of Amount is at least"),
        ({"measure": "avg:total", "op": "top_percent", "value": 5}, "is among the highest"),
        ({"measure": "days", "op": ">=", "value": 3}, "Has bought a product on at least"),
        ({"measure": "last", "op": "in_last", "value": [9, "day"]}, "the last time in the last"),
        ({"op": ">=", "value": 3}, "Has bought a product at least times"),
    ],
)
def test_a_behaviour_reads_as_a_sentence(
    marketer: Client, people: dict[str, Customer], measured: dict[str, Any], said: str
) -> None:
    node = {"items": measured | {"when": {"last": [180, "day"]}}}
    drawn = marketer.post("/segments/creer/", posted(node, do="draw")).context["drawn"]
    (row,) = (each for each in drawn.all() if each.parts)
    words = [
        str(word)
        for control in row.every_control()
        for word in (control.lead, *(o.label for o in control.offered() if o.chosen))
        if word
    ]
    told = " ".join(words)
    assert said in told
    # What could still be added stands behind everything that is said.
    assert words[-1].startswith("+")


def test_saving_stores_the_rule_and_asks_for_its_members(
    marketer: Client, people: dict[str, Customer]
) -> None:
    answer = marketer.post("/segments/creer/", posted({"all": [PARIS, BUYERS]}, do="save"))
    segment = Segment.objects.get()
    assert answer["Location"] == f"/segments/{segment.pk}/"
    assert segment.rule == {"version": 1, "rule": {"all": [PARIS, BUYERS]}}
    assert segment.created_by is not None
    assert segment.due_at is not None
    assert AuditEntry.objects.get().facts == {"segment": segment.pk, "version": 1}


def test_saving_by_htmx_leads_to_the_segments_page(marketer: Client) -> None:
    answer = marketer.post("/segments/creer/", posted(PARIS, do="save"), headers=HTMX)
    assert answer["HX-Redirect"] == f"/segments/{Segment.objects.get().pk}/"


def test_a_changed_rule_is_a_new_version_and_a_new_name_is_not(
    marketer: Client, make_segment: Make
) -> None:
    segment = make_segment({"all": [PARIS]}, "Segment")
    url = f"/segments/{segment.pk}/modifier/"
    edition = segment.updated_at.isoformat()
    node = {"all": [PARIS]}
    marketer.post(url, posted(node, name="Renamed", do="save", edition=edition))
    segment.refresh_from_db()
    assert (segment.name, segment.version) == ("Renamed", 1)
    edition = segment.updated_at.isoformat()
    marketer.post(url, posted({"all": [BUYERS]}, do="save", edition=edition))
    segment.refresh_from_db()
    assert segment.version == 2
    assert segment.rule["rule"] == {"all": [BUYERS]}


def test_whoever_saves_second_is_told_and_overwrites_nothing(
    marketer: Client, make_segment: Make
) -> None:
    segment = make_segment({"all": [PARIS]})
    url = f"/segments/{segment.pk}/modifier/"
    drawn = marketer.get(url).context["form"].initial["edition"]
    assert marketer.post(url, posted(BUYERS, do="save", edition=drawn)).status_code == 302
    mine = {"all": [PARIS, BUYERS]}
    late = marketer.post(url, posted(mine, do="save", edition=drawn))
    assert late.status_code == 422
    assert "Nothing was overwritten" in late.content.decode()
    assert late.context["drawn"].size == 2
    segment.refresh_from_db()
    assert segment.rule["rule"] == BUYERS
    # What was typed is kept, and so is the edition it was typed upon.
    again = marketer.post(url, posted(mine, do="save", edition=drawn))
    assert again.status_code == 422


def test_a_taken_name_is_refused_at_the_name(marketer: Client, make_segment: Make) -> None:
    make_segment(PARIS, "Taken")
    answer = marketer.post("/segments/creer/", posted(PARIS, name="Taken", do="save"))
    assert answer.status_code == 422
    assert "already" in str(answer.context["form"].errors["name"])
    assert marketer.post("/segments/creer/", posted(PARIS, name="", do="save")).status_code == 422
    assert Segment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"r-0.v": ["many"]}, "r-0", "is not a number"),
        ({"r-0.v": [""]}, "r-0", "Type a number"),
        (
            {"r-1.about": ["segment"], "r-1.v": ["999"], "r-1.drawn": ["segment|id"]},
            "r-1",
            "no segment number 999",
        ),
        ({"r-1.about": [""]}, "r-1", "Choose what this condition is about"),
    ],
)
def test_what_is_wrong_is_said_at_the_condition_and_nothing_is_saved(
    marketer: Client, changes: dict[str, Any], place: str, words: str
) -> None:
    fields = posted({"all": [BUYERS, PARIS]}, do="save") | changes
    answer = marketer.post("/segments/creer/", fields)
    assert answer.status_code == 422
    at = {node.place: " ".join(node.errors) for node in answer.context["drawn"].all()}
    assert words in at.pop(place)
    assert not any(at.values())
    assert not Segment.objects.exists()


def test_a_rule_that_refers_to_itself_through_another_is_refused_at_the_condition(
    marketer: Client, make_segment: Make
) -> None:
    below = make_segment({"all": [PARIS]}, "Below")
    above = make_segment({"all": [{"segment": below.pk}]}, "Above")
    edition = below.updated_at.isoformat()
    url = f"/segments/{below.pk}/modifier/"
    looped = {"all": [PARIS, {"any": [BUYERS, {"segment": above.pk}]}]}
    answer = marketer.post(url, posted(looped, do="save", edition=edition))
    assert answer.status_code == 422
    at = {node.place: node.errors for node in answer.context["drawn"].all() if node.errors}
    assert list(at) == ["r-1-1"]
    assert "itself" in at["r-1-1"][0]
    below.refresh_from_db()
    assert below.version == 1


def test_a_rule_nested_too_deeply_is_refused(marketer: Client) -> None:
    node: dict[str, Any] = PARIS
    for _level in range(12):
        node = {"all": [node]}
    answer = marketer.post("/segments/creer/", posted(node, do="save"))
    assert answer.status_code == 422
    assert "nested too deeply" in answer.content.decode()


def test_buttons_change_the_shape_without_scripts_and_save_nothing(
    marketer: Client, people: dict[str, Customer]
) -> None:
    answer = marketer.post("/segments/creer/", posted({"all": [PARIS]}, do="group:r"))
    assert answer.status_code == 200
    assert answer.context["drawn"].children[1].is_group
    page = answer.content.decode()
    assert "<html" in page
    assert 'value="Segment"' in page
    assert not Segment.objects.exists()


def test_steps_are_undone_and_redone_without_scripts(
    marketer: Client, people: dict[str, Customer]
) -> None:
    def told(answer: Any) -> list[str]:
        return [o.value for c in answer.context["drawn"].children for o in _city(c)]

    def press(answer: Any, command: str, **typed: Any) -> Any:
        """Press a button of a drawn page on which something may have been typed."""
        fields = posted_of(answer.context["drawn"]) | typed
        history = answer.context["history"].packed
        named = {"name": "Segment", "description": "", "history": history, "do": command}
        return marketer.post("/segments/creer/", fields | named)

    start = marketer.post("/segments/creer/", posted({"all": [PARIS]}, do="draw:r"))
    both = press(start, "duplicate:r-0")
    typed = press(both, "draw:r", **{"r-1.v": ["Lyon"]})
    gone = press(typed, "remove:r-0")
    assert told(gone) == ["Lyon"]
    back = press(gone, "undo")
    assert told(back) == ["Paris", "Lyon"]
    before = press(back, "undo")
    assert told(before) == ["Paris", "Paris"]
    first = press(before, "undo")
    assert told(first) == ["Paris"]
    assert told(press(first, "undo")) == ["Paris"]
    assert told(press(press(first, "redo"), "redo")) == ["Paris", "Lyon"]
    # What is done after a step back leaves nothing to step forward to.
    other = press(before, "remove:r-1")
    assert told(press(other, "redo")) == ["Paris"]
    fields = posted(PARIS, do="undo", history="eJw=")
    assert told(marketer.post("/segments/creer/", fields)) == ["Paris"]


def _city(node: Drawn) -> list[Option]:
    return [o for c in node.every_control() if c.name.endswith(".v") for o in c.offered()]


def test_by_htmx_only_what_changed_comes_back_and_the_figures_are_asked_for_after_it(
    marketer: Client, people: dict[str, Customer]
) -> None:
    first = marketer.post("/segments/creer/", posted({"all": [PARIS]}, do="draw:r"), headers=HTMX)
    keys = [node.key for node in first.context["drawn"].all() if node.key]
    fields = posted({"all": [PARIS]}, do="add:r", had=keys)
    answer = marketer.post("/segments/creer/", fields, headers=HTMX)
    page = answer.content.decode()
    assert page.lstrip().startswith('<div id="rule">')
    assert ('name="r-0.about"' in page, 'name="r-1.about"' in page) == (False, True)
    assert ("Choose what" in page, 'id="figures"' in page) == (True, False)
    told = json.loads(answer["HX-Trigger-After-Settle"])
    assert told == {"focusOn": {"name": "r-1.about", "count": True}}
    # What is refused stands still, with all that is to be said of it.
    refused = marketer.post("/segments/creer/", {**fields, "do": "save", "name": ""}, headers=HTMX)
    assert 'id="figures"' in refused.content.decode()
    told = json.loads(refused["HX-Trigger-After-Settle"])
    assert told == {"focusOn": {"name": "problems", "count": False}}


def test_values_are_suggested_from_the_data(marketer: Client, people: dict[str, Customer]) -> None:
    found = marketer.get("/segments/valeurs/?kind=city&q=SAINT").json()["results"]
    assert found == [{"value": "Saint-Étienne", "text": "Saint-Étienne", "n": 1}]
    every = marketer.get("/segments/valeurs/?kind=city").json()["results"]
    assert [value["text"] for value in every] == ["Paris", "Lyon", "Saint-Étienne"]
    assert marketer.get("/segments/valeurs/?kind=nothing").json() == {"results": []}


def test_hostile_text_is_shown_and_counted_as_text(
    marketer: Client, people: dict[str, Customer]
) -> None:
    text = "'; DROP TABLE customers; -- <script>alert(1)</script> $$ \" \\"
    node = {"field": "city", "op": "in", "value": [text]}
    answer = marketer.post("/segments/creer/", posted({"all": [node]}, do="add:r"))
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert answer.context["preview"].total == 0
    marketer.post("/segments/creer/", posted({"all": [node]}, do="save"))
    assert Segment.objects.get().rule["rule"]["all"][0]["value"] == [text]


@pytest.mark.parametrize(
    "tampered",
    [
        {"segment": "9" * 5000},
        {"segment": "9" * 20},
        {"r.nots": "9" * 5000, "r-0.nots": "9" * 5000},
        {"r-0.raw": "[" * 100_000},
        {"r-0.raw": '{"segment": ' + "9" * 5000 + "}"},
        {"r-0.v": "a\0b"},
        {"r-0.about": "rows:nothing", "r-0.measure": "sum", "r-0.of": "\0"},
        {f"r-{n}.about": "field:city" for n in range(900)},
        {"-".join(["r", *["0"] * depth]) + ".mode": "any" for depth in range(300)},
    ],
)
def test_a_tampered_form_is_answered_and_nothing_is_saved(
    marketer: Client, people: dict[str, Customer], tampered: dict[str, Any]
) -> None:
    fields = posted(PARIS, **tampered)
    assert marketer.post("/segments/apercu/", fields).status_code == 200
    assert marketer.post("/segments/creer/", {**fields, "do": "draw:r"}).status_code == 200
    if set(tampered) & {"r-0.raw", "r-0.v", "r-0.about"}:
        assert marketer.post("/segments/creer/", {**fields, "do": "save"}).status_code == 422
        assert not Segment.objects.exists()
