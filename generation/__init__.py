"""From hits to a checked, cited answer.

Imports `retrieval` and `index`. Start reading at `assistant.py`: the whole pipeline on one screen.
"""
