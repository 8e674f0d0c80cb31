#!/usr/bin/env python
"""Tamis's command line: Django's own commands and those of the applications."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from config.command_line import execute
    except ImportError as error:
        raise SystemExit(
            "Django is not installed in this Python. Run `make setup`, then use "
            f"`.venv/bin/python manage.py …`. ({error})"
        ) from error
    execute(sys.argv)


if __name__ == "__main__":
    main()
