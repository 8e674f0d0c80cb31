"""`manage.py export_segment`: a segment as a file for another installation.

Exits 0 with the file on standard output, 2 on bad input with `{"errors": […]}`, 1 on a fault.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils.translation import gettext

from segmentation import exchange
from segmentation.describe import explain
from segmentation.models import Segment
from segmentation.rules import RuleError

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Prints a dynamic segment as a file that import_segment reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("segment", type=int, metavar="ID", help="the number of a segment")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["segment"]
        known = Segment.objects.filter(pk=number, kind=Segment.Kind.DYNAMIC)
        segment = known.first() if 0 < number < 2**63 else None
        if segment is None:
            message = gettext("There is no segment number %(key)s.") % {"key": number}
            self._refuse([{"path": "ID", "code": "unknown_segment", "message": message}])
        try:
            self.stdout.write(exchange.as_text(segment), ending="")
        except RuleError as error:
            self._refuse([p.as_json() | {"message": explain(p)} for p in error.problems])

    def _refuse(self, errors: list[dict[str, str]]) -> NoReturn:
        self.stdout.write(json.dumps({"errors": errors}, ensure_ascii=False))
        sys.exit(BAD_INPUT)
