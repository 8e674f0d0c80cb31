"""A first idea of what each column means, from its header and from what its cells look like.

A guess never maps two columns to one field; what it does not know it leaves out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

from customers.addresses import is_mobile
from customers.fieldtypes import Cell, CleaningError, Reading, text_of
from customers.fieldtypes.contact import clean_email, clean_phone
from customers.folding import fold
from customers.models import ImportJob
from customers.spreadsheets.contacts import clean_contact
from customers.spreadsheets.fields import Field, cleaner_of, fields_of, tag_field
from customers.spreadsheets.mapping import Mapping
from customers.spreadsheets.programs import recognise
from customers.spreadsheets.reading import Spreadsheet

SAMPLE: Final = 200
_LOOKED_AT: Final = 50
# A longer header is a text put there by mistake, and would take long to clean.
_LONGEST_NAME: Final = 300
_NOISE: Final = re.compile(r"\s*[\(\[].*?[\)\]]\s*|[\s*:?]+$")
_PARTS: Final = re.compile(r"\s*/\s*|\s+ou\s+|\s+or\s+")
# Two columns in one: their header names both.
_PAIRS: Final = {
    frozenset({"first_name", "last_name"}): "full_name",
    frozenset({"postal_code", "city"}): "locality",
}
_DATE: Final = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})(?:[ T].*)?")
_AMOUNT: Final = re.compile(r"-?[\d\s.,']*\d([.,])(\d{1,2})\s*(?:€|\$|£|eur|usd)?", re.IGNORECASE)


def guess_mapping(file: Spreadsheet, kind: str) -> Mapping:
    """Guess the columns and the reading options of a file that can be opened."""
    mapping = Mapping(
        kind,
        encoding=file.encoding,
        delimiter=file.delimiter,
        sheet=file.sheet,
        header_line=file.header_line,
    )
    columns = columns_of(first_lines(file), len(file.header))
    mapping.date_format = _date_format(columns)
    mapping.decimal = _decimal(columns)
    known = fields_of(kind)
    looks = _Looks(columns, Reading(mapping.decimal, mapping.date_format), known)
    program = recognise(file.header, kind)
    found = program.found_in(file.header) if program else {}
    found = {position: key for position, key in found.items() if looks.like(position, key)}
    found |= _by_header(file.header, known, found, looks)
    _by_halves(file.header, known, found, looks)
    if kind in (ImportJob.Kind.CUSTOMERS, ImportJob.Kind.SUPPRESSIONS):
        _by_content(file.header, columns, found)
        if kind == ImportJob.Kind.SUPPRESSIONS:
            _by_contact(columns, found)
            if not file.header_line:
                _in_a_row(columns, found)
        _prefer_mobiles(file.header, columns, known["phone"], found)
    elif program is None:
        _prefer_customer_number(file.header, found)
    if "customer" in known and "customer" not in found.values():
        _by_address(columns, found)
    mapping.columns = {
        header: found.get(position, "") for position, header in enumerate(file.header)
    }
    return mapping


def first_lines(file: Spreadsheet) -> list[list[Cell]]:
    """The cells of the lines that show what a file is like."""
    return [cells for _number, cells in islice(file.rows(), SAMPLE)]


def columns_of(lines: Sequence[Sequence[Cell]], width: int) -> list[list[Cell]]:
    """For each column, its cells that hold anything."""
    return [_column(lines, position) for position in range(width)]


def _column(sample: Sequence[Sequence[Cell]], position: int) -> list[Cell]:
    return [
        cells[position]
        for cells in sample
        if position < len(cells) and cells[position] not in ("", None)
    ]


class _Looks:
    """Whether a column's cells look like what a field holds."""

    def __init__(
        self, columns: list[list[Cell]], reading: Reading, known: dict[str, Field]
    ) -> None:
        self.columns = columns
        self.reading = reading
        self.known = known

    def like(self, position: int, key: str) -> bool:
        """Say whether some of the cells can be read as the field's; of one or two, any may be bad.

        Most must be of a closed list, and no column of mere names says who a person is.
        """
        field = self.known.get(key) or tag_field(key)
        values = self.columns[position][:_LOOKED_AT]
        if field is None or not values:
            return not key or field is not None
        if key == "customer":
            return sum(map(_may_name_someone, values)) * 2 >= len(values)
        if key == "external_id" and sum(map(_is_a_name, values)) * 2 > len(values):
            return False
        if key == "phone" and not any(map(_has_digits, values)):
            return False
        clean, good = cleaner_of(field), 0
        for value in values:
            try:
                clean(value, self.reading)
            except CleaningError:
                continue
            good += 1
        if field.type == "sales_channel":
            return good >= 0.8 * len(values)
        if field.type == "consent" and not good:
            return False
        return len(values) < 3 or good >= 0.2 * len(values)


def _may_name_someone(cell: Cell) -> bool:
    """Say whether a cell may be a customer's number, e-mail or phone: a name alone is none."""
    text = text_of(cell)
    return "@" in text or _has_digits(cell) or " " not in text


def _is_a_name(cell: Cell) -> bool:
    """Say whether a cell holds words without any digit: two people may have the same."""
    return " " in text_of(cell) and not _has_digits(cell)


def _has_digits(cell: Cell) -> bool:
    return any(character.isdecimal() for character in text_of(cell))


def _by_header(
    header: list[str], known: dict[str, Field], settled: dict[int, str], looks: _Looks
) -> dict[int, str]:
    """Position → field, exact names first so that "client" never takes the place of "n° client"."""
    found: dict[int, str] = {}
    taken = {key for key in settled.values() if key}
    for halves, both in _PAIRS.items():
        if both in taken:
            taken |= halves
    for clean in (fold, _bare):
        for position, name in enumerate(header):
            if position in found or position in settled:
                continue
            for key, field in known.items():
                if clean(name) not in field.names or (key in taken and not field.repeats):
                    continue
                if looks.like(position, key):
                    found[position] = key
                    taken.add(key)
                    break
    return found


def _by_halves(
    header: list[str], known: dict[str, Field], found: dict[int, str], looks: _Looks
) -> None:
    """A header of two names is one field, "Zip/Postcode", or both in one, "CP / Ville"."""
    by_name = {name: key for key in reversed(known) for name in known[key].names}
    for position, name in enumerate(header):
        if position in found:
            continue
        keys = frozenset(by_name.get(_bare(part), "") for part in _PARTS.split(fold(name)))
        key = next(iter(keys)) if len(keys) == 1 else _PAIRS.get(keys, "")
        taken = keys | {key}
        if key in known and taken.isdisjoint(found.values()) and looks.like(position, key):
            found[position] = key


def _prefer_mobiles(
    header: list[str], columns: list[list[Cell]], phone: Field, found: dict[int, str]
) -> None:
    """Of several columns of phones, that with the most mobiles is the phone: SMS go there."""
    current = next((position for position, key in found.items() if key == "phone"), None)
    if current is None:
        return
    rivals = [
        position
        for position, name in enumerate(header)
        if position not in found and _bare(name) in phone.names
    ]
    best = max([current, *rivals], key=lambda position: _mobiles(columns[position]))
    if best != current:
        del found[current]
        found[best] = "phone"


def _mobiles(values: list[Cell]) -> int:
    count = 0
    for value in values[:_LOOKED_AT]:
        try:
            count += is_mobile(clean_phone(value, Reading()))
        except CleaningError:
            continue
    return count


def _by_address(columns: list[list[Cell]], found: dict[int, str]) -> None:
    """Where no column names a customer, one of e-mails or phones does."""
    for clean in (clean_email, clean_phone):
        for position, values in enumerate(columns):
            if not found.get(position) and values and _share(values, clean) > 0.8:
                found[position] = "customer"
                return


def _bare(name: str) -> str:
    """A header without its remarks and punctuation: "Montant_TTC (€) *" is "montant ttc"."""
    bare = _NOISE.sub("", name[:_LONGEST_NAME]).replace("_", " ").replace(".", " ")
    return fold(bare) or fold(name)


def _by_content(header: list[str], columns: list[list[Cell]], found: dict[int, str]) -> None:
    """Addresses and numbers are known by their look, whatever their header."""
    for key, clean in (("email", clean_email), ("phone", clean_phone)):
        if key in found.values():
            continue
        for position, values in enumerate(columns):
            if position not in found and values and _share(values, clean) > 0.8:
                found[position] = key
                break


def _by_contact(columns: list[list[Cell]], found: dict[int, str]) -> None:
    """Where no column is of e-mails or of phones alone, one may hold either."""
    if not {"email", "phone", "contact"}.isdisjoint(found.values()):
        return
    for position, values in enumerate(columns):
        if position not in found and values and _share(values, clean_contact) > 0.5:
            found[position] = "contact"
            return


def _in_a_row(columns: list[list[Cell]], found: dict[int, str]) -> None:
    """A mere list may be written on one line: each of its columns holds another address."""
    for position, values in enumerate(columns):
        if position not in found and values and _share(values, clean_contact) > 0.8:
            found[position] = "contact"


def _share(values: list[Cell], clean: Callable[[Cell, Reading], Any]) -> float:
    reading, good = Reading(), 0
    for value in values[:50]:
        # A mere number of nine digits may be anything.
        if isinstance(value, int | float):
            continue
        try:
            good += clean(value, reading) is not None
        except CleaningError:
            continue
    return good / len(values[:50])


def _prefer_customer_number(header: list[str], found: dict[int, str]) -> None:
    """In a file of orders "E-mail" is the customer only where no column is their number."""
    named = {
        position: name
        for position, name in enumerate(header)
        if "client" in fold(name) or "customer" in fold(name)
    }
    current = next((position for position, key in found.items() if key == "customer"), None)
    if current is not None and current not in named:
        better = next(
            (
                p
                for p in named
                if p not in found and not re.search("nom|name|prenom", fold(named[p]))
            ),
            None,
        )
        if better is not None:
            del found[current]
            found[better] = "customer"


def _date_format(columns: list[list[Cell]]) -> str:
    votes: Counter[str] = Counter()
    for values in columns:
        for value in values:
            match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
            if match is None:
                continue
            first, second, third = match.groups()
            if len(first) == 4:
                votes["YMD"] += 1
            elif int(first) > 12:
                votes["DMY"] += 100
            elif int(second) > 12 and len(third) in (2, 4):
                votes["MDY"] += 100
    return votes.most_common(1)[0][0] if votes else "DMY"


def _decimal(columns: list[list[Cell]]) -> str:
    votes: Counter[str] = Counter()
    for values in columns:
        for value in values:
            if not isinstance(value, str) or _DATE.fullmatch(value.strip()):
                continue
            match = _AMOUNT.fullmatch(value.strip())
            # A phone in pairs has more marks than a number.
            if match and value.count(".") + value.count(",") <= 2:
                votes[match[1]] += 1
    return votes.most_common(1)[0][0] if votes else ","
