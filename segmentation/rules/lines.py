"""On which line of a JSON text each part stands, so that a fault can be shown where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from segmentation.rules.errors import join_path

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


class _Frame:
    """An object or a list that is open; an object's next text is a key where `key` is None."""

    def __init__(self, path: str, *, listed: bool) -> None:
        self.path = path
        self.listed = listed
        self.index = 0
        self.key: str | None = None

    @property
    def inside(self) -> str:
        """The JSON path of the value that comes next."""
        return join_path(self.path, self.index if self.listed else self.key or "")


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1, of every JSON path in a text that is valid JSON; a member's is its key's.

    Of a key given twice, the first.
    """
    lines: dict[str, int] = {}
    stack: list[_Frame] = []
    line, seen = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        top = stack[-1] if stack else None
        written = token[0]
        if written in "}]":
            stack.pop()
        elif written == ",":
            if top is not None:
                top.index, top.key = top.index + 1, None
        elif written[0] == '"' and top is not None and not top.listed and top.key is None:
            top.key = json.loads(written)
            lines.setdefault(top.inside, line)
        elif written != ":":
            path = "$" if top is None else top.inside
            lines.setdefault(path, line)
            if written in "{[":
                stack.append(_Frame(path, listed=written == "["))
    return lines


def line_at(lines: Mapping[str, int], path: str) -> int:
    """The line of a path, or of the innermost known part around it; 1 at worst."""
    around = [known for known in lines if path.startswith(known)]
    return lines[max(around, key=len)] if around else 1
