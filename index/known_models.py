"""Fingerprints of the embedders that come with lexcite: what was measured of their cosines is kept by them."""

MULTILINGUAL_E5_SMALL = "eaa846b99eb205e5"
MULTILINGUAL_E5_SMALL_LAW = "8cd7467c4f2e2492"  # the same with the adapter that comes with lexcite
