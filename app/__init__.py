"""The doors: command line, HTTP API, chat page, settings, wiring.

Imports everything below; nothing imports it. Start reading at `cli.py`, then `wiring.py`.
"""
