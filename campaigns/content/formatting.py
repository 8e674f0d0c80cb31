"""The simple formatting of e-mails: titles, bold, italics, lists and links, and nothing else.

Invariant: whatever is typed, what comes out holds no tag and no address of a kind other than those
listed here. It is formatted once a campaign, with the merge fields set aside, so that a
person's name can never be read as formatting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import nh3
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from campaigns.content.merge import LIQUID, RESERVED

BARE_URL: Final = re.compile(r"https?://[^\s<>()\[\]{}\"'«»]*[^\s<>()\[\]{}\"'«».,;:!?…*_]")
_UNMARKED_URL: Final = re.compile(rf"(?<![<\[(\"'\w]){BARE_URL.pattern}(?!\]\()")
_PLACE: Final = "https://link.invalid/"
_OPEN, _CLOSE = "\ue000", "\ue001"
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_TAGS: Final = {"p", "br", "strong", "em", "h1", "h2", "h3", "ul", "ol", "li", "a", "hr"}
_RULES: Final = [
    "heading", "list", "hr", "emphasis", "balance_pairs", "link", "autolink", "newline", "escape",
]  # fmt: skip


@dataclass(frozen=True)
class Formatted:
    """An e-mail's body as two Liquid sources, and the links in them by position."""

    html: str
    text: str
    links: list[str]
    other_schemes: list[str]


def formatting_help() -> list[tuple[str, str | Promise]]:
    """What one can type, and what it gives."""
    return [
        ("# …", _("A title")),
        ("**…**", _("Bold")),
        ("*…*", _("Italics")),
        ("- …", _("A list")),
        ("[…](https://…)", _("A link with its own words")),
    ]


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("zero", {"breaks": True, "html": False}).enable(_RULES)


def formatted(source: str) -> Formatted:
    """Format a body; merge fields come through untouched, links become reserved fields."""
    inserts: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        inserts.append(match.group())
        return f"{_OPEN}{len(inserts) - 1}{_CLOSE}"

    plain = LIQUID.sub(set_aside, _PRIVATE.sub("", source.replace("\r\n", "\n")))
    tokens = _markdown().parse(_UNMARKED_URL.sub(r"<\g<0>>", plain))
    links, others = _take_links(tokens)
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "mailto", "tel"},
        link_rel=None,
    )
    safe = re.sub(rf"{_PLACE}(\d+)", rf"{{{{ {RESERVED}\1 }}}}", safe)
    return Formatted(_restore(safe, inserts), _restore(_as_text(tokens), inserts), links, others)


def _restore(text: str, inserts: list[str]) -> str:
    return re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda match: inserts[int(match.group(1))], text)


def _take_links(tokens: Iterable[Token]) -> tuple[list[str], list[str]]:
    """Number the web links, put their number in the place of the address."""
    links: list[str] = []
    others: list[str] = []
    for token in tokens:
        for child in token.children or ():
            if child.type != "link_open":
                continue
            href = str(child.attrGet("href") or "")
            if href.lower().startswith(("http://", "https://")):
                child.attrSet("href", f"{_PLACE}{len(links)}")
                links.append(href)
            else:
                others.append(href)
    return links, others


def _as_text(tokens: list[Token]) -> str:
    """The plain-text part: paragraphs, dashes for lists, addresses in brackets after links."""
    lines: list[str] = []
    lists: list[int | None] = []
    marker = ""
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                lines += [""] if not lists else []
            case "list_item_open":
                number = lists[-1]
                marker = "  " * (len(lists) - 1) + ("- " if number is None else f"{number}. ")
                lists[-1] = None if number is None else number + 1
            case "inline":
                lines.append(marker + _inline_text(token.children or []))
                lines += [] if lists else [""]
                marker = ""
            case "hr":
                lines += ["----", ""]
    return "\n".join(lines).strip() + "\n"


def _inline_text(children: list[Token]) -> str:
    parts: list[str] = []
    start, href = 0, ""
    for child in children:
        match child.type:
            case "text" | "text_special":
                parts.append(child.content)
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "link_open":
                start, href = len(parts), str(child.attrGet("href") or "")
            case "link_close":
                words = "".join(parts[start:])
                address = href
                if href.startswith(_PLACE):
                    address = f"{{{{ {RESERVED}{href.removeprefix(_PLACE)} }}}}"
                if child.info == "auto" or BARE_URL.fullmatch(words):
                    parts[start:] = [address]
                else:
                    parts[start:] = [f"{words} ({address})"]
    return "".join(parts)
