"""`manage.py count_segment`: how many customers a rule or a segment means, and which.

Exits 0 with the answer, 2 on bad input with `{"errors": […]}` on standard output, 1 on a fault.
The snapshot is brought up to date first, so that what was just imported counts.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext

from customers.models import Customer
from segmentation import engine, snapshot
from segmentation.catalogue import load_catalogue
from segmentation.describe import explain
from segmentation.management.bad_input import content_of, refuse
from segmentation.models import Segment
from segmentation.rules import RuleError, parse_text
from segmentation.rules.nodes import Rule
from segmentation.rules.strict_json import MAX_BYTES

_BATCH = 5_000


class BadArgument(Exception):
    """An option that cannot be used; `args` are its name, a code and a message."""

    def as_json(self) -> dict[str, str]:
        """The form errors are printed in."""
        path, code, message = self.args
        return {"path": path, "code": code, "message": message}


class Command(BaseCommand):
    help = "Counts the customers a rule or a segment means; with --ids, lists them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rule", metavar="FILE", help="a rule as JSON; - reads it from stdin")
        parser.add_argument("--segment", metavar="ID", help="the number of a segment")
        parser.add_argument("--ids", action="store_true", help="list the customers")
        parser.add_argument("--now", metavar="ISO", help="the instant to answer for")
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            now = _instant(options["now"])
            rule = self._rule(options["rule"], options["segment"])
            engine.check_references(rule)
            answer = self._answer(rule, now, with_ids=options["ids"])
        except BadArgument as bad:
            refuse(self.stdout, [bad.as_json()])
        except RuleError as error:
            refuse(self.stdout, [p.as_json() | {"message": explain(p)} for p in error.problems])
        except snapshot.NoSnapshot as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self._tell(answer)

    def _rule(self, file: str | None, segment: str | None) -> Rule:
        if (file is None) == (segment is None):
            message = gettext("Give either a rule or the number of a segment.")
            raise BadArgument("--rule", "one_of", message)
        catalogue = load_catalogue()
        if file is not None:
            return parse_text(
                content_of(file, self.stdout, option="--rule", most=MAX_BYTES), catalogue
            )
        number = int(segment) if segment and segment.isascii() and segment.isdigit() else 0
        found = Segment.objects.filter(pk=number).first() if 0 < number < 2**63 else None
        if found is None:
            message = gettext("There is no segment number %(key)s.") % {"key": segment}
            raise BadArgument("--segment", "unknown_segment", message)
        return engine.segment_rule(found, catalogue)

    def _answer(self, rule: Rule, now: dt.datetime, *, with_ids: bool) -> dict[str, Any]:
        try:
            snapshot.sync()
        except (snapshot.Busy, snapshot.NotMigrated) as error:
            raise CommandError(str(error), returncode=1) from error
        started = time.monotonic()
        if with_ids:
            members, base, as_of = engine.members(rule, now)
            counted = len(members)
        else:
            told = engine.reach(rule, now)
            counted, base, as_of = told.total, told.base, told.as_of
        milliseconds = round((time.monotonic() - started) * 1000, 1)
        answer: dict[str, Any] = {
            "count": counted,
            "base": base,
            "as_of": as_of.isoformat(),
            "milliseconds": milliseconds,
        }
        return answer | {"ids": external_ids(members)} if with_ids else answer

    def _tell(self, answer: dict[str, Any]) -> None:
        self.stdout.write(
            gettext("%(count)s of %(base)s customers, as of %(as_of)s (%(milliseconds)s ms).")
            % answer
        )
        for name in answer.get("ids", ()):
            self.stdout.write(name)


def external_ids(members: list[int]) -> list[str]:
    """The customers' own numbers, else their primary keys, sorted; read from the database."""
    names: list[str] = []
    for start in range(0, len(members), _BATCH):
        batch = Customer.objects.filter(pk__in=members[start : start + _BATCH]).order_by()
        names += [own or str(pk) for pk, own in batch.values_list("pk", "external_id")]
    return sorted(names)


def _instant(written: str | None) -> dt.datetime:
    if written is None:
        return timezone.now()
    try:
        instant = dt.datetime.fromisoformat(written)
    except ValueError:
        message = gettext("This is not an instant such as 2026-03-31T12:00:00+02:00.")
        raise BadArgument("--now", "bad_instant", message) from None
    return instant if instant.tzinfo is not None else timezone.make_aware(instant)
