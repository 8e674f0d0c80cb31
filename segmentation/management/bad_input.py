"""How the commands about segments read a file, and what they do with bad input.

What is wrong is said as JSON on standard output, and the command exits with 2.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext

BAD_INPUT = 2


def refuse(stdout: OutputWrapper, errors: Sequence[dict[str, Any]]) -> NoReturn:
    """Print what is wrong and leave."""
    stdout.write(json.dumps({"errors": errors}, ensure_ascii=False))
    sys.exit(BAD_INPUT)


def content_of(file: str, stdout: OutputWrapper, *, option: str, most: int) -> bytes:
    """What a file holds, or standard input for "-": `most` bytes and one over, to tell too many.

    A file that cannot be read is refused as bad input of `option`.
    """
    if file == "-":
        return sys.stdin.buffer.read(most + 1)
    try:
        with Path(file).open("rb") as stream:
            return stream.read(most + 1)
    except (OSError, ValueError) as error:
        # A ValueError: a name with a NUL in it.
        told = {"reason": getattr(error, "strerror", None) or error}
        message = gettext("The file cannot be read: %(reason)s.") % told
        refuse(stdout, [{"path": option, "code": "unreadable_file", "message": message}])
