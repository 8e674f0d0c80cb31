"""An import interrupted anywhere, however often, ends as if it had not been."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection

from customers.models import Customer, ImportJob, Tag
from customers.spreadsheets import jobs
from tests.customers.imports.final_state import MAPPING, final_state, write_people
from tests.customers.imports.making import job_for

LINES = 400


class Killed(BaseException):
    """What kills a worker: nothing catches it."""


def kill_after(statements: int) -> Any:
    """Let so many statements through, then die in the middle of the next."""
    left = [statements]

    def run(execute: Any, *told: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return execute(*told)

    return connection.execute_wrapper(run)


@pytest.mark.django_db(transaction=True)
def test_five_interruptions_change_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", 40)
    path = tmp_path / "people.csv"
    write_people(path, LINES)
    jobs.run(job_for(path, "customers", MAPPING).pk)
    undisturbed = final_state()
    assert undisturbed["report"]["rows"] == LINES
    assert undisturbed["report"]["rejected"] == LINES // 50
    _forget_everything()
    job = job_for(path, "customers", MAPPING)
    random = Random(3)
    for _kill in range(5):
        with pytest.raises(Killed), kill_after(random.randrange(8, 40)):
            jobs.run(job.pk)
        assert ImportJob.objects.get().state == "running"
        ImportJob.objects.update(leased_until=None)
    jobs.run(job.pk)
    assert final_state() == undisturbed


def _forget_everything() -> None:
    for model in (Customer, ImportJob, Tag):
        model._default_manager.all().delete()
