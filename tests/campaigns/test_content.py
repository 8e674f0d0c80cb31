"""What people get to read, and what can never get into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from campaigns import content
from campaigns.content.merge import ContentError
from campaigns.models import Campaign
from customers.models import CustomAttribute, Customer

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read problems in the words of the source."""
    with translation.override("en"):
        yield


def email(body: str, subject: str = "Bonjour", **fields: str) -> Campaign:
    return Campaign(name="c", channel="email", subject=subject, body=body, **fields)


def sms(body: str) -> Campaign:
    return Campaign(name="c", channel="sms", body=body)


def person(**fields: object) -> Customer:
    return Customer(**{"first_name": "Zoé", "city": "Lyon", "language": "fr"} | fields)


def test_merge_fields_are_filled_in_and_have_a_default() -> None:
    campaign = email("{{ city }}", "{{ first_name | default: 'vous' }}, {{ city | upcase }}")
    assert content.render(campaign, person()).subject == "Zoé, LYON"
    assert content.render(campaign, person(first_name="")).subject == "vous, LYON"


def test_custom_attributes_can_be_inserted() -> None:
    CustomAttribute.objects.create(key="size", label="Pointure", type="number")
    campaign = email("Taille {{ attr.size }}")
    assert content.validate(campaign) == []
    assert "Taille 42" in content.render(campaign, person(attributes={"size": "42"})).text


def test_a_value_is_never_markup_nor_formatting() -> None:
    rendered = content.render(
        email("Bonjour **{{ first_name }}**"),
        person(first_name="<script>x</script> [a](https://evil.example) *b*"),
    )
    assert "<script>" not in rendered.html
    assert "&lt;script&gt;" in rendered.html
    assert 'evil.example"' not in rendered.html
    assert "[a](https://evil.example) *b*" in rendered.text


def test_a_value_is_never_read_as_a_template() -> None:
    rendered = content.render(email("{{ first_name }}"), person(first_name="{{ city }}"))
    assert "{{ city }}" in rendered.text


@pytest.mark.parametrize(
    "value", ["a\r\nBcc: evil@example.com", "a\nb", "a\u2028b", "a\x00b", "a\x0bb"]
)
def test_no_line_break_of_a_value_reaches_the_subject(value: str) -> None:
    subject = content.render(email("x", "Hello {{ first_name }}"), person(first_name=value)).subject
    assert subject.isprintable()


def test_html_typed_by_the_author_is_shown_as_text() -> None:
    rendered = content.render(
        email("<img src=x onerror=alert(1)> [x](javascript:alert(1))"), person()
    )
    assert "<img" not in rendered.html
    assert 'href="javascript' not in rendered.html


def test_the_plain_text_part_says_all_the_html_says() -> None:
    body = (
        "# Titre\n\nVoici **gras** et [un lien](https://a.example/x?y=1&z=2).\n\n"
        "- un\n- deux\n\nFin"
    )
    rendered = content.render(email(body), person())
    assert rendered.text.startswith(
        "Titre\n\nVoici gras et un lien (https://a.example/x?y=1&z=2).\n\n- un\n- deux\n\nFin"
    )
    for piece in ("<h1>Titre</h1>", "<strong>gras</strong>", "<li>deux</li>"):
        assert piece in rendered.html
    assert '<a href="https://a.example/x?y=1&amp;z=2">un lien</a>' in rendered.html


def test_links_are_found_in_order_and_replaced() -> None:
    campaign = email("[un](https://a.example) puis https://b.example/c. Et [trois](mailto:a@b.fr)")
    compiled = content.compiled(campaign)
    assert compiled.links == ["https://a.example", "https://b.example/c"]
    rendered = compiled.render(person(), ["https://t/1", "https://t/2"], "https://t/d")
    assert 'href="https://t/1"' in rendered.html
    assert 'href="https://t/2"' in rendered.html
    assert "b.example" not in rendered.text
    assert 'href="https://b.example' not in rendered.html
    assert rendered.text.count("https://t/d") == 1


def test_links_of_an_sms_are_found_around_merge_fields() -> None:
    compiled = content.compiled(
        sms("{{ first_name }}: https://a.example/b, puis https://c.example!")
    )
    assert compiled.links == ["https://a.example/b", "https://c.example"]
    assert compiled.render(person(), ["L1", "L2"]).text.startswith("Zoé: L1, puis L2!")


def test_a_promotional_sms_is_counted_with_its_stop_mention() -> None:
    rendered = content.render(sms("a" * 155), person())
    assert rendered.text.endswith("Rep. STOP")
    assert rendered.parts == 2


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("{{ frist_name }}", "first_name"),
        ("{{ first_name ", "merge field"),
        ("{% for a in b %}x{% endfor %}", "for"),
        ("{% include 'x' %}", "include"),
        ("{{ city | safe }}", "safe"),
        ("{{ '<b>' }}", "HTML"),
        ("{{ tamis_link_0 }}", "tamis_link_0"),
        ("https://a.example/{{ city }}", "personal"),
        ("https://a.example/?c={{ city }}", "personal"),
        ("[a](https://nope)", "https://nope"),
        ("[a](ftp://x.example/)", "ftp://x.example/"),
        ("   ", "Write"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(body: str, word: str) -> None:
    found = content.validate(email(body))
    assert [problem.field for problem in found] == ["body"]
    assert word in str(found[0].message)


def test_conditions_are_allowed() -> None:
    campaign = email("{% if city == 'Lyon' %}Rhône{% else %}Ailleurs{% endif %}")
    assert content.validate(campaign) == []
    assert "Rhône" in content.render(campaign, person()).text


def test_a_message_that_is_empty_for_someone_cannot_be_made() -> None:
    with pytest.raises(ContentError):
        content.render(sms("{{ city }}"), person(city=""))
    with pytest.raises(ContentError):
        content.render(email("x", "{{ city }}"), person(city=""))


def test_a_badly_written_merge_field_is_explained_in_the_readers_language_only() -> None:
    with pytest.raises(ContentError) as refused:
        content.merge.Template("Bonjour {{ first_name")
    assert "{{ first_name }}" in str(refused.value)
    assert "expected" not in str(refused.value)
