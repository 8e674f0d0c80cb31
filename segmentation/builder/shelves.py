"""What can be chosen in the builder's lists: many controls share a list, which is told once a page.

Invariant: a list has the same key wherever it is drawn, and another one as soon as a value or a
label in it is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2s
from typing import Any

from django.utils.html import escape


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen."""

    value: str
    label: Any
    chosen: bool = False


@dataclass(frozen=True)
class Listing:
    """Options in groups which many controls share; the group without a name is none."""

    groups: tuple[tuple[Any, tuple[Option, ...]], ...]

    @cached_property
    def values(self) -> frozenset[str]:
        """What can be chosen."""
        return frozenset(option.value for _label, options in self.groups for option in options)

    @cached_property
    def html(self) -> str:
        """The options, none chosen, made once for all the controls of a drawing."""
        return "".join(map(_group, self.groups))

    @cached_property
    def key(self) -> str:
        """Its name: the same for the same list, on whichever page."""
        return blake2s(self.html.encode(), digest_size=6).hexdigest()

    @property
    def told(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The groups as JSON: the name of each, and its values with their labels."""
        return [
            (str(label), [(option.value, str(option.label)) for option in options])
            for label, options in self.groups
        ]


@lru_cache(maxsize=512)
def shelf_of(offered: tuple[tuple[str, str], ...]) -> Listing:
    """The list of these values and labels, the same one each time it is asked for."""
    return Listing((("", tuple(Option(value, label) for value, label in offered)),))


def _group(named: tuple[Any, tuple[Option, ...]]) -> str:
    label, options = named
    inner = "".join(map(option_html, options))
    return f'<optgroup label="{escape(label)}">{inner}</optgroup>' if label else inner


def option_html(option: Option) -> str:
    """One option, chosen or not."""
    selected = " selected" if option.chosen else ""
    return f"<option{valued(option.value)}{selected}>{escape(option.label)}</option>"


def valued(value: str) -> str:
    """The attribute that holds a value."""
    return f' value="{escape(value)}"'
