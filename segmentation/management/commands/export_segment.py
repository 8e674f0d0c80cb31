"""`manage.py export_segment`: a segment as a file for another installation.

Exits 0 with the file on standard output, 2 on bad input with `{"errors": […]}`, 1 on a fault.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext

from segmentation import exchange
from segmentation.describe import explain
from segmentation.management.bad_input import refuse
from segmentation.models import Segment
from segmentation.rules import RuleError


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
            refuse(self.stdout, [{"path": "ID", "code": "unknown_segment", "message": message}])
        try:
            self.stdout.write(exchange.as_text(segment), ending="")
        except RuleError as error:
            refuse(self.stdout, [p.as_json() | {"message": explain(p)} for p in error.problems])
