"""What an import is for besides its columns, in words: the tag, the list people are added to."""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers import extensions
from customers.models import ImportJob


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
