"""The HTTP API by which other programs write and read customers; described at /api/docs.

Invariant: every answer that is not a success has the form
{"errors": [{"path", "code", "message"}]}, whatever went wrong and wherever.
"""
