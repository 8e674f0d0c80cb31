"""What is wrong with a file or a mapping as a whole: it stops the import before any change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext


@dataclass(frozen=True)
class Issue:
    """One thing wrong, where it is (`path` in a mapping, or `row` and `column` in a file)."""

    code: str
    message: str | Promise
    path: str = ""
    row: int | None = None
    column: str = ""

    def as_json(self) -> dict[str, Any]:
        """The issue as the command line and reports print it."""
        where: dict[str, Any] = {}
        if self.path:
            where["path"] = self.path
        if self.row is not None:
            where["row"] = self.row
        if self.column:
            where["column"] = self.column
        return where | {"code": self.code, "message": str(self.message)}


class SpreadsheetError(Exception):
    """A file that cannot be imported as asked; nothing was changed."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__(", ".join(issue.code for issue in issues))
        self.issues = issues

    @property
    def text(self) -> str:
        """All the messages, for a person."""
        return " ".join(map(_told, self.issues))


def _told(issue: Issue) -> str:
    if issue.row is None:
        return str(issue.message)
    return gettext("Line %(row)s: %(message)s") % {"row": issue.row, "message": issue.message}


def refuse(code: str, message: str | Promise, path: str = "file") -> SpreadsheetError:
    """The error for a file (or another `path`) with a single thing wrong."""
    return SpreadsheetError(Issue(code, message, path=path))
