"""Rows of call lists from lines at places: what belongs to which number, of which day, and what is marked."""

from datetime import date, time

from service.screens.calls import OF_NUMBER, Call
from tests.screens.made_up import HEIGHT, TAKEN, line, read, right, rows


def brief(call: Call) -> tuple[str | None, int, object, object, bool | None]:
    at = call.at
    return (
        call.number.key if call.number else None,
        call.times,
        at.day if at else None,
        at.clock if at else None,
        call.told.is_incoming,
    )


def test_rows_have_number_count_time_direction_and_length() -> None:
    first, second, third = read(
        rows(
            ("197 9000 1234 (6)", "响铃 25 秒 移动 卡1", "昨天 19:10"),
            ("197 9000 5678", "呼出 1分20秒", "星期三 08:00"),
            ("95588", "呼入 5秒 北京", "11月20日 09:00"),
        )
    )
    assert brief(first) == ("+8619790001234", 6, date(2026, 11, 29), time(19, 10), True)
    assert brief(second) == ("+8619790005678", 1, date(2026, 11, 25), time(8), False)
    assert brief(third) == ("95588", 1, date(2026, 11, 20), time(9), True)
    assert (first.told.ring_seconds, second.told.seconds, third.told.seconds) == (25, 80, 5)
    assert [one.doubts for one in (first, second, third)] == [(), (), ()]


def test_a_clock_alone_is_of_today_if_other_rows_have_their_day() -> None:
    calls = read(rows(("197 9000 1234", "未接来电", "18:00"), ("197 9000 5678", "未接来电", "昨天")))
    assert brief(calls[0])[2:4] == (TAKEN.date(), time(18))
    assert calls[0].doubts == ()
    assert "time_missing" in calls[1].doubts


def test_clocks_alone_are_assumed_to_be_of_today_and_marked() -> None:
    calls = read(rows(("197 9000 1234", "未接来电", "18:00"), ("197 9000 5678", "未接来电", "09:00")))
    assert {brief(one)[2] for one in calls} == {TAKEN.date()}
    assert all("day_assumed" in one.doubts for one in calls)


def test_clocks_that_rise_again_are_of_several_days_and_of_none_that_is_known() -> None:
    calls = read(rows(("197 9000 1234", "未接来电", "09:00"), ("197 9000 5678", "未接来电", "18:00")))
    assert all(brief(one)[2] is None and "day_unknown" in one.doubts for one in calls)


def test_a_heading_names_the_day_of_the_rows_below_it_and_of_no_row_above() -> None:
    above = rows(("197 9000 1111", "未接来电", "10:00"), top=400)
    below = rows(("197 9000 1234", "未接来电", "18:00"), ("197 9000 5678", "呼入 3秒", "09:00"), top=700)
    calls = read([*above, line("昨天", 60, 610, size=40), *below])
    assert [brief(one)[2] for one in calls] == [None, date(2026, 11, 29), date(2026, 11, 29)]
    assert "day_unknown" in calls[0].doubts


def test_without_the_day_of_the_screenshot_no_row_has_a_day() -> None:
    calls = read(
        rows(("197 9000 1234", "未接来电", "18:00"), ("197 9000 5678", "未接来电", "昨天 08:00")), None
    )
    assert all(brief(one)[2] is None and "day_unknown" in one.doubts for one in calls)


def test_a_name_is_a_row_of_its_own_and_gives_nothing_to_its_neighbours() -> None:
    calls = read(
        rows(
            ("197 9000 1234", "呼入 5秒", "昨天 19:10"),
            ("王阿姨 (2)", "呼出 8秒", "昨天 18:10"),
            ("快递小李", "未接来电", "昨天 17:10"),
            ("197 9000 5678", "响铃 9 秒", "昨天 16:10"),
        )
    )
    assert [one.shown for one in calls] == ["197 9000 1234", "王阿姨", "快递小李", "197 9000 5678"]
    assert [one.times for one in calls] == [1, 2, 1, 1]
    assert [one.at.clock.hour for one in calls if one.at and one.at.clock] == [19, 18, 17, 16]
    assert "number_missing" in calls[1].doubts
    assert calls[0].told.seconds == 5


def test_a_label_above_its_number_is_no_row() -> None:
    lines = [
        line("疑似诈骗", 60, 400), line("197 9000 1234 北京", 60, 455, size=40), right("昨天 19:10", 430),
        line("疑似诈骗", 60, 580), line("197 9000 5678 北京", 60, 635, size=40), right("昨天 18:10", 610),
    ]  # fmt: skip
    calls = read(lines)
    assert [one.number.key for one in calls if one.number] == ["+8619790001234", "+8619790005678"]
    assert [one.at.clock.hour for one in calls if one.at and one.at.clock] == [19, 18]


def test_a_third_line_is_part_of_its_row_as_high_as_it_may_be() -> None:
    lines = []
    for place, tail in enumerate(("1234", "5678", "9999")):
        y = 400 + 260 * place
        lines += [
            line(f"197 9000 {tail}", 60, y), right("被叫", y), line(f"2026-11-2{place} 19:10:22", 60, y + 70, size=44),
            right("1分45秒", y + 70), line("语音通话·北京", 60, y + 125, size=46),
        ]  # fmt: skip
    calls = read(lines)
    assert [brief(one)[:4] for one in calls] == [
        (f"+861979000{tail}", 1, date(2026, 11, 20 + place), time(19, 10, 22))
        for place, tail in enumerate(("1234", "5678", "9999"))
    ]
    assert {one.told.seconds for one in calls} == {105}


def test_a_time_read_together_with_the_number_is_taken_from_behind_it() -> None:
    (call, _) = read(
        [
            *rows(("197 9000 1234 (6) 昨天 19:10", "未接来电", "")),
            *rows(("197 9000 5678", "呼入 3秒", "昨天 18:00"), top=560),
        ]
    )
    assert brief(call) == ("+8619790001234", 6, date(2026, 11, 29), time(19, 10), True)


def test_a_row_that_is_cut_through_is_marked() -> None:
    lines = rows(*[(f"197 9000 123{n}", "未接来电", f"昨天 1{9 - n}:10") for n in range(4)])
    low = line("197 9000 9999", 60, 1040, size=30)
    at_edge = line("197 9000 8888", 60, HEIGHT - 50)
    calls = read([*lines, low, at_edge])
    assert [bool(OF_NUMBER & set(one.doubts)) for one in calls] == [False] * 4 + [True] * 2


def test_two_lists_side_by_side_are_read_one_after_the_other() -> None:
    left = rows(("197 9000 1234", "未接来电", ""), ("197 9000 5678", "呼入 3秒", ""))
    times = [line("昨天 19:10", 300, 465, size=36), line("昨天 18:10", 300, 625, size=36)]
    other = [one._replace(left=one.left + 540, right=one.right + 540) for one in (*left, *times)]
    calls = read([*left, *times, *(one._replace(text=one.text.replace("9000", "9001")) for one in other)])
    keys = [one.number.key for one in calls if one.number]
    assert keys == ["+8619790001234", "+8619790005678", "+8619790011234", "+8619790015678"]
    assert all(one.at and one.at.day == date(2026, 11, 29) for one in calls)


def test_the_page_of_one_number_has_a_call_for_each_time() -> None:
    lines = [
        line("197 9000 1234", 300, 300, size=70), line("今天", 60, 520, size=40),
        line("18:10 未接来电", 60, 600, size=40), right("响铃 12 秒", 600),
        line("09:02 呼入", 60, 700, size=40), right("1分5秒", 700), line("昨天", 60, 860, size=40),
        line("08:01 呼出", 60, 940, size=40), right("3秒", 940),
    ]  # fmt: skip
    calls = read(lines)
    assert [brief(one) for one in calls] == [
        ("+8619790001234", 1, TAKEN.date(), time(18, 10), True),
        ("+8619790001234", 1, TAKEN.date(), time(9, 2), True),
        ("+8619790001234", 1, date(2026, 11, 29), time(8, 1), False),
    ]
    assert [one.told.seconds for one in calls] == [None, 65, 3]


def test_a_label_in_a_box_behind_the_number_is_no_part_of_it() -> None:
    calls = read(
        rows(
            ("197 9000 1234 (3)广告推销", "已接来电 5秒", "昨天 19:10"),
            ("未知号码(2) 骚扰电话", "未接来电", "昨天 18:10"),
        )
    )
    assert [brief(one)[:2] for one in calls] == [("+8619790001234", 3), ("withheld", 2)]
    assert [one.told.label for one in calls] == ["广告推销", "骚扰电话"]
    assert [one.doubts for one in calls] == [(), ()]


def test_a_direction_without_words_or_colour_is_asked_for() -> None:
    calls = read(
        rows(("197 9000 1234", "手机", "昨天 19:10"), ("197 9000 5678", "手机", "昨天 18:10"), red=(1,))
    )
    assert [one.told.is_incoming for one in calls] == [None, True]
    assert "direction_unknown" in calls[0].doubts


def test_a_row_with_two_times_has_none() -> None:
    lines = [*rows(("197 9000 1234", "未接来电", "昨天 19:10")), right("前天 18:00", 470)]
    (call,) = read(lines)
    assert "time_unsure" in call.doubts
    assert call.at is None


def test_a_number_whose_digits_are_lower_than_those_of_its_like_is_marked() -> None:
    lines = rows(*[(f"197 9000 123{n}", "未接来电", f"昨天 1{9 - n}:10") for n in range(4)])
    measured = [one._replace(ink=34.0 if "9000" in one.text else 0.0) for one in lines]
    assert not any("row_cut" in one.doubts for one in read(measured))
    measured[0] = measured[0]._replace(ink=29.0)
    assert ["row_cut" in one.doubts for one in read(measured)] == [True, False, False, False]


def test_the_first_row_without_a_time_where_others_have_one_is_cut() -> None:
    calls = read(
        rows(
            ("197 9000 1234", "未接来电", ""),
            ("197 9000 5678", "呼入 3秒", "昨天 18:00"),
            ("95588", "呼入 3秒", "昨天 17:00"),
        )
    )
    assert ["row_cut" in one.doubts for one in calls] == [True, False, False]


def test_a_time_that_touches_its_number_is_no_part_of_it() -> None:
    (call, _) = read(
        [
            *rows(("19790001234昨天19:10", "未接来电", "")),
            *rows(("197 9000 5678", "呼入 3秒", "昨天 18:00"), top=560),
        ]
    )
    assert brief(call) == ("+8619790001234", 1, date(2026, 11, 29), time(19, 10), True)


def test_words_in_traditional_characters_say_the_same() -> None:
    (call,) = read(rows(("197 9000 1234", "未接來電 響鈴 25 秒", "昨天 19:10")))
    assert (call.told.is_incoming, call.told.ring_seconds) == (True, 25)


def test_a_name_stands_under_numbers_of_which_some_were_read_with_the_icon_before_them() -> None:
    lines = rows(
        ("197 9000 1234", "手机", "昨天 19:10"),
        ("王阿姨", "手机", "昨天 18:10"),
        ("197 9000 5678", "手机", "昨天 17:10"),
    )
    moved = [one._replace(left=10) if "1234" in one.text else one for one in lines]
    assert [one.shown for one in read(moved)] == ["197 9000 1234", "王阿姨", "197 9000 5678"]
