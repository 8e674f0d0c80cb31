"""The demo shop's customers: who they are, what they agreed to, what the team noted."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from random import Random

from customers.models import (
    Channel,
    ConsentRecord,
    ConsentState,
    Customer,
    CustomerTag,
    Subject,
    Suppression,
    Tag,
)
from demo import shop

# France keeps this range of mobile numbers for fiction: 10,000 of them.
FICTION_MOBILE = "+3363998{:04d}"
WORDING = {
    Subject.EMAIL: "J’accepte de recevoir par e-mail les offres de Maison Garance.",
    Subject.SMS: "J’accepte de recevoir par SMS les offres de Maison Garance.",
    Subject.TRACKING: "J’accepte que mes clics soient utilisés pour adapter ce que je reçois.",
}
# Share of people who gave each consent, and of those, who took it back since.
GIVEN = {Subject.EMAIL: 0.78, Subject.SMS: 0.62, Subject.TRACKING: 0.55}
TAKEN_BACK = 0.06


@dataclass(frozen=True)
class Habits:
    """How a person buys: orders a day while active, the day they stop, what they like."""

    rate: float
    stops_at: dt.datetime
    category: int
    generosity: float


def plain(text: str) -> str:
    """ASCII letters of a name, for an address."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if c.isascii() and (c.isalnum() or c == "-"))


def draw_customers(random: Random, number: int, now: dt.datetime) -> list[Customer]:
    """`number` unsaved customers who signed up over the last three years, recent ones likelier."""
    towns = random.choices(shop.TOWNS, [town[3] for town in shop.TOWNS], k=number)
    return [_draw_customer(random, index, towns[index], now) for index in range(number)]


def _draw_customer(
    random: Random, index: int, town: tuple[str, str, str, int], now: dt.datetime
) -> Customer:
    gender = random.choices(["female", "male", "non_binary", ""], [66, 28, 1, 5])[0]
    names = shop.MALE_NAMES if gender == "male" else shop.FEMALE_NAMES
    first, last = random.choice(names), random.choice(shop.LAST_NAMES)
    city, postcode, country, _weight = town
    while "x" in postcode:
        highest = {"750xx": 20, "6900x": 9, "1300x": 9}.get(postcode)
        code = random.randint(1, highest or 9)
        postcode = postcode.replace("xx", f"{code:02d}").replace("x", str(code))
    age = min(88, max(18, random.gauss(43, 14)))
    address = f"{plain(first)}.{plain(last)}{index}@{random.choice(shop.DOMAINS)}"
    signed_up_at = now - dt.timedelta(days=1095 * random.random() ** 1.25, hours=random.random())
    has_mobile = country == "FR" and index < 10_000 and random.random() < 0.83
    return Customer(
        external_id=f"G{index + 1:06d}",
        email=address if random.random() < 0.94 else None,
        phone=FICTION_MOBILE.format(index) if has_mobile else None,
        first_name=first,
        last_name=last,
        gender=gender,
        birth_date=(now - dt.timedelta(days=age * 365.25)).date()
        if random.random() < 0.82
        else None,
        city=city,
        postal_code=postcode,
        country=country,
        language="fr" if random.random() < 0.97 else "en",
        children=random.choices([None, 0, 1, 2, 3], [45, 20, 14, 16, 5])[0],
        profession=random.choice(shop.PROFESSIONS) if random.random() < 0.4 else "",
        acquisition_source=random.choice(shop.SOURCES) if random.random() < 0.7 else "",
        interests=sorted(random.sample(shop.INTERESTS, random.choices([0, 1, 2, 3], k=1)[0])),
        preferred_channel=random.choices(["", "email", "sms"], [70, 18, 12])[0],
        attributes={"pointure": str(random.randint(35, 46))} if random.random() < 0.3 else {},
        signed_up_at=signed_up_at,
        created_at=signed_up_at,
    )


def draw_habits(random: Random, customer: Customer, now: dt.datetime) -> Habits:
    """How this person will buy; one in six never does, and most stop one day."""
    assert customer.signed_up_at is not None
    buys = random.random() > 0.17
    rate = random.gammavariate(0.9, 1 / 75) if buys else 0.0
    category = random.choices(
        range(len(shop.CATEGORIES)), [category.weight for category in shop.CATEGORIES]
    )[0]
    stays = dt.timedelta(days=random.expovariate(1 / 520))
    return Habits(rate, customer.signed_up_at + stays, category, random.lognormvariate(0, 0.35))


def draw_consents(
    random: Random, customers: list[Customer], now: dt.datetime
) -> tuple[list[ConsentRecord], list[Suppression]]:
    """The ledger of saved customers, and the suppressions that withdrawals leave behind."""
    records: list[ConsentRecord] = []
    suppressions: dict[tuple[str, str], Suppression] = {}
    for customer in customers:
        at = customer.signed_up_at or now
        source = f"Caisse, {random.choice(shop.STORES)}" if random.random() < 0.35 else "Site web"
        for subject, share in GIVEN.items():
            if random.random() >= share:
                continue
            records.append(_record(customer, subject, ConsentState.GIVEN, at, source))
            if random.random() >= TAKEN_BACK:
                continue
            later = at + (now - at) * random.random()
            records.append(
                _record(customer, subject, ConsentState.WITHDRAWN, later, "Lien de désinscription")
            )
            suppression = _suppress(customer, subject, later)
            if suppression:
                suppressions[suppression.channel, suppression.address_hash] = suppression
    return records, list(suppressions.values())


def _record(
    customer: Customer, subject: Subject, state: ConsentState, at: dt.datetime, source: str
) -> ConsentRecord:
    return ConsentRecord(
        customer=customer,
        subject=subject,
        state=state,
        occurred_at=at,
        source=source,
        wording=WORDING[subject] if state == ConsentState.GIVEN else "",
    )


def _suppress(customer: Customer, subject: Subject, at: dt.datetime) -> Suppression | None:
    hashes = {Subject.EMAIL: customer.email_hash, Subject.SMS: customer.phone_hash}
    address = hashes.get(subject)
    if not address:
        return None
    by_email = subject == Subject.EMAIL
    return Suppression(
        channel=Channel.EMAIL if by_email else Channel.SMS,
        address_hash=address,
        reason=Suppression.Reason.UNSUBSCRIBE if by_email else Suppression.Reason.STOP,
        source="Démonstration",
        created_at=at,
    )


def draw_tags(
    random: Random, customers: list[Customer], tags: list[Tag], now: dt.datetime
) -> list[CustomerTag]:
    """A few tags on a few people, some time after they signed up."""
    return [
        CustomerTag(
            customer=customer,
            tag=tag,
            added_at=customer.created_at + (now - customer.created_at) * random.random(),
        )
        for customer in customers
        for tag, share in zip(tags, (0.32, 0.05, 0.04, 0.01), strict=True)
        if random.random() < share
    ]
