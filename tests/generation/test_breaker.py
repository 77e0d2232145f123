import pytest

from generation.breaker import Breaker


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(clock=clock, failures=3, rest_seconds=2.0, longest_rest_seconds=5.0)


def opened(breaker):
    for _ in range(3):
        breaker.admit().failed()
    return breaker


def test_two_failures_are_forgiven_and_the_third_in_a_row_opens_it(breaker):
    for _ in range(2):
        breaker.admit().failed()
    third = breaker.admit()
    assert third is not None
    third.failed()
    assert breaker.admit() is None


def test_a_whole_answer_between_them_starts_the_count_again(breaker):
    for _ in range(2):
        breaker.admit().failed()
    breaker.admit().succeeded()
    for _ in range(2):
        breaker.admit().failed()
    assert breaker.admit() is not None


def test_where_nobody_is_there_one_failure_opens_it(breaker):
    breaker.admit().failed(at_once=True)
    assert breaker.admit() is None


def test_at_the_end_of_the_rest_one_question_and_no_other_is_the_probe(breaker, clock):
    opened(breaker)
    clock.now += 1.99
    assert breaker.admit() is None
    clock.now += 0.01
    assert [breaker.admit() is not None for _ in range(3)] == [True, False, False]


def test_each_failed_probe_doubles_the_rest_up_to_its_bound(breaker, clock):
    opened(breaker)
    rests = []
    for _ in range(4):
        began = clock.now
        while (probe := breaker.admit()) is None:
            clock.now += 0.5
        rests.append(clock.now - began)
        probe.failed()
    assert rests == [2.0, 4.0, 5.0, 5.0]


def test_a_server_that_begins_to_answer_the_probe_is_asked_again_by_all(breaker, clock):
    opened(breaker)
    clock.now += 2.0
    breaker.admit().answering()
    assert [breaker.admit() is not None for _ in range(3)] == [True, True, True]


def test_on_trial_one_failure_opens_it_again(breaker, clock):
    opened(breaker)
    clock.now += 2.0
    probe = breaker.admit()
    probe.answering()
    probe.failed()
    assert breaker.admit() is None
    clock.now += 3.99
    assert breaker.admit() is None


def test_a_whole_answer_ends_the_trial_and_the_next_rest_is_a_short_one(breaker, clock):
    opened(breaker)
    clock.now += 2.0
    probe = breaker.admit()
    probe.answering()
    probe.succeeded()
    opened(breaker)
    clock.now += 2.0
    assert breaker.admit() is not None


def test_a_probe_whose_reader_leaves_hands_the_probe_on(breaker, clock):
    opened(breaker)
    clock.now += 2.0
    breaker.admit().left()
    assert breaker.admit() is not None


def test_what_was_asked_before_it_opened_neither_lengthens_the_rest_nor_ends_the_probe(breaker, clock):
    early = [breaker.admit() for _ in range(3)]
    opened(breaker)
    early[0].failed()
    clock.now += 2.0
    assert breaker.admit() is not None
    early[1].failed()
    early[2].left()
    assert breaker.admit() is None
