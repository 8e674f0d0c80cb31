"""The French catalogue is whole, means what the sources say, is set like French, and compiled."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator

import polib
import pytest

from tests import catalogue

NARROW = "\u202f"
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0-9.]*[a-zA-Z]|%[-+ #0-9.]*[sdf](?!\w)|\{\w*\}|%%")
# A code example, an address, a tag or a placeholder is not set as prose.
NOT_PROSE = re.compile(r"<[^>]*>|https?://\S*|\{\w*\}|%\(\w+\)[-+ #0-9.]*[a-zA-Z]|%{1,2}s")
FAULTS = {
    "a straight apostrophe": re.compile(r"'"),
    "straight quotation marks": re.compile(r'"'),
    "English quotation marks": re.compile(r"[“”]"),
    "three points for an ellipsis": re.compile(r"\.\.\."),
    "no narrow space before ; ! or ?": re.compile(rf"(?<![{NARROW};!?\s])[;!?]|[ \u00a0][;!?]"),
    "no narrow space before a colon": re.compile(rf"(?<![{NARROW}\d]):(?!\d)|[ \u00a0]:"),
    "no narrow space before %": re.compile(rf"(?<![{NARROW}(%])%|[ \u00a0]%"),
    "no space that holds before €": re.compile(r"(?<![\u00a0(])€"),
    "no narrow space inside « »": re.compile(rf"«(?!{NARROW})|(?<!{NARROW})»"),
}
# A capital takes its accent; these words are never written so.
BARE_CAPITALS = re.compile(r"\b(Equipe|Etat|Etape|Etiquette|Ecri\w+|Evenement|Ecart\w+|A partir)\b")
# A separator is quoted as the character itself.
QUOTED_CHARACTERS = {"Semicolon ;"}


def _entries() -> list[polib.POEntry]:
    return list(catalogue.read())


def _said(entry: polib.POEntry) -> Iterator[str]:
    yield from entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]


def _name(entry: polib.POEntry) -> str:
    return f"[{entry.msgctxt}] {entry.msgid}" if entry.msgctxt else entry.msgid


def test_every_string_has_its_french_and_none_is_doubtful_or_forgotten() -> None:
    untranslated = [_name(e) for e in _entries() if not e.obsolete and not e.translated()]
    left_over = [_name(e) for e in _entries() if e.fuzzy or e.obsolete]

    assert not untranslated
    assert not left_over


def test_plurals_follow_the_french_rule() -> None:
    assert catalogue.read().metadata["Plural-Forms"] == "nplurals=2; plural=(n > 1);"
    assert not [_name(e) for e in _entries() if e.msgid_plural and len(e.msgstr_plural) != 2]


def test_placeholders_are_the_same_on_both_sides() -> None:
    wrong = []
    for entry in _entries():
        wanted = Counter(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for number, told in enumerate(_said(entry)):
            found = Counter(PLACEHOLDER.findall(told))
            # The form for one may leave its number out, as English does.
            if found != wanted and not (number == 0 and entry.msgid_plural and found < wanted):
                wrong.append((_name(entry), told))
    assert not wrong


def test_markup_is_the_same_on_both_sides() -> None:
    tags = re.compile(r"</?\w+>")
    assert not [
        _name(entry)
        for entry in _entries()
        for told in _said(entry)
        if tags.findall(told) != tags.findall(entry.msgid_plural or entry.msgid)
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_typography_is_french(fault: str) -> None:
    assert not [
        (_name(entry), told)
        for entry in _entries()
        if entry.msgid not in QUOTED_CHARACTERS
        for told in _said(entry)
        if FAULTS[fault].search(NOT_PROSE.sub("x", told).replace("%%", "%"))
    ]


def test_capitals_bear_their_accents() -> None:
    assert not [told for e in _entries() for told in _said(e) if BARE_CAPITALS.search(told)]


def test_a_phrase_keeps_the_capital_and_the_full_stop_of_its_source() -> None:
    ends = re.compile(r"[.!?…:]$")
    odd = []
    for entry in _entries():
        for told in _said(entry):
            cut = ends.search(entry.msgid) and not ends.search(told)
            raised = entry.msgid[:1].islower() and told[:1].isupper()
            if cut or raised:
                odd.append((_name(entry), told))
    assert not odd


def test_the_compiled_catalogue_is_the_written_one() -> None:
    assert catalogue.COMPILED.read_bytes() == catalogue.read().to_binary(), "run make messages"


def test_the_written_catalogue_is_in_order_without_dates_or_locations() -> None:
    written = catalogue.read()

    assert written.metadata == catalogue.METADATA
    assert [catalogue.key(e) for e in written] == sorted(catalogue.key(e) for e in written)
    assert not [_name(e) for e in written if e.occurrences]


@pytest.mark.skipif(
    shutil.which("xgettext") is None and os.environ.get("CI") != "true",
    reason="GNU gettext reads the sources",
)
def test_the_sources_say_nothing_that_the_catalogue_does_not_know() -> None:
    known = {catalogue.key(entry): bool(entry.msgid_plural) for entry in _entries()}
    said = {catalogue.key(entry): bool(entry.msgid_plural) for entry in catalogue.extract()}

    assert not [key for key in said if known.get(key) is not said[key]], "run make messages"
    assert not [key for key in known if key not in said], "run make messages"


def test_no_source_calls_a_translation_by_a_name_the_catalogue_does_not_look_for() -> None:
    renamed = re.compile(r"import \w*gettext\w* as (?!_$)\w+", re.MULTILINE)
    assert not [
        path
        for app in catalogue.SOURCES
        for path in (catalogue.ROOT / app).rglob("*.py")
        if renamed.search(path.read_text(encoding="utf-8"))
    ]
