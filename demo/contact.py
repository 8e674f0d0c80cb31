"""How the demo shop hears from people: a sign-up form, and a request about personal data."""

from __future__ import annotations

import datetime as dt
from typing import Final

from customers.models import Customer, RightsRequest, SignupForm
from customers.rights import requests
from customers.signup import making
from customers.signup.asked import usual_wordings
from demo import shop

SLUG: Final = "la-lettre-de-garance"
_RECEIVED: Final = dt.timedelta(days=6)


def write(today: dt.date) -> None:
    """Open the form, and write the request down."""
    words = {
        f"{subject}_wording": told for subject, told in usual_wordings("fr", shop.SHOP_NAME).items()
    }
    form = SignupForm(
        slug=SLUG,
        language="fr",
        name="La lettre de Garance",
        title="Recevez la lettre de Garance",
        introduction="Nos nouveautés et nos ventes privées, une ou deux fois par mois.",
        fields=[{"key": "first_name", "required": True, "label": ""}],
        topics=list(shop.INTERESTS[:4]),
        asks_frequency=True,
        tag="Lettre",
        **words,
    )
    making.save(form, by=None)
    asking = Customer.objects.exclude(email=None).exclude(orders=None).order_by("pk").first()
    if asking is not None:
        requests.write_down(
            asking,
            RightsRequest.Kind.ACCESS,
            received_on=today - _RECEIVED,
            note="Demandé par e-mail : « Quelles données gardez-vous sur moi ? »",
            by=None,
        )


def empty() -> int:
    """Delete the demo's form; those the team made stay."""
    return SignupForm.objects.filter(slug=SLUG, created_by=None).delete()[0]
