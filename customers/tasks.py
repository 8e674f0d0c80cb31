"""Imports in the background. The tables say what is to be done; these only set it going."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from customers import search_index
from customers.ingestion import idempotency
from customers.models import ImportJob
from customers.rights import erasure, retention
from customers.signup import expiry, sending
from customers.spreadsheets import jobs
from customers.spreadsheets.undo import running as undoing


@shared_task(name="customers.tasks.run_import")
def run_import(job_id: int) -> None:
    """Run a queued import, or go on with one that was interrupted."""
    jobs.run(job_id)


@shared_task(name="customers.tasks.check_import")
def check_import(job_id: int) -> None:
    """Find what an import would do."""
    jobs.check(job_id)


@shared_task(name="customers.tasks.undo_import")
def undo_import(job_id: int) -> None:
    """Take an import back, or go on doing so where that was interrupted."""
    undoing.run(job_id)


_TASK_OF = {
    ImportJob.State.CHECKING: check_import,
    ImportJob.State.QUEUED: run_import,
    ImportJob.State.RUNNING: run_import,
    ImportJob.State.UNDOING: undo_import,
}


@shared_task(name="customers.tasks.resume_imports")
def resume_imports() -> None:
    """Hand out again what no worker holds, and forget old files."""
    for job_id, state in jobs.waiting():
        _TASK_OF[ImportJob.State(state)].delay(job_id)
    now = timezone.now()
    jobs.forget_old_files(now)
    undoing.forget_old_changes(now)


@shared_task(name="customers.tasks.index_for_search")
def index_for_search() -> None:
    """Bring the search index up to date with who changed since."""
    search_index.catch_up(most=200_000)


@shared_task(name="customers.tasks.send_confirmations")
def send_confirmations(signup_id: int) -> None:
    """Send the link or the code a sign-up waits for."""
    sending.send_confirmations(signup_id)


@shared_task(name="customers.tasks.follow_signups")
def follow_signups() -> None:
    """Send what was left unsent."""
    for signup_id in sending.unsent(timezone.now()):
        sending.send_confirmations(signup_id)


@shared_task(name="customers.tasks.expire_signups")
def expire_signups() -> None:
    """Forget the sign-ups nobody confirmed, and those of people who are gone."""
    expiry.expire(timezone.now())


@shared_task(name="customers.tasks.run_purge")
def run_purge(purge_id: int) -> None:
    """Carry out a purge that was decided, or go on with one that was interrupted."""
    retention.run(purge_id)


@shared_task(name="customers.tasks.clean_files")
def clean_files(request_id: int) -> None:
    """Take someone who was erased out of the files kept from imports."""
    erasure.clean_files(request_id)


@shared_task(name="customers.tasks.follow_rights")
def follow_rights() -> None:
    """Hand out again the purges no worker holds, and clean the files imports had in hand."""
    for purge_id in retention.waiting():
        run_purge.delay(purge_id)
    for request_id in erasure.with_files_to_clean():
        clean_files.delay(request_id)
    erasure.look_again()


@shared_task(name="customers.tasks.forget_answered_calls")
def forget_answered_calls() -> None:
    """Forget the answers kept for programs that ask the same thing again."""
    idempotency.forget(timezone.now())
