"""The facts about people: who they are, what they agreed to, what they bought and did."""

from __future__ import annotations

from customers.models.commerce import Order, OrderLine, Product
from customers.models.consent import (
    Channel,
    ConsentRecord,
    ConsentState,
    LegalBasis,
    Subject,
    Suppression,
)
from customers.models.events import Event, EventProperty
from customers.models.imports import ImportChange, ImportJob, ImportTrace
from customers.models.ingestion import AnsweredCall, ShopConnection, ShopRecord
from customers.models.people import (
    CustomAttribute,
    Customer,
    CustomerTag,
    FormerNumber,
    NotDuplicates,
    Note,
    Tag,
)
from customers.models.places import Place
from customers.models.rights import ErasedNumber, PrivacySettings, Purge, RightsRequest
from customers.models.signup import Signup, SignupForm

__all__ = [
    "AnsweredCall",
    "Channel",
    "ConsentRecord",
    "ConsentState",
    "CustomAttribute",
    "Customer",
    "CustomerTag",
    "ErasedNumber",
    "Event",
    "EventProperty",
    "FormerNumber",
    "ImportChange",
    "ImportJob",
    "ImportTrace",
    "LegalBasis",
    "NotDuplicates",
    "Note",
    "Order",
    "OrderLine",
    "Place",
    "PrivacySettings",
    "Product",
    "Purge",
    "RightsRequest",
    "ShopConnection",
    "ShopRecord",
    "Signup",
    "SignupForm",
    "Subject",
    "Suppression",
    "Tag",
]
