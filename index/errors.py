"""The errors that a person reads; every other exception is a defect and keeps its traceback.

`UserFacingError` (exit status 1 at the command line) has these children on this floor: `CorpusError`, a law source
that cannot be understood; `EmbedderError`, a model that cannot be found, read or used; `CrossEncoderError`, the same of
a model that reads two texts together; `ReleaseError`, an index that is missing, damaged, locked or made by another
model. Higher floors add their own beside the code that raises them.
"""


class UserFacingError(Exception):
    """Something a person can put right; the message names the place, the value and the fix in one line."""


class CorpusError(UserFacingError):
    """A law source that cannot be understood."""


class EmbedderError(UserFacingError):
    """An embedding model that cannot be found, read or used."""


class CrossEncoderError(UserFacingError):
    """A cross-encoder that cannot be found, read or used."""


class ReleaseError(UserFacingError):
    """An index release that is missing, damaged, locked or made by another model."""
