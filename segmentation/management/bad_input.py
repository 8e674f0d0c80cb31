"""What the commands about segments do with bad input: say it as JSON and exit with 2."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from django.core.management.base import OutputWrapper

BAD_INPUT = 2


def refuse(stdout: OutputWrapper, errors: Sequence[dict[str, Any]]) -> NoReturn:
    """Print what is wrong and leave."""
    stdout.write(json.dumps({"errors": errors}, ensure_ascii=False))
    sys.exit(BAD_INPUT)
