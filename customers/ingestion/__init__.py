"""What other programs write: customers, consents, orders and events, in batches, item by item.

Invariant: an item is written whole or not at all, and the others of its batch do not depend on
it. Who an item is about is found by the same rule as in imports.
"""
