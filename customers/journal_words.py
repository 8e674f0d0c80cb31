"""How the decisions about people and their data read in the journal: in numbers, never a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.journal import Action, Facts, name
from accounts.templatetags.figures import number
from customers.exports import tables
from customers.exports.download import EXPORTED, FORMATS

_PLAIN: Final[dict[str, Promise]] = {
    "attribute.created": gettext_lazy("Added a custom attribute"),
    "attribute.edited": gettext_lazy("Changed a custom attribute"),
    "event_property.declared": gettext_lazy("Declared an event property"),
    "event_property.edited": gettext_lazy("Changed an event property"),
    "event_property.deleted": gettext_lazy("Took back the declaration of an event property"),
    "note.deleted": gettext_lazy("Deleted a note"),
    "place.added": gettext_lazy("Added a place"),
    "place.edited": gettext_lazy("Changed a place"),
    "place.deleted": gettext_lazy("Deleted a place"),
    "privacy.controller_changed": gettext_lazy("Changed who answers for the data"),
    "privacy.retention_changed": gettext_lazy("Changed how long people are kept"),
    "rights.done": gettext_lazy("Closed a request about personal data"),
    "rights.rectified": gettext_lazy("Rectified a person's data"),
    "rights.refused": gettext_lazy("Refused a request about personal data"),
    "shop.connected": gettext_lazy("Connected a shop"),
    "shop.disconnected": gettext_lazy("Disconnected a shop"),
    "shop.rotated": gettext_lazy("Renewed a shop's key"),
    "shop.turned_off": gettext_lazy("Turned a connected shop off"),
    "shop.turned_on": gettext_lazy("Turned a connected shop on"),
    "signup_form.created": gettext_lazy("Made a sign-up form"),
    "signup_form.edited": gettext_lazy("Changed a sign-up form"),
    "signup_form.opened": gettext_lazy("Opened a sign-up form"),
    "signup_form.closed": gettext_lazy("Closed a sign-up form"),
    "customer.deleted": gettext_lazy("Deleted a person"),
    "customer.erased": gettext_lazy("Erased a person at their request"),
}
_OF_A_PERSON: Final[dict[str, Promise]] = {
    "customer.opposed": gettext_lazy("Recorded an opposition"),
    "customers.told_apart": gettext_lazy("Said that two records are two people"),
    "rights.archive_made": gettext_lazy("Made the archive of a person's data"),
    "rights.requested": gettext_lazy("Recorded a request about personal data"),
}
_OF_PEOPLE: Final[dict[str, Promise]] = {
    "attribute.deleted": gettext_lazy("Deleted a custom attribute"),
    "customers.purge_decided": gettext_lazy("Decided a purge of inactive people"),
    "customers.purged": gettext_lazy("Purged inactive people"),
    "customers.tagged": gettext_lazy("Tagged people"),
    "customers.untagged": gettext_lazy("Took a tag off people"),
    "tag.deleted": gettext_lazy("Deleted a tag"),
}


def register() -> None:
    """Name the actions of this app."""
    for action, label in _PLAIN.items():
        name(action, Action(label))
    for action, label in _OF_A_PERSON.items():
        name(action, Action(label, url=_page("customers:detail", "customer")))
    for action, label in _OF_PEOPLE.items():
        name(action, Action(label, _people))
    job = _page("customers:import_report", "job")
    name("customers.imported", Action(gettext_lazy("Imported a file"), _rows, job))
    name("customers.import_stopped", Action(gettext_lazy("Stopped an import"), url=job))
    name("customers.import_undone", Action(gettext_lazy("Undid an import"), url=job))
    name(
        "customers.rejected_lines_exported",
        Action(gettext_lazy("Downloaded the rejected lines of an import"), url=job),
    )
    name(EXPORTED, Action(gettext_lazy("Exported data"), _export))
    merged = _page("customers:detail", "customer")
    name("customers.merged", Action(gettext_lazy("Merged two records"), _merge, merged))


def _page(url_name: str, fact: str) -> Callable[[Facts], str]:
    return lambda facts: reverse(url_name, args=[facts[fact]]) if facts.get(fact) else ""


def _people(facts: Facts) -> str:
    n = int(facts.get("people") or 0)
    said = ngettext("%(n)s person", "%(n)s people", n)
    return said % {"n": number(n)}


def _rows(facts: Facts) -> str:
    n = int(facts.get("rows") or 0)
    return ngettext("%(n)s row", "%(n)s rows", n) % {"n": number(n)}


def _export(facts: Facts) -> str:
    table = tables.known(str(facts.get("table")))
    parts = [
        str(table.label) if table else str(facts.get("table")),
        _rows(facts),
        str(FORMATS.get(str(facts.get("format")), "")),
    ]
    if not facts.get("complete", True):
        parts.append(_("broken off before the end"))
    return " · ".join(part for part in parts if part)


def _merge(facts: Facts) -> str:
    said = _("record %(gone)s into %(kept)s") % {
        "gone": facts.get("merged"),
        "kept": facts.get("customer"),
    }
    moved = sum(
        n for key, n in facts.items() if key not in ("merged", "customer") and isinstance(n, int)
    )
    rows = ngettext("%(n)s row moved", "%(n)s rows moved", moved) % {"n": number(moved)}
    return f"{said} · {rows}"
