"""The pages of segments: the list, one segment, the builder and what it asks while one edits."""
