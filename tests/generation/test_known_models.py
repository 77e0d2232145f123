import pytest

from generation.abstention import MEASURED
from generation.nearness import LEAST
from index.known_models import MULTILINGUAL_E5_SMALL, MULTILINGUAL_E5_SMALL_LAW


@pytest.mark.parametrize("fingerprint", [MULTILINGUAL_E5_SMALL, MULTILINGUAL_E5_SMALL_LAW])
def test_all_that_rests_on_cosines_was_measured_for_the_embedders_of_lexcite(fingerprint):
    measured = MEASURED[fingerprint]
    assert measured.across is not None
    assert measured.nearness <= measured.across.nearness  # within a language less is enough: the words have a say too
    assert {"en", "es", "vi"} <= LEAST[fingerprint].keys()
