from datetime import date

import pytest

from retrieval.dates import asked_time, asked_times, without_times

DAY = "2016-05-05 2016-05-05"
YEAR = "2016-01-01 2016-12-31"


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("What was the fine in 2016?", YEAR),
        ("In 2016, what was the fine?", YEAR),
        ("What was the fine back in 2016?", YEAR),
        ("What did the law say during the year 2016?", YEAR),
        ("What was the fine in May 2016?", "2016-05-01 2016-05-31"),
        ("What was the fine in February of 2016?", "2016-02-01 2016-02-29"),
        ("What was the fine on 5 May 2016?", DAY),
        ("What was the fine on the 5th of May 2016?", DAY),
        ("What was the fine on May 5, 2016?", DAY),
        ("What was the fine as of 2016-05-05?", DAY),
        ("What was the fine as at 5/5/2016?", DAY),
        ("Article 33 as in force on 5 May 2016", DAY),
        ("¿Cuál era la multa en 2016?", YEAR),
        ("En 2016, ¿cuál era la multa?", YEAR),
        ("¿Cuál era la multa en el año 2016?", YEAR),
        ("¿Cuál era la multa durante 2016?", YEAR),
        ("¿Cuál era la multa en mayo de 2016?", "2016-05-01 2016-05-31"),
        ("¿Cuál era la multa el 5 de mayo de 2016?", DAY),
        ("¿Cuál era la multa el día 5 de mayo del 2016?", DAY),
        ("¿Qué decía el artículo 23 al 5/5/2016?", DAY),
        ("Texto vigente el 1.º de mayo de 2016", "2016-05-01 2016-05-01"),
        ("Hồi năm 2016 mức phạt là bao nhiêu?", YEAR),
        ("Mức phạt hồi năm 2016 là bao nhiêu?", YEAR),
        ("Mức phạt vào năm 2016 là bao nhiêu?", YEAR),
        ("muc phat hoi nam 2016 la bao nhieu", YEAR),
        ("Năm 2016, mức phạt là bao nhiêu?", YEAR),
        ("Điều 5 quy định gì vào ngày 5/5/2016?", DAY),
        ("Điều 5 quy định gì ngày 5/5/2016?", DAY),
        ("Ngày 5 tháng 5 năm 2016 luật quy định thế nào?", DAY),
        ("Mức phạt tháng 5 năm 2016 là bao nhiêu?", "2016-05-01 2016-05-31"),
        ("Mức phạt tại thời điểm tháng 5/2016?", "2016-05-01 2016-05-31"),
        ("Theo BLDS 2015, mức phạt hồi năm 2016 là gì?", YEAR),
        ("¿Qué decía la Ley 39/2015, de 1 de octubre, en 2016?", YEAR),
        ("What did the 2012 Act say in 2016, and was it in force in 2016?", YEAR),
    ],
)
def test_the_time_that_a_question_asks_about(question, period):
    time = asked_time(question)
    assert time is not None
    assert f"{time.first} {time.last}" == period
    assert "2016" in question[time.start : time.end]


@pytest.mark.parametrize(
    "question",
    [
        # the law's own year
        "Điều 174 BLDS 2015 quy định gì?",
        "Luật Đất đai 2013 quy định gì?",
        "Theo bộ luật dân sự năm 2015, trường hợp nào có thể áp dụng tập quán?",
        "Luật An ninh mạng năm 2018 có hiệu lực từ ngày nào?",
        "¿Qué dice la Ley 39/2015, de 1 de octubre?",
        "¿Qué dice la Ley Orgánica 3/2018, de 5 de diciembre, sobre menores?",
        "¿Qué dice la Constitución de 1978?",
        "What does Regulation (EU) 2016/679 say?",
        "What is new in Regulation (EU) in 2016/679?",
        "What does the Regulation of 27 April 2016 say?",
        "Which law was adopted in 2016?",
        "¿Qué ley fue aprobada en 2016?",
        "Luật được ban hành vào năm 2016 quy định gì?",
        # limits
        "Do the rules apply to contracts made before 2021?",
        "Is consent given before 2 January 2014 still valid?",
        "Must breaches on or after 1 February 2021 be reported?",
        "Bắt buộc phải thu hồi sổ hộ khẩu kể từ ngày 01/01/2023, đúng hay sai?",
        "Sau khi hết hiệu lực (hết ngày 31/12/2022) thì chứng minh bằng cách nào?",
        "¿Se aplica a contratos firmados desde el 1 de enero de 2020?",
        "¿Qué pasa a partir del 1 de enero de 2020?",
        # facts
        "I was born in 1990, may I vote?",
        "A contract signed in 2016 is void when?",
        "Nací en 1990, ¿puedo votar?",
        "Un contrato celebrado el 5 de mayo de 2016",
        "Anh A sinh ngày 5/5/1990 có được bầu cử không?",
        "If an archive contains records from 1920 and 2010, how does the PDPA apply?",
        # numbers
        "Can a fine be paid in 2000 euros?",
        "¿Cabe resumirlo en 1999 palabras?",
        "What does Article 2016 say?",
        "What was the fine on 31 February 2016?",
        # a comparison is no date
        "What changed between the fine in 2016 and the fine in 2019?",
        "What is the fine?",
        "",
    ],
)
def test_a_question_that_asks_about_no_time(question):
    assert asked_time(question) is None


def test_a_period_speaks_by_its_last_day_or_by_today_within_it():
    year = asked_time("in 2016")
    assert year is not None
    assert year.day(date(2026, 11, 22)) == date(2016, 12, 31)
    assert year.day(date(2016, 3, 1)) == date(2016, 3, 1)
    assert year.day(date(2015, 3, 1)) == date(2016, 12, 31)


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What was the fine in 2016?", "What was the fine?"),
        ("In 2016, what was the fine?", "what was the fine?"),
        ("Mức phạt hồi năm 2016 là bao nhiêu?", "Mức phạt là bao nhiêu?"),
        ("in 2016?", "in 2016?"),
        ("What is the  fine?", "What is the  fine?"),
        ("What was the fine in 2016? And in 2019?", "What was the fine? And?"),
    ],
)
def test_the_search_is_not_led_astray_by_the_date(question, rest):
    assert without_times(question) == rest


def test_several_times_are_all_found_in_their_order():
    assert [time.first.year for time in asked_times("What was the fine in 2019? And in 2016?")] == [2019, 2016]
