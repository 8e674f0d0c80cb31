"""What a campaign says: merge fields, formatting, and the text each person gets."""

from __future__ import annotations

from campaigns.content.formatting import formatting_help
from campaigns.content.merge import ContentError, MergeField, merge_fields
from campaigns.content.rendering import Compiled, Rendered, compiled, render
from campaigns.content.validation import ContentProblem, validate

__all__ = [
    "Compiled",
    "ContentError",
    "ContentProblem",
    "MergeField",
    "Rendered",
    "compiled",
    "formatting_help",
    "merge_fields",
    "render",
    "validate",
]
