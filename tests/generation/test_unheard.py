from generation.unheard import unheard_share


def test_the_share_is_of_the_words_that_carry_meaning():
    # landlord, wants, raise, rent; "my" and "to" are in every text
    assert unheard_share("My landlord wants to raise my rent", {"landlord", "rent", "my"}, lang="en") == 0.5


def test_pairs_of_words_do_not_count():
    assert unheard_share("lake office", {"lake offic"}, lang="en") == 0.0


def test_a_question_without_words_of_meaning_has_no_share():
    assert unheard_share("What is it?", {"it"}, lang="en") == 0.0


def test_a_language_without_function_words_counts_all():
    assert unheard_share("der See", {"see"}, lang="de") == 0.5
