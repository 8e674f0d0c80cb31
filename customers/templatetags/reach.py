"""Why hardly anyone may be written to, said wherever a number of people shows it."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.template import RequestContext

from customers.models import Channel

register = template.Library()
# Below this share of people who can be reached, the page says why and what can be done.
FEW: Final = 0.10


@register.inclusion_tag("components/why_unreachable.html", takes_context=True)
def why_unreachable(
    context: RequestContext, total: int | None, reached: int | None, channel: str = ""
) -> dict[str, Any]:
    """The explanation where under a tenth of `total` people can be reached; else nothing.

    `channel` narrows the words to one; without it, `reached` is of the better one.
    """
    shown = bool(total) and reached is not None and reached < FEW * (total or 0)
    return {
        "shown": shown,
        "total": total,
        "reached": reached,
        "channel": channel,
        "by_sms": channel == Channel.SMS,
        "request": context.get("request"),
    }


@register.filter
def better(one: int | None, other: int | None) -> int | None:
    """The larger of two reaches, None where neither is known."""
    return max((each for each in (one, other) if each is not None), default=None)
