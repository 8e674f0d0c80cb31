"""The names of columns that no page but the admin site shows, in the reader's language.

Invariant: the keys are the names Django makes of a field that was given none, so a field that says
its own keeps it; migrations, which know only what a field was given, do not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Field, Model
from django.utils.translation import pgettext_lazy

NAMES: Final[Mapping[str, Any]] = {
    "action": pgettext_lazy("column", "action"),
    "address": pgettext_lazy("column", "address"),
    "address hash": pgettext_lazy("column", "address hash"),
    "answers": pgettext_lazy("column", "answers"),
    "approximate": pgettext_lazy("column", "approximate"),
    "archived at": pgettext_lazy("column", "archived at"),
    "at": pgettext_lazy("column", "at"),
    "attempts": pgettext_lazy("column", "attempts"),
    "attribute key": pgettext_lazy("column", "attribute key"),
    "attributes": pgettext_lazy("column", "attributes"),
    "author": pgettext_lazy("column", "author"),
    "campaign": pgettext_lazy("column", "campaign"),
    "cancel asked": pgettext_lazy("column", "cancel asked"),
    "channel": pgettext_lazy("column", "channel"),
    "check report": pgettext_lazy("column", "check report"),
    "chosen": pgettext_lazy("column", "chosen"),
    "city folded": pgettext_lazy("column", "city folded"),
    "claim": pgettext_lazy("column", "claim"),
    "closed at": pgettext_lazy("column", "closed at"),
    "closed by": pgettext_lazy("column", "closed by"),
    "code sent at": pgettext_lazy("column", "code sent at"),
    "codes sent": pgettext_lazy("column", "codes sent"),
    "created at": pgettext_lazy("column", "created at"),
    "created by": pgettext_lazy("column", "created by"),
    "customer": pgettext_lazy("column", "customer"),
    "customers": pgettext_lazy("column", "customers"),
    "date joined": pgettext_lazy("column", "date joined"),
    "delivered at": pgettext_lazy("column", "delivered at"),
    "demo": pgettext_lazy("column", "demo"),
    "due at": pgettext_lazy("column", "due at"),
    "email": pgettext_lazy("column", "email"),
    "email confirmed at": pgettext_lazy("column", "email confirmed at"),
    "email hash": pgettext_lazy("column", "email hash"),
    "email proof": pgettext_lazy("column", "email proof"),
    "erased at": pgettext_lazy("column", "erased at"),
    "error": pgettext_lazy("column", "error"),
    "external id": pgettext_lazy("column", "external id"),
    "facts": pgettext_lazy("column", "facts"),
    "failed at": pgettext_lazy("column", "failed at"),
    "failures": pgettext_lazy("column", "failures"),
    "fields": pgettext_lazy("column", "fields"),
    "file": pgettext_lazy("column", "file"),
    "file name": pgettext_lazy("column", "file name"),
    "filled version": pgettext_lazy("column", "filled version"),
    "finished at": pgettext_lazy("column", "finished at"),
    "folded": pgettext_lazy("column", "folded"),
    "form": pgettext_lazy("column", "form"),
    "form version": pgettext_lazy("column", "form version"),
    "is demo": pgettext_lazy("column", "is demo"),
    "key": pgettext_lazy("column", "key"),
    "kind": pgettext_lazy("column", "kind"),
    "language": pgettext_lazy("column", "language"),
    "last error": pgettext_lazy("column", "last error"),
    "last received at": pgettext_lazy("column", "last received at"),
    "last used at": pgettext_lazy("column", "last used at"),
    "launched at": pgettext_lazy("column", "launched at"),
    "launched by": pgettext_lazy("column", "launched by"),
    "leased until": pgettext_lazy("column", "leased until"),
    "mapping": pgettext_lazy("column", "mapping"),
    "merged at": pgettext_lazy("column", "merged at"),
    "name key": pgettext_lazy("column", "name key"),
    "nth": pgettext_lazy("column", "nth"),
    "order": pgettext_lazy("column", "order"),
    "parts": pgettext_lazy("column", "parts"),
    "phone": pgettext_lazy("column", "phone"),
    "phone hash": pgettext_lazy("column", "phone hash"),
    "position": pgettext_lazy("column", "position"),
    "prefix": pgettext_lazy("column", "prefix"),
    "prepared at": pgettext_lazy("column", "prepared at"),
    "priority": pgettext_lazy("column", "priority"),
    "product": pgettext_lazy("column", "product"),
    "provider id": pgettext_lazy("column", "provider id"),
    "queued": pgettext_lazy("column", "queued"),
    "reason": pgettext_lazy("column", "reason"),
    "received": pgettext_lazy("column", "received"),
    "recipe": pgettext_lazy("column", "recipe"),
    "recorded at": pgettext_lazy("column", "recorded at"),
    "recorded by": pgettext_lazy("column", "recorded by"),
    "refreshed at": pgettext_lazy("column", "refreshed at"),
    "refreshing since": pgettext_lazy("column", "refreshing since"),
    "refused": pgettext_lazy("column", "refused"),
    "rejected bytes": pgettext_lazy("column", "rejected bytes"),
    "rejected file": pgettext_lazy("column", "rejected file"),
    "report": pgettext_lazy("column", "report"),
    "revoked at": pgettext_lazy("column", "revoked at"),
    "rows": pgettext_lazy("column", "rows"),
    "rule": pgettext_lazy("column", "rule"),
    "search text": pgettext_lazy("column", "search text"),
    "segment": pgettext_lazy("column", "segment"),
    "sent at": pgettext_lazy("column", "sent at"),
    "shape": pgettext_lazy("column", "shape"),
    "shown": pgettext_lazy("column", "shown"),
    "size": pgettext_lazy("column", "size"),
    "sms confirmed at": pgettext_lazy("column", "sms confirmed at"),
    "sms proof": pgettext_lazy("column", "sms proof"),
    "source page": pgettext_lazy("column", "source page"),
    "started at": pgettext_lazy("column", "started at"),
    "state": pgettext_lazy("column", "state"),
    "state reason": pgettext_lazy("column", "state reason"),
    "target": pgettext_lazy("column", "target"),
    "token hash": pgettext_lazy("column", "token hash"),
    "undo report": pgettext_lazy("column", "undo report"),
    "updated at": pgettext_lazy("column", "updated at"),
    "user": pgettext_lazy("column", "user"),
    "version": pgettext_lazy("column", "version"),
    "window done": pgettext_lazy("column", "window done"),
    "window failed": pgettext_lazy("column", "window failed"),
    "former number": pgettext_lazy("table", "former number"),
    "former numbers": pgettext_lazy("table", "former numbers"),
}


def name_columns(model: type[Model]) -> None:
    """Give a model's unnamed fields, and the model itself if it has none, a name to be read."""
    fields: list[Field[Any, Any]] = [*model._meta.fields, *model._meta.many_to_many]
    for field in fields:
        if isinstance(field.verbose_name, str) and field.verbose_name in NAMES:
            field.verbose_name = NAMES[field.verbose_name]
    for name in ("verbose_name", "verbose_name_plural"):
        told = str(getattr(model._meta, name))
        if name not in model._meta.original_attrs and told in NAMES:
            setattr(model._meta, name, NAMES[told])
