"""The reference of the rule language as a Markdown document, in the language that is active."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from segmentation.reference import Entry, Part, Table


def markdown(parts: Iterable[Part]) -> str:
    """The whole document, ended by a line break."""
    return "\n".join(_lines(parts)) + "\n"


def _lines(parts: Iterable[Part]) -> Iterator[str]:
    yield "<!-- manage.py rules_reference -->"
    yield "# " + _("The rule language")
    yield ""
    yield _(
        "A segment’s rule is written in JSON. The builder writes it for you; this reference is for "
        "those who read it, keep it or write it from another program. The same rule always means "
        "the same people at the same instant."
    )
    yield ""
    yield "```json"
    yield '{"version": 1, "rule": {"field": "city", "op": "is", "value": "Lyon"}}'
    yield "```"
    for part in parts:
        yield from ("", f"## {part.title}")
        yield from _note(part.note)
        for table in part.tables:
            yield from _table(table)


def _note(note: str) -> Iterator[str]:
    if note:
        yield from ("", note)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"### {table.title}")
    yield from _note(table.note)
    yield ""
    if not any(entry.example for entry in table.entries):
        yield "| " + " | ".join((_("Written"), _("Name"), _("Type"))) + " |"
        yield "| --- | --- | --- |"
        for entry in table.entries:
            yield f"| `{entry.key}` | {_cell(entry.label)} | {_cell(entry.detail)} |"
        return
    for entry in table.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    told = _("**%(label)s**: %(detail)s") if entry.detail else "**%(label)s**"
    yield f"- `{entry.key}` " + told % {"label": entry.label, "detail": entry.detail}
    yield f"  - `{entry.example}`"
    yield f"  - *{entry.sentence}*"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
