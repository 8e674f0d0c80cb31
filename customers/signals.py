"""Said at the end of every write to the facts, so that whoever answers from them can catch up.

The snapshot does not depend on it for being right (triggers mark every write), only for being
quick.
"""

from __future__ import annotations

from django.dispatch import Signal

facts_changed = Signal()
