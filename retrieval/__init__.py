"""From a question to the right articles; training and measuring the embedder.

Imports `index` only. Start reading at `search.py`.
"""
