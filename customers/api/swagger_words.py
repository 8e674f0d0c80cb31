"""The words Swagger UI has only in English, with their translations for the page around it.

Invariant: the keys are what Swagger UI writes, to the letter; what it writes anew stays English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

WORDS: Final[Mapping[str, str | Promise]] = {
    "Authorize": pgettext_lazy("page of the API", "Authorize"),
    "Authorized": pgettext_lazy("page of the API", "Authorized"),
    "Logout": pgettext_lazy("page of the API", "Logout"),
    "Close": pgettext_lazy("page of the API", "Close"),
    "Available authorizations": pgettext_lazy("page of the API", "Available authorizations"),
    "Value:": pgettext_lazy("page of the API", "Value:"),
    "Parameters": pgettext_lazy("page of the API", "Parameters"),
    "No parameters": pgettext_lazy("page of the API", "No parameters"),
    "Try it out": pgettext_lazy("page of the API", "Try it out"),
    "Cancel": pgettext_lazy("page of the API", "Cancel"),
    "Reset": pgettext_lazy("page of the API", "Reset"),
    "Execute": pgettext_lazy("page of the API", "Execute"),
    "Clear": pgettext_lazy("page of the API", "Clear"),
    "Name": pgettext_lazy("page of the API", "Name"),
    "Description": pgettext_lazy("page of the API", "Description"),
    "header": pgettext_lazy("where a parameter stands", "header"),
    "path": pgettext_lazy("where a parameter stands", "path"),
    "required": pgettext_lazy("page of the API", "required"),
    "Request body": pgettext_lazy("page of the API", "Request body"),
    "Example Value": pgettext_lazy("page of the API", "Example Value"),
    "Schema": pgettext_lazy("page of the API", "Schema"),
    "Schemas": pgettext_lazy("page of the API", "Schemas"),
    "Responses": pgettext_lazy("page of the API", "Responses"),
    "Code": pgettext_lazy("page of the API", "Code"),
    "Links": pgettext_lazy("page of the API", "Links"),
    "No links": pgettext_lazy("page of the API", "No links"),
    "Media type": pgettext_lazy("page of the API", "Media type"),
    "Controls": pgettext_lazy("before the name of a header", "Controls"),
    "header.": pgettext_lazy("after the name of a header", "header."),
    "Server response": pgettext_lazy("page of the API", "Server response"),
    "Details": pgettext_lazy("page of the API", "Details"),
    "Response body": pgettext_lazy("page of the API", "Response body"),
    "Response headers": pgettext_lazy("page of the API", "Response headers"),
    "Request URL": pgettext_lazy("page of the API", "Request URL"),
    "Undocumented": pgettext_lazy("page of the API", "Undocumented"),
    "Download": pgettext_lazy("page of the API", "Download"),
    "Expand all": pgettext_lazy("page of the API", "Expand all"),
    "Collapse all": pgettext_lazy("page of the API", "Collapse all"),
    "Copy to clipboard": pgettext_lazy("page of the API", "Copy to clipboard"),
    "Apply credentials": pgettext_lazy("page of the API", "Apply credentials"),
    "Remove authorization": pgettext_lazy("page of the API", "Remove authorization"),
    "Request content type": pgettext_lazy("page of the API", "Request content type"),
    "Media Type": pgettext_lazy("page of the API", "Media Type"),
    "Expand operation": pgettext_lazy("page of the API", "Expand operation"),
    "Collapse operation": pgettext_lazy("page of the API", "Collapse operation"),
    "authorization button unlocked": pgettext_lazy(
        "page of the API", "authorization button unlocked"
    ),
    "authorization button locked": pgettext_lazy("page of the API", "authorization button locked"),
}


def words() -> dict[str, str]:
    """What is to be said in the reader's language, by what Swagger UI says."""
    return {said: str(word) for said, word in WORDS.items() if str(word) != said}
