from decimal import Decimal

import pytest

from generation.quantities import Quantity, holds, quantities


def found(text, lang):
    return [(str(q.value), q.unit) for q in quantities(text, lang)]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("within 72 hours", "en", [("72", "hour")]),
        ("within seventy-two hours", "en", [("72", "hour")]),
        ("two hundred and fifty days", "en", [("250", "day")]),
        ("EUR 20 000 000 or 4 % of turnover", "en", [("20000000", "EUR"), ("4", "percent")]),
        ("up to 20 million euros", "en", [("20000000", "EUR")]),
        ("20,000.50 dollars", "en", [("20000.50", "USD")]),
        ("within 30 working days", "en", [("30", "working day")]),
        ("no one may, at one time or another", "en", []),
        ("within one month", "en", [("1", "month")]),
        ("two or three boats", "en", [("2", ""), ("3", "")]),
        ("CO2 and A4", "en", []),
        ("setenta y dos horas", "es", [("72", "hour")]),
        ("veintidós años y un mes", "es", [("22", "year"), ("1", "month")]),
        ("1.500,75 euros", "es", [("1500.75", "EUR")]),
        ("el 4,5 %", "es", [("4.5", "percent")]),
        ("una persona", "es", []),
        ("bảy mươi hai giờ", "vi", [("72", "hour")]),
        ("mười lăm ngày", "vi", [("15", "day")]),
        ("hai năm", "vi", [("2", "year")]),
        ("năm tháng", "vi", [("5", "month")]),
        ("năm 2015", "vi", [("2015", "")]),
        ("10.000.000 đồng, tức mười triệu đồng", "vi", [("10000000", "VND"), ("10000000", "VND")]),
        ("đủ 18 tuổi", "vi", [("18", "year")]),
    ],
)
def test_numbers_are_read_with_what_they_count(text, lang, expected):
    assert found(text, lang) == expected


def test_numbers_that_share_a_unit_all_have_it():
    assert found("30 or 60 days", "en") == [("30", "day"), ("60", "day")]
    assert found("từ 5 đến 10 ngày", "vi") == [("5", "day"), ("10", "day")]
    assert found("Article 5 and 10 days", "en") == [("5", "name"), ("10", "day")]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("sections 13 and 14 apply", "en", [("13", "name"), ("14", "name")]),
        ("los artículos 197, 197 bis y 3 barcos", "es", [("197", "name"), ("197", "name"), ("3", "")]),
        ("khoản 2 Điều 33", "vi", [("2", "name"), ("33", "name")]),
        ("durante los cinco primeros años", "es", [("5", "year")]),
        ("el 25 por 100 más", "es", [("25", "percent")]),
        ("37 metros 50 centímetros", "es", [("37", "metre"), ("50", "centimetre")]),
        ("triệu tập hai người", "vi", [("2", "")]),
    ],
)
def test_numbers_of_places_and_measures_are_told_from_counts(text, lang, expected):
    assert found(text, lang) == expected


@pytest.mark.parametrize(
    ("claim", "law", "held"),
    [
        ("48 persons", "within 48 hours", False),
        ("48 persons", "as section 48 says", False),
        ("48 persons", "forty-eight persons", True),
        ("48 persons", "of persons, 48 at most", True),
        ("3 members", "3 boats and 5 members", False),  # the law counts members, and never 3
        ("3 people", "3 boats and 5 members", True),  # another word may mean the same
        ("under the 100-year rule", "for at least 100 years", True),
        ("under 100 years", "for at least 100 years", False),
    ],
)
def test_a_number_of_things_is_held_by_the_same_number_of_things(claim, law, held):
    (quantity,) = quantities(claim, "en")
    assert holds(quantity, quantities(law, "en")) is held


def test_a_number_agrees_with_the_same_number_of_the_same_thing():
    law = (Quantity(Decimal(72), "hour"), Quantity(Decimal(5)))
    assert holds(Quantity(Decimal(72), "hour"), law)
    assert holds(Quantity(Decimal(72)), law)
    assert holds(Quantity(Decimal(5)), law)
    assert not holds(Quantity(Decimal(5), "day"), law)
    assert not holds(Quantity(Decimal(72), "day"), law)
    assert not holds(Quantity(Decimal(73), "hour"), law)
