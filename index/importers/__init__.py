"""One module per source format, each turning a file into laws and articles.

Imports the rest of `index`. Start reading at `registry.py`, which picks the importer by content.
"""
