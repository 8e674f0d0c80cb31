"""The controls of one condition, ready for the template: what is picked, typed and offered.

Invariant: what a control shows as chosen is what the draft holds, even where the catalogue no
longer offers it; drawing never changes an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from django.utils.dates import MONTHS
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from customers.folding import fold
from segmentation.builder import words
from segmentation.builder.draft import Comparison
from segmentation.builder.shelves import Listing, Option, option_html, shelf_of, valued
from segmentation.catalogue import Field, Widget
from segmentation.rules import Kind, Operand

OFFSETS: Final = range(1, -25, -1)
# Longer lists are searched by typing.
FEW: Final = 8


@dataclass(slots=True)
class Control:
    """A box or a list. `kind` is what the template draws:

    pick (a searchable list in groups), select, one and many (searchable, values suggested from
    `suggest`, new ones allowed where `free`), text, number, date. `lead` and `tail` are words
    before and after it, `suffix` the unit of a number, `attached` the list of its units; `redraw`
    says that another choice needs other boxes, `search` that the list is long; `counts` what its
    choices are counted by (see choice_counts). `listing` holds all that can be chosen, where many
    controls share it; beside it `options` are the same with what was chosen.
    """

    kind: str
    name: str
    label: Any
    value: str = ""
    options: list[Option] = field(default_factory=list)
    listing: Listing | None = None
    suggest: str = ""
    free: bool = False
    counts: str = ""
    lead: Any = ""
    suffix: Any = ""
    tail: Any = ""
    redraw: bool = False
    look: str = "v"
    search: bool = False
    invalid: bool = False
    attached: Control | None = None

    def __iter__(self) -> Iterator[Control]:
        """Itself and the one that is attached to it, as they are read."""
        yield self
        if self.attached is not None:
            yield from self.attached

    def offered(self) -> Iterable[Option]:
        """Its options, as they are listed; of a shared list the one picked is chosen."""
        if self.options or self.listing is None:
            yield from self.options
            return
        for _label, options in self.listing.groups:
            for option in options:
                yield Option(option.value, option.label, option.value == self.value)

    @property
    def body(self) -> SafeString:
        """The options as HTML: by the thousand on a long rule, too many for a template's loop."""
        if self.options or self.listing is None:
            return SafeString("".join(map(option_html, self.options)))
        here = valued(self.value)
        return SafeString(self.listing.html.replace(here, f"{here} selected", 1))

    @property
    def brief(self) -> SafeString:
        """What is chosen alone, as HTML; the rest is in the `shelf`, told once for the page."""
        chosen = [option for option in self.offered() if option.chosen]
        if not chosen and self.kind == "select":
            # A browser chooses the first.
            chosen = [*self.offered()][:1]
        return SafeString("".join(map(option_html, chosen)))

    @property
    def shelf(self) -> Listing | None:
        """All that can be chosen, whatever is; None for what is typed."""
        if self.listing is not None or not self.options:
            return self.listing
        return shelf_of(tuple((option.value, str(option.label)) for option in self.options))


def select(
    name: str, label: Any, choices: Iterable[tuple[str, Any]], chosen: str, **more: Any
) -> Control:
    """A list of which one is chosen; one that is not offered any more stays chosen."""
    offered = [(value, str(text)) for value, text in choices]
    options = [Option(value, text, value == chosen) for value, text in offered]
    if chosen and not any(option.chosen for option in options):
        options.insert(0, Option(chosen, chosen, True))
    return Control("select", name, label, chosen, options, shelf_of(tuple(offered)), **more)


def worded(
    name: str,
    label: Any,
    of: str,
    chosen: str,
    *,
    kind: str = "",
    offered: Iterable[str] = (),
    **more: Any,
) -> Control:
    """A list of words of the builder, by the name they have in `words`, all or those offered."""
    named = getattr(words, of)[kind] if kind else getattr(words, of)
    values = tuple(offered) or tuple(named)
    if chosen not in values:
        return select(name, label, [(value, named[value]) for value in values], chosen, **more)
    listing = _wording(of, kind, values, get_language() or "")
    return Control("select", name, label, chosen, listing=listing, **more)


@lru_cache(maxsize=256)
def _wording(of: str, kind: str, values: tuple[str, ...], language: str) -> Listing:
    """Words told once in each language: a long rule shows each of them a hundred times."""
    named = getattr(words, of)[kind] if kind else getattr(words, of)
    return Listing((("", tuple(Option(value, str(named[value])) for value in values)),))


def operator(name: str, test: Comparison, kind: Kind, allowed: Iterable[str]) -> Control:
    """The list of a type's operators."""
    ordered = sorted(allowed, key=list(words.OPERATORS[kind]).index)
    label = _("How it is compared")
    return worded(
        name, label, "OPERATORS", test.op, kind=kind, offered=ordered, redraw=True, look="op"
    )


def boxes(prefix: str, test: Comparison, shape: Operand, subject: Field | None) -> list[Control]:
    """The boxes of an operator's value; `subject` is the field compared, if it is one."""
    label = str(subject.label) if subject else _("Value")
    suffix = _suffix(subject)
    v, v2, unit = f"{prefix}v", f"{prefix}v2", f"{prefix}unit"
    match shape:
        case Operand.TEXT | Operand.TEXTS | Operand.ID | Operand.IDS:
            return [_chosen(v, label, test, shape, subject)]
        case Operand.NUMBER:
            return [Control("number", v, label, test.first, suffix=suffix)]
        case Operand.PERCENT | Operand.CHANGE:
            return [Control("number", v, label, test.first, suffix="%")]
        case Operand.NUMBERS:
            return [
                Control("number", v, _("From"), test.first),
                Control("number", v2, _("To"), test.second, lead=_("and"), suffix=suffix),
            ]
        case Operand.TRUTH:
            return [select(v, label, [("yes", _("yes")), ("no", _("no"))], test.first)]
        case Operand.DAY:
            return [Control("date", v, label, test.first)]
        case Operand.DAYS:
            return [
                Control("date", v, _("First day"), test.first),
                Control(
                    "date", v2, _("Last day"), test.second, lead=pgettext("before a date", "and")
                ),
            ]
        case Operand.DURATION:
            units = _units(unit, test)
            return [Control("number", v, _("How many"), test.first, attached=units)]
        case Operand.DAY_COUNT:
            return [Control("number", v, _("How many days"), test.first, suffix=_("days"))]
        case Operand.CALENDAR:
            return calendar(prefix, test)
        case Operand.NEAR:
            places = _options(subject, test.values) if subject else []
            return [
                Control("number", v2, _("Distance"), test.second, suffix=_("km")),
                Control(
                    "many", v, _("Places"), options=places, listing=_choices(subject), free=True,
                    lead=_("from"),
                ),
            ]  # fmt: skip
        case Operand.MONTH:
            months = [(str(n), name) for n, name in MONTHS.items()]
            return [select(v, _("Month"), [("", "…"), *months], test.first)]
        case _:
            return []


def window(prefix: str, test: Comparison, of: str = "WINDOWS") -> list[Control]:
    """The period of a behaviour: which kind of window, by its words, and its boxes."""
    kind = worded(f"{prefix}op", _("Period"), of, test.op, redraw=True, look="op")
    match test.op:
        case "last" | "before":
            return [kind, *boxes(prefix, test, Operand.DURATION, None)]
        case "between":
            return [kind, *boxes(prefix, test, Operand.DAYS, None)]
        case "calendar":
            return [kind, *calendar(prefix, test)]
        case "ago":
            near = Control("number", f"{prefix}v", _("From, counted back from now"), test.first)
            far = Control(
                "number", f"{prefix}v2", _("To, counted back from now"), test.second, lead=_("to")
            )
            far.attached = _units(f"{prefix}unit", test)
            return [kind, near, far]
        case _:
            return [kind]


def calendar(prefix: str, test: Comparison) -> list[Control]:
    """A whole unit of the calendar: the previous month."""
    named = words.OFFSETS.get(test.unit, {})
    offsets = [(str(n), named.get(str(n)) or _earlier(n)) for n in OFFSETS]
    which = select(f"{prefix}v", _("Which one"), offsets, test.first)
    unit = worded(f"{prefix}unit", _("Unit"), "CALENDAR_UNITS", test.unit, redraw=True)
    unit.attached = which
    return [unit]


def _earlier(offset: int) -> str:
    return _("%(count)s before this one") % {"count": -offset}


def _units(name: str, test: Comparison) -> Control:
    return worded(name, _("Unit"), "UNITS", test.unit)


def _suffix(subject: Field | None) -> str:
    if subject is None:
        return ""
    units = {"age": pgettext("of age", "years"), "days_between_orders": _("days")}
    return units.get(subject.key) or {Widget.MONEY: "€", Widget.RATIO: "%"}.get(subject.widget, "")


def _chosen(
    name: str, label: str, test: Comparison, shape: Operand, subject: Field | None
) -> Control:
    """Texts or records: typed, picked from a closed list, or suggested while typing."""
    several = shape in (Operand.TEXTS, Operand.IDS)
    if subject is None or test.op in ("contains", "not_contains", "starts_with", "ends_with"):
        return Control("text", name, label, test.first)
    free = not subject.closed and subject.kind is not Kind.REFERENCE
    if free and not subject.suggestions and not subject.choices and not several:
        return Control("text", name, label, test.first)
    options = _options(subject, test.values) if several else _offered(subject, test.first)
    if not several and not free:
        listed = [Option("", "…"), *options]
        shelf = _choices(subject, "…")
        return Control("select", name, label, test.first, listed, shelf, search=len(options) > FEW)
    return Control(
        "many" if several else "one",
        name,
        label,
        test.first,
        options,
        _choices(subject),
        suggest=subject.suggestions or "" if free else "",
        free=free,
    )


def _choices(subject: Field | None, none: str = "") -> Listing:
    """A field's choices in their own order, after one that stands for none."""
    choices = [(choice.code, str(choice.label)) for choice in subject.choices] if subject else []
    return shelf_of((("", none), *choices) if none else tuple(choices))


def _options(subject: Field, values: Sequence[str]) -> list[Option]:
    """What was chosen, as it was and in its order, so that drawing does not change it; the rest."""
    labels = {fold(choice.code): choice.label for choice in subject.choices}
    chosen = [Option(value, labels.get(fold(value), value), True) for value in values]
    taken = set(map(fold, values))
    rest = [Option(c.code, c.label) for c in subject.choices if fold(c.code) not in taken]
    return chosen + rest


def _offered(subject: Field, value: str) -> list[Option]:
    """The choices in their own order, one of them chosen in the rule's own spelling."""
    wanted = fold(value)
    if value and wanted not in {fold(choice.code) for choice in subject.choices}:
        return _options(subject, [value])
    return [
        Option(value, c.label, True) if fold(c.code) == wanted else Option(c.code, c.label)
        for c in subject.choices
    ]
