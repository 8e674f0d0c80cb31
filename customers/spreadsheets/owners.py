"""Whom the lines of a file that is not of customers are about: one cell names each person.

The cell is a customer number, else an e-mail, else a phone. Who is unknown is created only where
the kind of file allows it, and never from what looks like a mere name.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from django.utils.translation import gettext_lazy as _

from customers.fieldtypes import CleaningError, Reading
from customers.fieldtypes.contact import clean_email, clean_phone
from customers.models import Customer
from customers.spreadsheets.identities import Identity
from customers.spreadsheets.inserting import unsaved
from customers.spreadsheets.lines import Line, Problem
from customers.spreadsheets.people import Ambiguous, People, Person
from customers.spreadsheets.report import Report

_MAX_NUMBER = 80


class Unknown(Enum):
    """What becomes of someone nobody knows yet."""

    CREATED = "created"
    # Only from an e-mail or a phone: a number alone would make someone nobody can tell.
    WITH_ADDRESS = "with_address"
    REJECTED = "rejected"


def place(
    people: People, lines: Sequence[Line], report: Report, unknown: Unknown
) -> list[tuple[Line, Person]]:
    """Give each sound line the person its `customer` cell names, in the order of the lines.

    A line without one gets a problem instead. Those created are saved, their consent unknown.
    """
    told = [
        (line, candidates(line.values["customer"]))
        for line in lines
        if not line.problems and "customer" in line.values
    ]
    everyone = [identity for _line, identities in told for identity in identities]
    people.load(everyone)
    erased = people.erased(everyone)
    placed = []
    for line, identities in told:
        if any(
            not erased.isdisjoint((who.email, who.phone, who.external_id)) for who in identities
        ):
            message = _("This person asked to be erased; an import does not bring them back.")
            line.problems.append(Problem("erased", message))
            continue
        try:
            found = (people.find(identity) for identity in identities)
            person = next((each for each in found if each is not None), None)
        except Ambiguous as error:
            line.problems.append(error.problem)
            continue
        if person is None:
            problem = _refusal(line.values["customer"], identities, unknown)
            if problem is not None:
                line.problems.append(problem)
                continue
            new = identities[-1]
            person = people.add(
                unsaved(Customer, external_id=new.external_id, email=new.email, phone=new.phone)
            )
        person.seen = True
        placed.append((line, person))
    report.customers_created += len(people.added)
    people.settle()
    return placed


def candidates(told: str) -> list[Identity]:
    """Who a cell may name: by number first, then by e-mail or phone.

    The last one is what someone unknown is created with.
    """
    identities = [Identity(external_id=told)]
    if "@" in told:
        try:
            identities.append(Identity(email=clean_email(told, Reading())))
        except CleaningError:
            return identities
    elif sum(character.isdecimal() for character in told) >= 9:
        try:
            phone = clean_phone(told, Reading())
        except CleaningError:
            return identities
        # Nine digits alone may be a phone without its zero, or a number: known ones are both.
        found = Identity(phone=phone)
        return [*identities, found] if told[0] in "+0" else [found, *identities]
    return identities


def _refusal(told: str, identities: list[Identity], unknown: Unknown) -> Problem | None:
    """Why someone unknown is not created, if they are not."""
    new = identities[-1]
    if unknown is Unknown.REJECTED:
        return Problem("unknown_customer", _("Nobody has this customer number, e-mail or phone."))
    if new.external_id is None:
        return None
    if unknown is Unknown.WITH_ADDRESS:
        message = _(
            "Nobody has this customer number; only an e-mail or a phone can make a new customer."
        )
        return Problem("unknown_customer", message)
    if "@" in told:
        message = _("This is not an e-mail address. Write it like name@example.com.")
        return Problem("not_an_email", message)
    if len(told) > _MAX_NUMBER:
        return Problem("too_long", _("A customer number has at most 80 characters."))
    if " " in told and not any(character.isdecimal() for character in told):
        message = _("This is a name. Say who it is by a customer number, an e-mail or a phone.")
        return Problem("only_a_name", message)
    return None
