"""What the command line says where the database was never prepared."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.command_line import ADVICE
from tests.installation import Installation


@pytest.mark.sqlite_suffices
def test_a_command_on_a_database_without_tables_says_what_to_run(tmp_path: Path) -> None:
    done = Installation(tmp_path).manage("campaign_results", "1", "--json", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(ADVICE)
    assert "Traceback" not in done.stderr
