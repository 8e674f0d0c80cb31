"""JSON of shops and sites, which cannot mend it: what is no text in it is mended at once.

JSON may escape half a character (a lone surrogate) or a NUL, which no database stores as text.
The API refuses such a value instead, and says where it stands.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def loads(body: bytes) -> Any:
    """What a body says, half characters shown as U+FFFD and NUL left out.

    Raises ValueError for what is no JSON, RecursionError for what nests too deep.
    """
    told = json.loads(body)
    return _mended(told) if _SUSPECT.search(body) else told


def _mended(told: Any) -> Any:
    if isinstance(told, str):
        whole = told.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.replace("\x00", "")
    if isinstance(told, list):
        return [_mended(each) for each in told]
    if isinstance(told, dict):
        return {_mended(key): _mended(each) for key, each in told.items()}
    return told
