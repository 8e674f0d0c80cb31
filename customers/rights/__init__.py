"""The rights of people over their data: access, rectification, opposition, erasure, retention.

`holdings.py` is where each app says what it holds about people and how it lets go of it.
"""
