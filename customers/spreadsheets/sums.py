"""Lines at the foot of a table that add it up, told by their words."""

from __future__ import annotations

import re
from typing import Final

from customers.folding import fold

_SUM: Final = re.compile(r"(?:sous[- ]|sub|grand )?tota(?:l|ux|ls)(?: general| de)?(?:\s*[:(=].*)?")


def is_sum(text: str) -> bool:
    """Say whether a cell calls its line a total: "Total", "Sous-total :"."""
    return _SUM.fullmatch(fold(text)) is not None
