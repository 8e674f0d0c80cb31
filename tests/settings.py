"""The settings tests run under: the product's own, on private folders and without a broker."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = Path(tempfile.mkdtemp(prefix="tamis-tests-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
os.environ["TAMIS_VAR"] = str(_FOLDER / "var")
os.environ.pop("TAMIS_DEV", None)
# Playwright keeps an event loop in the tests' thread, which Django would take for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
for _name in ("SNAPSHOT_DIR", "MEDIA_ROOT", "REDIS_URL", "EMAIL_URL", "DATABASE_URL", "SITE_URL"):
    os.environ.pop(_name, None)
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

import structlog  # noqa: E402

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

# Loggers made at import must still be seen by structlog.testing.capture_logs.
structlog.configure(cache_logger_on_first_use=False)

SECURE_SSL_REDIRECT = False
STATIC_ROOT = _FOLDER / "static"
STATIC_ROOT.mkdir()
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: an in-memory database locks by table, and other processes
    # cannot open it.
    DATABASES["default"]["TEST"] = {"NAME": str(_FOLDER / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
