"""The rule as it is being edited in a page: a tree of texts, as fields of a form and as JSON.

Invariant: nothing typed is lost on the way. What is incomplete stays in the draft as it was typed
and is left out of counts; a rule that comes from JSON goes back to the very same JSON.
"""

from __future__ import annotations
