"""Why a person is in a segment, or is not."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import requires
from accounts.roles import Capability
from customers.models import Customer
from segmentation import answers
from segmentation.describe import explain
from segmentation.models import Membership, Segment
from segmentation.rules import RuleError
from segmentation.snapshot import NoSnapshot
from segmentation.why import why as answer


@requires(Capability.SEE_CONTACTS)
@require_GET
def why(request: HttpRequest, pk: int, customer_pk: int) -> HttpResponse:
    """Each condition of the segment's rule, true or false for a person, with their own value."""
    segment = get_object_or_404(Segment, pk=pk)
    person = get_object_or_404(Customer, pk=customer_pk)
    context: dict[str, Any] = {
        "segment": segment,
        "person": person,
        "membership": Membership.objects.filter(segment=segment, customer=person).first(),
        "segments": answers.segment_names(None),
    }
    try:
        context["answer"] = answer(segment, person.pk, timezone.now())
    except RuleError as refused:
        context["problems"] = [explain(problem) for problem in refused.problems]
    except NoSnapshot:
        context["no_snapshot"] = True
    return render(request, "segmentation/why.html", context)
