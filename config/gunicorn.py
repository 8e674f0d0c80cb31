"""How gunicorn serves Tamis, under `manage.py dev` and in production alike.

`gunicorn -c config/gunicorn.py config.wsgi:application`. The access log stays off: it would hold
addresses and tokens; `config.logs.RequestLog` writes one masked line a request instead.
"""

from __future__ import annotations

import os
from pathlib import Path

from config import logs

_host = os.environ.get("HOST", "127.0.0.1")
_port = os.environ.get("PORT", "8000")

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 8
keepalive = 5
accesslog = None
control_socket_disable = True
# Heartbeat files on a real disk can stall a worker long enough to have it killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

logconfig_dict = logs.configure(
    readable=os.environ.get("TAMIS_DEV") == "1",
    coloured=os.environ.get("TAMIS_COLOUR") == "1",
    level=os.environ.get("LOG_LEVEL", "INFO"),
)
logconfig_dict["loggers"] |= {
    "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
    "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
}
