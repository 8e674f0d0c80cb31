"""The shell around every page: the top bar, whose current section the page names in `nav`."""

from __future__ import annotations

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string

from accounts.navigation import entries

register = template.Library()


@register.simple_block_tag(takes_context=True)
def navigation(context: RequestContext, content: str) -> str:
    """Draw the top bar; what stands between the tags is the key of the section being read."""
    request = context.get("request")
    user = getattr(request, "user", None)
    found = entries(user, content.strip()) if user is not None else []
    return render_to_string(
        "components/navigation.html",
        {
            "main": [e for e in found if not e.section.beside],
            "beside": [e for e in found if e.section.beside],
        },
        request=request,
    )
