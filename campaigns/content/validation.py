"""What is wrong with a campaign's content, said before anything is sent.

Invariant: content without problems renders for every person, except where a person's own values
leave nothing to send.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from campaigns.content.formatting import formatted
from campaigns.content.merge import LIQUID, ContentError, Template, merge_fields
from campaigns.content.rendering import compiled
from campaigns.models import Campaign
from customers.models import Channel

LONGEST_SMS: Final = 1000
LONGEST_EMAIL: Final = 50_000
LONGEST_LINK: Final = 1000
_FIELD_IN_LINK: Final = re.compile(r"https?://[^\s<>()\[\]\"']*\{[{%]")
_check_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class ContentProblem:
    """Something to mend, and in which field it is: "subject" or "body"."""

    field: str
    message: str


def validate(campaign: Campaign) -> list[ContentProblem]:
    """Everything wrong with the subject and the body; empty when the content can be sent."""
    return list(_problems(campaign))


def _problems(campaign: Campaign) -> Iterator[ContentProblem]:
    email = campaign.channel == Channel.EMAIL
    if email:
        yield from _text_problems("subject", campaign.subject, 200)
    yield from _text_problems("body", campaign.body, LONGEST_EMAIL if email else LONGEST_SMS)
    if _FIELD_IN_LINK.search(campaign.body):
        yield ContentProblem(
            "body", _("A link cannot hold a merge field: it would carry personal data.")
        )
        return
    try:
        links = compiled(campaign).links
    except ContentError:
        return  # already told, field by field
    for url in links:
        try:
            _check_url(url)
        except ValidationError:
            yield ContentProblem("body", _("This is not a web address: %(url)s") % {"url": url})
        if len(url) > LONGEST_LINK:
            yield ContentProblem("body", _("A link is too long."))
    if email:
        for href in formatted(campaign.body).other_schemes:
            if not href.startswith(("mailto:", "tel:")):
                message = _("A link begins with https:// — this one does not: %(url)s")
                yield ContentProblem("body", message % {"url": href})


def _text_problems(field: str, text: str, longest: int) -> Iterator[ContentProblem]:
    if not text.strip():
        message = _("Write a subject.") if field == "subject" else _("Write a message.")
        yield ContentProblem(field, message)
        return
    if len(text) > longest:
        message = _("This text is too long: %(longest)s characters at most.")
        yield ContentProblem(field, message % {"longest": longest})
        return
    if any(match.group().startswith("{{") and "<" in match.group() for match in _inserts(text)):
        yield ContentProblem(field, _("A merge field cannot hold HTML."))
    try:
        used = Template(text).fields()
    except ContentError as error:
        yield ContentProblem(field, str(error))
        return
    known = [str(each.key) for each in merge_fields()]
    for name in sorted(used - set(known)):
        near = difflib.get_close_matches(name, known, n=1)
        if near:
            message = _("There is no merge field “%(name)s”. Did you mean “%(near)s”?")
            yield ContentProblem(field, message % {"name": name, "near": near[0]})
        else:
            message = _("There is no merge field “%(name)s”. Choose one from the list.")
            yield ContentProblem(field, message % {"name": name})


def _inserts(text: str) -> Iterator[re.Match[str]]:
    return LIQUID.finditer(text)
