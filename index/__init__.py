"""The law itself: import, structure, passages, vectors, storage.

Imports nothing of ours. Start reading at `articles.py` (the types), then `build.py` (how a release is made).
"""
