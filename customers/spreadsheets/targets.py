"""What an import is for besides its columns, in words: the tag, the list people are added to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from customers import extensions
from customers.models import ImportJob
from customers.spreadsheets.errors import refuse
from customers.spreadsheets.mapping import Bound


def check(kind: str, target: dict[str, Any], bound: Iterable[Bound]) -> None:
    """Raise SpreadsheetError where a kind needs more than its columns and the target say."""
    if kind == ImportJob.Kind.TAGS:
        if not target.get("tag") and not any(each.field.gives_tags for each in bound):
            message = _("Say which tag to put: map a column to the tags, or name one for all.")
            raise refuse("no_tag", message, path="target.tag")
    elif kind == ImportJob.Kind.MEMBERS:
        lists = extensions.member_lists()
        if lists is None:
            raise refuse("no_segment", _("No list can be added to here."), path="target.segment")
        try:
            lists.label(target)
        except ValueError as error:
            raise refuse("no_segment", str(error), path="target.segment") from None


def in_words(job: ImportJob) -> str:
    """Where the people of a file go: "Tag: VIP"; '' for a kind that says it by its columns."""
    if job.kind == ImportJob.Kind.TAGS and job.target.get("tag"):
        return _("Tag: %(tag)s") % {"tag": job.target["tag"]}
    lists = extensions.member_lists()
    if job.kind == ImportJob.Kind.MEMBERS and lists is not None:
        try:
            return _("Segment: %(name)s") % {"name": lists.label(job.target)}
        except ValueError:
            return _("This fixed segment is not there any more.")
    return ""
