"""Said when a campaign has work waiting, so that a worker looks at once instead of at a tick.

Nothing depends on it being heard: the table holds the work, and `drive` finds it within seconds.
"""

from __future__ import annotations

from django.dispatch import Signal

work_waiting = Signal()
