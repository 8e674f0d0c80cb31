"""Whom pasted e-mails, phones and customer numbers mean, by the identity rule of imports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from customers.ingestion.whom import people_of_batch
from customers.spreadsheets.owners import candidates
from customers.spreadsheets.people import Ambiguous

MOST: Final = 2_000
_BETWEEN: Final = re.compile(r"[\n\r\t;,]+")


class TooMany(ValueError):
    """More were pasted than a page can answer for: a file will do better."""


@dataclass
class Recognised:
    """The ids of those found, each once, and what was pasted of the others, as it was."""

    ids: list[int] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)


def told_in(text: str) -> list[str]:
    """What a pasted text names, one a line, or between commas; each once. Raises TooMany."""
    told = dict.fromkeys(" ".join(each.split()) for each in _BETWEEN.split(text))
    told.pop("", None)
    if len(told) > MOST:
        raise TooMany
    return list(told)


def recognise(told: Sequence[str]) -> Recognised:
    """Find them, in the caller's transaction, which holds those found to its end."""
    people = people_of_batch()
    asked = {each: candidates(each) for each in told}
    people.load([identity for identities in asked.values() for identity in identities])
    found, ids = Recognised(), dict[int, None]()
    for each, identities in asked.items():
        try:
            known = [people.find(identity) for identity in identities]
        except Ambiguous:
            found.several.append(each)
            continue
        person = next((one for one in known if one is not None), None)
        if person is None:
            found.unknown.append(each)
        else:
            ids[person.customer.pk] = None
    found.ids = list(ids)
    return found
