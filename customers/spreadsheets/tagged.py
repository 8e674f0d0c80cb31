"""Tags a batch puts on people, an import's or the API's: those they have not yet.

`Person.tags` are the words asked for, by their folded form. Nobody else tags these people
meanwhile: whoever writes a batch has locked them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from customers.models import CustomerTag, Tag
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.people import Person


def keep_new(people: Collection[Person]) -> list[Person]:
    """Those a tag is new to, and no longer a word of the tags they have; one query."""
    tagged = [person for person in people if person.tags]
    known = [person for person in tagged if person.customer.pk and person.customer.pk > 0]
    if known:
        by_id = {person.customer.pk: person for person in known}
        folded = {word for person in known for word in person.tags}
        pairs = CustomerTag.objects.filter(customer__in=by_id, tag__folded__in=folded)
        for pk, word in pairs.values_list("customer_id", "tag__folded"):
            by_id[pk].tags.pop(word, None)
    return [person for person in tagged if person.tags]


def save(people: Iterable[Person]) -> list[int]:
    """Put on each of these people their tags, none of which they have, making those that are new.

    All of them have an id. Returns the ids of what was put on.
    """
    tagged = [person for person in people if person.tags]
    words: dict[str, str] = {}
    for person in tagged:
        # The first spelling that was told names the tag.
        words = person.tags | words
    if not words:
        return []
    known = dict(Tag.objects.filter(folded__in=words).values_list("folded", "pk"))
    missing = [
        Tag(name=name, folded=folded) for folded, name in words.items() if folded not in known
    ]
    if missing:
        Tag.objects.bulk_create(missing, ignore_conflicts=True)
        known = dict(Tag.objects.filter(folded__in=words).values_list("folded", "pk"))
    put = [
        CustomerTag(customer_id=person.customer.pk, tag_id=known[folded])
        for person in tagged
        for folded in person.tags
    ]
    insert(put)
    return [each.pk for each in put]
