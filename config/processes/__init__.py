"""The processes of an installation, as `manage.py dev` runs them.

`child` is one process, `commands` says which there are, `census` remembers them on disk so that the
next start can end what a killed one left behind, and `supervisor` starts, restarts and stops them.
"""
