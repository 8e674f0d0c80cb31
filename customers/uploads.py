"""Bounds an upload while it arrives, so that no one fills the disk."""

from __future__ import annotations

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from customers.spreadsheets.reading import MAX_BYTES, too_many_bytes


class BoundedUpload(FileUploadHandler):
    """Stops keeping what arrives past the limit, and notes on the request that it was passed."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Let a chunk through to the next handler while the limit holds."""
        self.received += len(raw_data)
        if self.received > MAX_BYTES:
            if self.request is not None:
                self.request.META["too_large"] = too_many_bytes().text
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file itself to the handlers after this one."""
