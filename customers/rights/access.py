"""The archive a person gets of what is held about them: one .zip, for machines and for reading.

`donnees.json` has the keys documented in docs/guide.md; `donnees.html` says the same in the
person's language, in one file without anything from elsewhere. Invariant: the archive is written
to an unnamed temporary file that is gone with the answer, never kept.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone, translation
from django.utils.html import escape, format_html, format_html_join
from django.utils.translation import gettext as _

from accounts import audit
from accounts.templatetags import figures
from customers.models import Customer, PrivacySettings, RightsRequest
from customers.rights import holdings, own_data, register
from customers.rights.holdings import Activity, Section

FORMAT: Final = "tamis-access-1"
JSON_NAME: Final = "donnees.json"
HTML_NAME: Final = "donnees.html"
_IN_MEMORY: Final = 4_000_000


def archive(person: Customer, *, by: Any, request: RightsRequest | None = None) -> IO[bytes]:
    """Write the archive of a person, at its beginning, and note in the audit that it was made."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    with (
        translation.override(language_of(person)),
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name, parts in ((JSON_NAME, _json(person)), (HTML_NAME, _html(person))):
            with made.open(name, "w") as entry, io.TextIOWrapper(entry, "utf-8") as text:
                text.writelines(parts)
    audit.record(
        by, "rights.archive_made", customer=person.pk, request=request.pk if request else None
    )
    file.seek(0)
    return file


def sections() -> list[Section]:
    """Every section, of this app and of those above."""
    found = list(own_data.sections())
    for holding in holdings.registered():
        found += holding.sections()
    return found


def language_of(person: Customer) -> str:
    """The person's language where Tamis speaks it, else the shop's."""
    spoken = {code for code, _name in settings.LANGUAGES}
    return person.language if person.language in spoken else settings.LANGUAGE_CODE


def _json(person: Customer) -> Iterator[str]:
    """One object: a key a section, its rows written one by one."""
    privacy = PrivacySettings.load()
    head = {
        "format": FORMAT,
        "made_at": timezone.now(),
        "controller": register.controller(privacy),
        "processing": [vars(activity) for activity in register.activities()],
    }
    yield _dumped(head)[:-1]
    for section in sections():
        yield f",\n{json.dumps(section.key)}: ["
        for number, row in enumerate(section.rows(person)):
            yield (",\n" if number else "\n") + _dumped(row)
        yield "]"
    yield "}\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _html(person: Customer) -> Iterator[str]:
    privacy = PrivacySettings.load()
    title = _("Your personal data")
    yield (
        f'<!doctype html><html lang="{escape(translation.get_language())}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    )
    yield format_html("<h1>{}</h1>", title)
    yield format_html(
        "<p>{}</p>",
        _("%(controller)s, %(date)s")
        % {
            "controller": register.controller(privacy)["name"],
            "date": figures.shortdate(timezone.localdate()),
        },
    )
    for section in sections():
        yield from _section(section, person)
    yield from _processing(register.activities())
    yield format_html("<h2>{}</h2><p>{}</p>", _("Your rights"), _rights(privacy))
    yield "</body></html>\n"


def _section(section: Section, person: Customer) -> Iterator[str]:
    shown = {key: str(label) for key, label in section.columns.items()}
    yield format_html("<h2>{}</h2>", section.title)
    empty = True
    for row in section.rows(person):
        if empty:
            heads = "".join(format_html("<th>{}</th>", label) for label in shown.values())
            yield f"<div><table><thead><tr>{heads}</tr></thead><tbody>"
            empty = False
        told = (section.shown[k](row) if k in section.shown else row.get(k) for k in shown)
        cells = "".join(format_html("<td>{}</td>", readable(value)) for value in told)
        yield f"<tr>{cells}</tr>\n"
    yield format_html("<p>{}</p>", _("Nothing.")) if empty else "</tbody></table></div>"


def _processing(activities: Sequence[Activity]) -> Iterator[str]:
    yield format_html("<h2>{}</h2>", _("What your data are used for"))
    for activity in activities:
        yield format_html("<h3>{}</h3><ul>", activity.title)
        parts = (
            (_("Purposes"), activity.purposes),
            (_("Legal basis"), activity.bases),
            (_("Recipients"), activity.recipients),
            (_("How long"), activity.retention),
        )
        for label, told in parts:
            if told:
                lines = format_html_join("", "<br>{}", ((line,) for line in told))
                yield format_html("<li><b>{}</b>{}</li>", label, lines)
        yield "</ul>"


def _rights(privacy: PrivacySettings) -> str:
    contact = privacy.contact or register.controller(privacy)["name"]
    return _(
        "You may have these data corrected or erased, oppose their use, and withdraw a consent at "
        "any time: write to %(contact)s. You may also complain to the CNIL (cnil.fr)."
    ) % {"contact": contact}


def readable(value: Any) -> str:
    """A value as people read it, in the language in force."""
    match value:
        case None:
            return ""
        case bool():
            return _("Yes") if value else _("No")
        case dt.datetime():
            return figures.moment(value)
        case dt.date():
            return figures.shortdate(value)
        case Decimal():
            return figures.number(value, 0 if value == value.to_integral_value() else 2)
        case dict():
            return "; ".join(f"{key}: {readable(each)}" for key, each in value.items())
        case list():
            return ", ".join(map(readable, value))
    return str(value)


_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;"
    "color:#1d2823}h2{margin-top:2rem;border-bottom:2px solid #1d6b4f}div{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;"
    "padding:.3rem .6rem;border-bottom:1px solid #d5ddd8;vertical-align:top}"
    "@media print{body{margin:0;max-width:none}}"
)
