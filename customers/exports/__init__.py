"""What leaves as a file: tables (who and what), resources (columns and values), files, the trail.

Invariant: nothing is held in memory but a batch of rows, whatever the number of people, and every
download ends with one line in the audit trail that says how many rows went out.
"""

from __future__ import annotations
