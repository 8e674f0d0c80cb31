"""Records that are one person: suggesting them, comparing them, making them one.

Invariant: a merge is one transaction and loses no history; two records a member called two people
are never suggested together again.
"""

from __future__ import annotations
