"""Finding people among a million: how long the first page of a list, its count and a search take.

    TAMIS_VAR=/tmp/bench python bench/people.py [--people 1000000] [--seed 1]

Fills the database that TAMIS_VAR or DATABASE_URL names (an empty one) with made-up customers and
what most of them said, then measures each question as its page asks it: of the list the probe of
the index, the count and the rows with their key figures. Last, all are exported. Results:
bench/people.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from customers import listing, search_index  # noqa: E402
from customers.duplicates import suggestions  # noqa: E402
from customers.exports import download, tables  # noqa: E402
from customers.listing import Criteria  # noqa: E402
from customers.models import ConsentRecord, Customer, Order  # noqa: E402
from customers.rights import retention  # noqa: E402
from customers.views.duplicates import AT_ONCE  # noqa: E402
from customers.views.privacy import SAMPLE  # noqa: E402

_SYLLABLES = (
    "mar tin du pont ber nard le roy mo reau si mon lau rent gar cia da vid bert ro ux vin cent "
    "four nier gi rard an dre mer cier bla chard per rin cle ment"
).split()
_FIRST_NAMES = (
    "Anaïs Hugo Lou Jean Marie Paul Léa Emma Louis Jules Zoé Camille Nathalie Isabelle Sylvie "
    "Catherine Nicolas Julien Thomas Claire"
).split()
_DOMAINS = ("gmail.com", "orange.fr", "free.fr", "exemple.fr", "wanadoo.fr")
_CITIES = (("75011", "Paris"), ("69003", "Lyon"), ("13001", "Marseille"), ("59000", "Lille"))
# What is typed, and what it stands for.
SEARCHES = {
    "morgane lefebvre-dubreuil": "one person's name",
    "zoé marber": "a first name and the beginning of a name",
    "anais": "a first name one in twenty has",
    "tin": "three letters most names may hold",
    "xqz": "three letters nobody has",
    "gmail.com": "a domain one in five has",
    "a.rare@quelquepart.fr": "an e-mail address",
    "06 12 34": "the beginning of a phone number",
    "+33612345": "the same from abroad",
    "5678": "four digits",
    "cli-0042": "the beginning of customer numbers",
    "zo": "two letters",
    "xq": "two letters nobody has",
    "vincent v": "a name and an initial",
    "zwierz": "a name only the end of the list holds",
}


def fill(people: int, seed: int) -> None:
    """Write made-up customers, ten thousand at a time; the same ones for the same seed."""
    random = Random(seed)
    names = [
        "".join(random.choices(_SYLLABLES, k=random.randint(2, 3))).capitalize()
        for _ in range(40_000)
    ]
    started = time.monotonic()
    for start in range(0, people, 10_000):
        batch = [
            _person(random, names, number) for number in range(start, min(start + 10_000, people))
        ]
        Customer.objects.bulk_create(batch, batch_size=1000)
    print(f"{people} people written in {time.monotonic() - started:.0f} s")
    _say(random)
    Customer.objects.create(first_name="Morgane", last_name="Lefebvre-Dubreuil")
    Customer.objects.create(first_name="Rare", email="a.rare@quelquepart.fr")


def _say(random: Random) -> None:
    """Two in three agreed to e-mails, one in ten of them no more; one in five bought."""
    started, now = time.monotonic(), timezone.now()
    people = list(Customer.objects.order_by("pk").values_list("pk", "created_at"))
    for start in range(0, len(people), 10_000):
        said, bought = [], []
        for pk, since in people[start : start + 10_000]:
            at = since + (now - since) * random.random()
            if random.random() < 0.66:
                said.append(_word(pk, "given", since))
                if random.random() < 0.1:
                    said.append(_word(pk, "withdrawn", at))
            if random.random() < 0.2:
                bought.append(Order(customer_id=pk, placed_at=at, total=30, status="paid"))
        ConsentRecord.objects.bulk_create(said, batch_size=1000)
        Order.objects.bulk_create(bought, batch_size=1000)
    print(f"what they said and bought written in {time.monotonic() - started:.0f} s")


def _word(pk: int, state: str, at: dt.datetime) -> ConsentRecord:
    return ConsentRecord(
        customer_id=pk, subject="email", state=state, occurred_at=at, source="Form"
    )


def _person(random: Random, names: list[str], number: int) -> Customer:
    first, last = random.choice(_FIRST_NAMES), random.choice(names)
    postal_code, city = random.choice(_CITIES)
    if number % 50 == 0:
        # Fifteen thousand at the very end of the alphabet: the worst case of a walk.
        last = f"Zwierz{last}"
    email = f"{first}.{last}{random.randrange(1000)}@{random.choice(_DOMAINS)}".lower()
    return Customer(
        external_id=f"CLI-{number:07d}",
        first_name=first,
        last_name=last,
        email=email,
        phone=f"+336{random.randrange(10**8):08d}",
        postal_code=postal_code,
        city=city,
        created_at=timezone.now() - dt.timedelta(days=random.randrange(2200)),
    )


def measured(rounds: int) -> list[tuple[str, int, str, float, float]]:
    """Per question: what it is, how many were found, its median and its longest time in ms."""
    rows = [_measure("the whole list", Criteria(), rounds)]
    rows += [
        _measure(f"“{typed}”: {what}", Criteria(q=typed), rounds)
        for typed, what in SEARCHES.items()
    ]
    rows += [
        _measure(f"consent to e-mails: {state}", Criteria(email_consent=state), rounds)
        for state in ("given", "withdrawn", "unknown")
    ]
    rows += [_measure("can be written to by e-mail", Criteria(reachable="email"), rounds)]
    return rows


def others(rounds: int) -> list[tuple[str, int, float]]:
    """Per other page: what it is, how many were found, its median time in ms."""
    since = retention.limit()

    def inactive() -> int:
        proposed = retention.proposed(since)
        list(proposed.order_by("pk")[:SAMPLE])
        return proposed.count()

    pages: dict[str, Callable[[], int]] = {
        "people to purge": inactive,
        "exact duplicates": lambda: len(
            suggestions.exact(suggestions.stretch(suggestions.EMAIL), AT_ONCE)
        ),
    }
    pages |= {
        f"duplicates: {key}": partial(
            lambda key: len(suggestions.page(suggestions.stretch(key)).groups), key
        )
        for key in suggestions.KEYS
    }
    rows = []
    for name, page in pages.items():
        times, found = [], 0
        for _ in range(rounds):
            started = time.perf_counter()
            found = page()
            times.append((time.perf_counter() - started) * 1000)
        rows.append((name, found, median(times)))
    return rows


def export() -> str:
    """Everyone as CSV: seconds of wall clock and of this process, megabytes it grew by."""
    member = User.objects.get_or_create(email="bench@shop.example")[0]
    table = tables.known(tables.PEOPLE)
    assert table is not None
    before, started, worked = _peak(), time.monotonic(), time.process_time()
    chunks = download.content(
        table, Customer.objects.order_by("pk"), file_format=download.CSV, columns=(), by=member
    )
    size = sum(map(len, chunks))
    return (
        f"{size / 1e6:.0f} MB of CSV in {time.monotonic() - started:.0f} s"
        f" ({time.process_time() - worked:.0f} s of processor), {_peak() - before:.0f} MB more"
    )


def _peak() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def _measure(name: str, criteria: Criteria, rounds: int) -> tuple[str, int, str, float, float]:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        chosen = listing.select(criteria)
        listing.page(chosen, criteria.sort, first=criteria.first)
        found, all_of_them = listing.count(chosen, criteria)
        times.append((time.perf_counter() - started) * 1000)
    return name, found, "" if all_of_them else "+", median(times), max(times)


def main() -> None:
    """Fill where there is nobody yet, catch up, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    if not Customer.objects.exists():
        fill(asked.people, asked.seed)
    started = time.monotonic()
    print(f"{search_index.catch_up()} people indexed in {time.monotonic() - started:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(
        f"\n| {connection.vendor} | found | median, ms | longest, ms |\n| --- | --: | --: | --: |"
    )
    for name, found, more, middle, longest in measured(asked.rounds):
        print(f"| {name} | {found:,}{more} | {middle:.0f} | {longest:.0f} |")
    for name, found, middle in others(asked.rounds):
        print(f"| {name} | {found:,} | {middle:.0f} | |")
    print(f"\n{export()}")


if __name__ == "__main__":
    main()
