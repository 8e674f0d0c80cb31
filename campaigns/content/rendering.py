"""A campaign's content, compiled once and rendered for each person.

Invariant: a rendered subject is one line; a rendered text is what will be sent and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Installation
from campaigns import conf, sms
from campaigns.content.formatting import BARE_URL, Formatted, formatted
from campaigns.content.merge import LIQUID, RESERVED, ContentError, Template, one_line, values_of
from campaigns.models import Campaign
from customers.models import Channel, Customer

LONGEST_SUBJECT: Final = 300
_DOCUMENT: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{subject}</title>
<style>
body {{ margin: 0; padding: 24px 16px; background: #fff; color: #1f2933;
  font: 16px/1.55 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }}
.letter {{ max-width: 600px; margin: 0 auto; }}
h1, h2, h3 {{ line-height: 1.25; }} a {{ color: #1d5fa8; }}
.foot {{ margin-top: 32px; padding-top: 12px; border-top: 1px solid #d8dee4;
  font-size: 13px; color: #5b6773; }}
</style>
</head>
<body><div class="letter">
{body}
<p class="foot">{foot}</p>
</div></body>
</html>
"""


@dataclass(frozen=True)
class Rendered:
    """What one person gets. The last four only say something about SMS."""

    subject: str
    text: str
    html: str = ""
    parts: int = 1
    encoding: str = ""
    forcing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Compiled:
    """A campaign's parsed content; `links` are its web addresses by position."""

    channel: str
    promotional: bool
    shop_name: str
    subject: Template
    text: Template
    html: Template | None
    links: list[str]

    def render(
        self,
        customer: Customer,
        links: Sequence[str],
        unsubscribe_url: str = "",
        preferences_url: str = "",
    ) -> Rendered:
        """Render for a person, with the address each link leads through.

        Raises ContentError where this person's values leave nothing to send.
        """
        values: dict[str, Any] = values_of(customer, self.shop_name)
        values |= {f"{RESERVED}{place}": url for place, url in enumerate(links)}
        text = _clean(self.text.render(values))
        if not text:
            raise ContentError(_("The message is empty for this person."))
        if self.html is None:
            return self._sms(text)
        subject = one_line(self.subject.render(values))[:LONGEST_SUBJECT]
        if not subject:
            raise ContentError(_("The subject is empty for this person."))
        body = self.html.render(values)
        foot = Foot(customer.language, self.shop_name, unsubscribe_url, preferences_url)
        return _email(subject, text, body, foot)

    def _sms(self, text: str) -> Rendered:
        full = sms.with_stop(text) if self.promotional else text
        measure = sms.measure(full)
        return Rendered(
            "", full, parts=measure.parts, encoding=measure.encoding, forcing=measure.forcing
        )

    @cached_property
    def fields(self) -> set[str]:
        """Every merge field used, reserved ones left out."""
        used = self.subject.fields() | self.text.fields()
        return {name for name in used if not name.startswith(RESERVED)}


def compiled(campaign: Campaign) -> Compiled:
    """Parse a campaign's content. Raises ContentError with what is wrong."""
    shop_name = Installation.load().shop_name
    promotional = campaign.kind == Campaign.Kind.PROMOTIONAL
    if campaign.channel == Channel.SMS:
        source, links = _sms_source(campaign.body)
        empty = Template("")
        return Compiled(
            campaign.channel, promotional, shop_name, empty, Template(source), None, links
        )
    body: Formatted = formatted(campaign.body)
    return Compiled(
        channel=campaign.channel,
        promotional=promotional,
        shop_name=shop_name,
        subject=Template(campaign.subject),
        text=Template(body.text),
        html=Template(body.html, escape=True),
        links=body.links,
    )


def _sms_source(body: str) -> tuple[str, list[str]]:
    """The Liquid source with its web addresses replaced by reserved fields, and these."""
    links: list[str] = []
    pieces: list[str] = []
    end = 0

    def numbered(text: str) -> str:
        def replace(match: Any) -> str:
            links.append(match.group())
            return f"{{{{ {RESERVED}{len(links) - 1} }}}}"

        return BARE_URL.sub(replace, text)

    for match in LIQUID.finditer(body):
        pieces += [numbered(body[end : match.start()]), match.group()]
        end = match.end()
    pieces.append(numbered(body[end:]))
    return "".join(pieces), links


def render(campaign: Campaign, customer: Customer) -> Rendered:
    """Render for a preview: links lead straight to their pages and count nothing."""
    content = compiled(campaign)
    sample = conf.absolute(reverse("campaigns:unsubscribe_sample")) if content.promotional else ""
    return content.render(customer, content.links, sample, sample)


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(c for c in line if c.isprintable()).rstrip() for line in lines).strip()


@dataclass(frozen=True)
class Foot:
    """What stands below every e-mail; a service message has no way out of promotion to show."""

    language: str
    shop_name: str
    unsubscribe_url: str
    preferences_url: str


def _email(subject: str, text: str, body: str, foot_of: Foot) -> Rendered:
    known = dict(settings.LANGUAGES)
    language = foot_of.language if foot_of.language in known else settings.LANGUAGE_CODE
    with override(language):
        words = _("Unsubscribe")
        choose = _("Choose what you receive")
        note = _("You receive this e-mail because you agreed to hear from us.")
        from_shop = _("This e-mail comes from %(shop)s.") % {"shop": foot_of.shop_name or "Tamis"}
    if foot_of.unsubscribe_url:
        ways = [(foot_of.preferences_url, choose), (foot_of.unsubscribe_url, words)]
        ways = [way for way in ways if way[0]]
        links = format_html_join(" · ", '<a href="{}">{}</a>', ways)
        foot = format_html("{} {}", note, links)
        said = "\n".join(f"{label}\n{url}" for url, label in ways)
        text = f"{text}\n\n--\n{note}\n{said}\n"
    else:
        foot = format_html("{}", from_shop)
        text = f"{text}\n\n--\n{from_shop}\n"
    html = format_html(
        _DOCUMENT,
        lang=language,
        subject=subject,
        # Sanitised when it was formatted; its merged values are escaped by the template.
        body=mark_safe(body),
        foot=foot,
    )
    return Rendered(subject, text, str(html))
