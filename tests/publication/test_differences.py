"""What differs between two versions is said in words: questions and panels by their names."""

from server.core import clock
from server.publication.differences import Change, names_in
from server.publication.queries import Published


def test_a_change_names_question_indicator_and_panel() -> None:
    indicator = {"code": "A01", "name": "办事效率"}
    document = {
        "departments": [
            {
                "leaves": [{"code": "A01", "name": "办事效率高不高"}],
                "score": {
                    "channels": [
                        {
                            "panels": [
                                {"panel": "officials", "name": "干部", "indicators": [indicator]}
                            ]
                        }
                    ]
                },
            },
            {"leaves": [], "score": None},
        ]
    }
    names = names_in(document)

    def words(*place: str) -> list[str]:
        return list(Change(1, "市民政局", place, None, None).words(names))

    assert words("leaves", "A01", "channels", "open", "score") == [
        "子项",
        "办事效率高不高",
        "渠道",
        "公众自主评价",
        "得分",
    ]
    panel = ("score", "channels", "sample", "panels", "officials", "indicators", "A01", "score")
    assert words(*panel)[4:7] == ["干部", "指标", "办事效率"]
    nameless = ("score", "channels", "hotline", "panels", "", "indicators", "A01", "score")
    assert words(*nameless)[3:5] == ["指标", "办事效率"]


def test_only_the_first_version_without_scores_is_published_by_itself_at_the_close() -> None:
    def version(number: int, run: object = None, by: object = None) -> Published:
        return Published(1, 1, number, run, b"", "", by, clock.now(), "")  # type: ignore[arg-type]

    assert version(1).at_close
    assert not version(2, run="a run").at_close, "the demo city's scores are published later on"
    assert not version(1, by="the office").at_close
