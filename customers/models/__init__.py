"""The facts about people: who they are, what they agreed to, what they bought and did."""

from __future__ import annotations

from customers.models.commerce import Order, OrderLine, Product
from customers.models.consent import Channel, ConsentRecord, ConsentState, Subject, Suppression
from customers.models.events import Event
from customers.models.imports import ImportJob, ImportTrace
from customers.models.people import CustomAttribute, Customer, CustomerTag, Tag

__all__ = [
    "Channel",
    "ConsentRecord",
    "ConsentState",
    "CustomAttribute",
    "Customer",
    "CustomerTag",
    "Event",
    "ImportJob",
    "ImportTrace",
    "Order",
    "OrderLine",
    "Product",
    "Subject",
    "Suppression",
    "Tag",
]
