"""Charts and their tables: the same numbers, in an order that says nothing it should not."""

from datetime import date
from decimal import Decimal

import pytest

from server.campaigns.rules import Channel
from server.figures import distribution, heat, responses, scores, trend
from server.figures.drawing import Chart, Column, Content, Table, share, shown
from server.figures.views import Asked, DayLine, RateLine
from tests.figures.views import campaign_view, line, run_view

OPEN, CENTRE = Channel.OPEN, Channel.SERVICE_CENTRE
COUNTS = {
    (1, OPEN): {"overall": {5: 3, 4: 1, 0: 2}, "A1": {5: 1, 1: 1}, "A2": {3: 2}},
    (1, CENTRE): {"overall": {1: 4}, "A1": {0: 4}},
    (2, OPEN): {"overall": {3: 1}, "B1": {4: 12}},
}


def rows(chart: Chart) -> dict[str, dict[str, object]]:
    labels = [column.label for column in chart.table.columns]
    return {str(row[0]): dict(zip(labels, row, strict=True)) for row in chart.table.rows}


def test_shares_leave_dont_know_out_and_count_it_beside() -> None:
    chart = distribution.by_department(campaign_view(), COUNTS, Asked())
    first = rows(chart)["第1局"]
    assert first["回答数"] == 8
    assert first["不了解"] == 2
    assert first["非常满意占比"] == Decimal("0.375")
    assert first["非常不满意占比"] == Decimal("0.500")
    assert rows(chart)["第3局"]["非常满意占比"] is None


def test_bars_have_the_five_levels_from_best_to_worst_whatever_was_chosen() -> None:
    chart = distribution.by_department(campaign_view(), COUNTS, Asked())
    names = ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    assert [series["name"] for series in chart.option["series"]] == names
    assert chart.option["legend"]["data"] == names
    drawn = [[item["value"] for item in series["data"]] for series in chart.option["series"]]
    assert [sum(column) for column in zip(*drawn, strict=True)] == [100, 100, 0]


def test_a_channel_and_an_indicator_narrow_what_is_counted() -> None:
    asked = Asked(channels=frozenset({OPEN}), indicators=frozenset({"A"}))
    chart = distribution.by_department(campaign_view(), COUNTS, asked)
    first = rows(chart)["第1局"]
    assert [first[name] for name in ("非常满意", "基本满意", "非常不满意")] == [1, 2, 1]
    assert [
        row[0] for row in distribution.by_channel(campaign_view(), COUNTS, asked).table.rows
    ] == ["公众自主评价"]


def test_compared_departments_stand_side_by_side_in_each_channel() -> None:
    asked = Asked(departments=frozenset({1, 2}), compare=True)
    chart = distribution.by_channel(campaign_view(), COUNTS, asked)
    assert [row[:2] for row in chart.table.rows] == [
        ["公众自主评价 · 第1局", 4],
        ["公众自主评价 · 第2局", 1],
        ["行政服务中心 · 第1局", 4],
        ["行政服务中心 · 第2局", 0],
    ]


def test_the_heat_map_has_the_mean_of_the_levels_points() -> None:
    chart = heat.heat_map(
        campaign_view(), COUNTS, Asked(indicators=frozenset({"A", "B", "overall"}))
    )
    first, second, third = chart.table.rows
    #                 A1                A2              B1    overall (300 + 80 + 0) / 8
    assert first[1:5] == [Decimal("50.00"), Decimal("60.00"), None, Decimal("47.50")]
    assert first[5:] == [2, 2, 0, 8]
    assert second[1:5] == [None, None, Decimal("80.00"), Decimal("60.00")]
    assert third[1:5] == [None] * 4
    assert len(chart.option["series"][0]["data"]) == 5


def test_few_answers_are_marked_in_the_heat_map() -> None:
    chart = heat.heat_map(campaign_view(), COUNTS, Asked(indicators=frozenset({"A", "B"})))
    labels = {
        tuple(item["value"][:2]): item["label"]["formatter"]
        for item in chart.option["series"][0]["data"]
    }
    assert labels[0, 0] == "50.0*"
    assert labels[2, 1] == "80.0"


def test_without_a_choice_the_heat_map_shows_headings() -> None:
    chart = heat.heat_map(campaign_view(), COUNTS, Asked())
    assert [column.label for column in chart.table.columns][:4] == [
        "部门",
        "服务",
        "职责",
        "总体评价",
    ]
    assert chart.table.rows[0][1] == Decimal("55.00")


@pytest.mark.parametrize(
    ("score", "low"), [("0", 0), ("59.99", 0), ("60", 60), ("84.99", 80), ("95", 95), ("100", 95)]
)
def test_every_score_has_the_colour_of_its_band(score: str, low: int) -> None:
    bands = {colour: start for start, _, colour in heat.BANDS}
    assert bands[heat.band_colour(Decimal(score))] == low


def test_scores_stand_best_first_with_their_intervals_and_the_rest_says_why_not() -> None:
    run = run_view(
        {1: line(1, "80.10", "70", "90"), 2: line(2, "85", "84", "86"), 3: line(3, None)}
    )
    chart = scores.dot_plot(campaign_view(), run, Asked())
    assert [row[0] for row in chart.table.rows] == ["第2局", "第1局", "第3局"]
    last = rows(chart)["第3局"]
    assert last["得分"] is None
    assert last["说明"] == "样本不足"
    interval, dots = chart.option["series"][:2]
    assert [item["value"] for item in interval["data"]] == [[84.0, 86.0, 0], [70.0, 90.0, 1]]
    assert [item["value"] for item in dots["data"]] == [[85.0, 0], [80.1, 1]]


def test_no_place_is_shown_without_its_interval() -> None:
    run = run_view({1: line(1, "80"), 2: line(2, "85")})
    chart = scores.dot_plot(campaign_view(), run, Asked())
    labels = [column.label for column in chart.table.columns]
    assert not [label for label in labels if "名次" in label and "区间" not in label]
    assert sum("名次区间" in label for label in labels) == 4


def test_the_axis_runs_from_0_to_100_unless_asked_to_fit() -> None:
    run = run_view({1: line(1, "80", "73.4", "90"), 2: line(2, "85", "84", "86")})
    ends = [
        scores.dot_plot(campaign_view(), run, Asked(fitted=fitted)).option["xAxis"][0]
        for fitted in (False, True)
    ]
    assert [(end["min"], end["max"]) for end in ends] == [(0, 100), (70, 100)]


def test_a_campaign_belongs_to_the_quarter_of_its_middle() -> None:
    late = run_view({}, month=9)
    assert trend.quarter_of(late) == "2026 年第 3 季度"
    assert trend.periods([late, late]) == ["2026 年第 3 季度", "2026 年第 3 季度（2）"]


def test_a_trend_has_a_band_from_low_to_high_and_gaps_where_there_is_no_score() -> None:
    runs = [
        run_view({1: line(1, "70", "60", "82")}, month=2),
        run_view({1: line(1, None)}, month=5),
        run_view({1: line(1, "75", "71", "79")}, month=8),
    ]
    chart = trend.trend(campaign_view(), runs, Asked(departments=frozenset({1})))
    drawn, low, span = chart.option["series"]
    assert [item["value"] for item in drawn["data"]] == [70.0, None, 75.0]
    assert low["data"] == [60.0, None, 71.0]
    assert span["data"] == [22.0, None, 8.0]
    assert [row[5:8] for row in chart.table.rows] == [
        [Decimal(70), Decimal(60), Decimal(82)],
        [None, None, None],
        [Decimal(75), Decimal(71), Decimal(79)],
    ]


def test_a_trend_shows_six_departments_at_most() -> None:
    runs = [run_view({at: line(at, "70") for at in range(1, 10)})]
    chart = trend.trend(campaign_view(9), runs, Asked())
    assert len({row[0] for row in chart.table.rows}) == 6
    assert len(chart.option["grid"]) == 6
    together = trend.trend(campaign_view(3), runs, Asked(compare=True))
    assert len(together.option["grid"]) == 1


def test_cells_are_told_apart_beside_the_chart_and_named_in_full_in_the_table() -> None:
    names = [f"区县={place};年龄=18至40岁+41至60岁+60岁以上" for place in ("江东区", "江西区")]
    lines = [RateLine("residents", name, 50, 30) for name in names]
    chart = responses.charts(lines, [])[-1]
    names = ["… 江东区 · 18至40岁等3类", "… 江西区 · 18至40岁等3类"]
    assert chart.option["yAxis"][0]["data"] == names
    assert chart.table.rows[0][0] == "普通群众 · 区县：江东区；年龄：18至40岁、41至60岁、60岁以上"


def test_response_rates_have_wilsons_interval() -> None:
    charts = responses.charts([RateLine("residents", None, 263, 81)], [])
    (row,) = charts[0].table.rows
    # Wilson's interval for 81 of 263 is .2553 to .3662.
    assert row == ["普通群众", 263, 81, Decimal("0.308"), Decimal("0.255"), Decimal("0.366")]


def test_nobody_asked_is_no_rate_and_a_day_without_a_panel_is_a_gap() -> None:
    charts = responses.charts(
        [RateLine("residents", None, 0, 0)],
        [
            DayLine(date(2026, 9, 1), "residents", 10, 1),
            DayLine(date(2026, 9, 2), "residents", 10, 4),
            DayLine(date(2026, 9, 2), "officials", 5, 5),
        ],
    )
    assert charts[0].table.rows[0][3:] == [None, None, None]
    assert charts[1].table.rows == [
        ["2026-09-01", 1, Decimal("0.100"), None, None],
        ["2026-09-02", 4, Decimal("0.400"), 5, Decimal("1.000")],
    ]


def test_numbers_are_shown_as_their_column_says() -> None:
    assert shown(12345, Content.COUNT) == "12,345"
    assert shown(Decimal("0.0625"), Content.SHARE) == "6.3%"
    assert shown(Decimal(80), Content.POINTS) == "80.00"
    assert shown(None, Content.POINTS) == "—"
    assert share(1, 0) is None
    assert share(1, 16) == Decimal("0.063")


def test_a_half_is_rounded_up_in_the_heat_map_and_in_tables() -> None:
    # (100 x 9 + 80 x 3 + 0 x 4) / 16 = 71.25
    counts = {(1, OPEN): {"A1": {5: 9, 4: 3, 1: 4}}}
    chart = heat.heat_map(campaign_view(1), counts, Asked(indicators=frozenset({"A1"})))
    (cell,) = chart.option["series"][0]["data"]
    assert chart.table.rows[0][1] == Decimal("71.25")
    assert cell["label"]["formatter"] == "71.3"
    assert shown(Decimal("12.3450"), Content.POINTS) == "12.35"


def test_who_was_replaced_stays_among_those_asked_and_the_figure_says_so() -> None:
    (chart,) = responses.charts([RateLine("residents", None, 263, 81)], [])
    assert chart.notes == ["区间按 Wilson 法计算；应答对象是所有曾被邀请的人，被替换的人也在内。"]


def test_a_table_refuses_a_row_that_does_not_fit_its_columns() -> None:
    with pytest.raises(ValueError, match="2 cells below 1 headings"):
        Table([Column("部门")], [["甲", 1]])
