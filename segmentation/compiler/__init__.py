"""A rule as SQL over the snapshot, for DuckDB, with the clock passed in."""

from __future__ import annotations

from segmentation.compiler.query import Compiler, Question
from segmentation.compiler.references import Locate, Resolve, StaticList, check_references

__all__ = ["Compiler", "Locate", "Question", "Resolve", "StaticList", "check_references"]
