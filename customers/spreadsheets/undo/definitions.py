"""Taking back the custom attributes an import made, once its values are gone.

Invariant: an attribute stays that anybody has a value for, that a rule, a sign-up form or an
import to come refers to, or that somebody has edited since.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from customers import attribute_changes, attribute_values, attributes
from customers.models import CustomAttribute, ImportJob, SignupForm
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX
from customers.spreadsheets.undo.registry import REMOVED

State = ImportJob.State
_TO_COME: Final = (State.CHECKING, State.CHECKED, State.QUEUED, State.RUNNING)


def undo_attributes(job: ImportJob) -> Counter[str]:
    """Delete the definitions the import made that serve nobody; how many went.

    Told by the mapping: nothing else notes them, and an edit makes one differ from it.
    """
    told: dict[str, dict[str, Any]] = job.mapping.get("attributes", {})
    made = CustomAttribute.objects.select_for_update().filter(
        key__in=list(told), created_at__gte=job.created_at, sensitive=""
    )
    going = [each for each in made if _is_as_made(each, told[each.key]) and not _serves(each)]
    for attribute in going:
        attribute_changes.delete(attribute, by=None)
    return Counter({REMOVED: len(going)} if going else {})


def _is_as_made(attribute: CustomAttribute, told: dict[str, Any]) -> bool:
    as_made = (told["label"], told["type"], told.get("choices", []), told.get("purpose", ""))
    return as_made == (attribute.label, attribute.type, attribute.choices, attribute.purpose)


def _serves(attribute: CustomAttribute) -> bool:
    if attribute_values.holders(attribute.key).exists() or attributes.uses(attribute):
        return True
    key = f"{ATTRIBUTE_PREFIX}{attribute.key}"
    asked = SignupForm.objects.values_list("fields", flat=True)
    if any(field.get("key") == key for fields in asked for field in fields):
        return True
    coming = ImportJob.objects.filter(state__in=_TO_COME).values_list("mapping", flat=True)
    return any(key in mapping.get("columns", {}).values() for mapping in coming)
