"""The HTTP API: one module a group of routes. Start reading at `application.py`."""
