"""Made-up exports, as dirty as real ones are."""

import io
from datetime import datetime

import xlsxwriter

HEADINGS = ("留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间")
MESSAGES_COLUMNS = {
    "ticket": "留言编号",
    "time": "留言时间",
    "matter": "留言主题",
    "text": "留言详情",
    "reply": "答复意见",
    "reply_time": "答复时间",
}
RATED_COLUMNS = {
    "ticket": "工单编号",
    "time": "受理时间",
    "department": "承办单位",
    "level": "满意度",
    "text": "内容",
    "contact": "联系电话",
}


def messages() -> bytes:
    """A workbook of messages: a date cell, text dates, tabs, blank lines, _x000D_, a long body."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("附件")
        day = book.add_format({"num_format": "yyyy/m/d h:mm:ss"})
        for place, heading in enumerate(HEADINGS):
            sheet.write_string(0, place, heading)
        for at, (ticket, subject, body, taken) in enumerate(
            (
                (
                    2549,
                    "A2区物业管理有问题",
                    "\n\t\t\t\n\t\t物业公司乱收费_x000D_\n\n业委会不管\t。",
                    10,
                ),
                (2554, "洋湖段道路怎么还没修好？", "\n\t道路挖得稀烂", 3),
                (2555, "请提高幼儿园老师的待遇", "长" * 3191, 40),
                (2557, "小区停水", "", 1),
            ),
            start=1,
        ):
            asked = datetime(2019, 4, at, 9, 30, 5)  # noqa: DTZ001 as a spreadsheet has it
            sheet.write_number(at, 0, ticket)
            sheet.write_string(at, 1, "A00045581")
            sheet.write_string(at, 2, subject)
            if at == 3:
                sheet.write_datetime(at, 3, asked, day)
            else:
                sheet.write_string(at, 3, f"2019/4/{at} 9:30:05")
            sheet.write_string(at, 4, body)
            sheet.write_string(at, 5, "网友您好！\t已转有关部门。")
            replied = asked.toordinal() + taken
            moment = datetime.fromordinal(replied)
            sheet.write_string(at, 6, f"{moment.year}/{moment.month}/{moment.day} 9:30:05")
    return buffer.getvalue()


def rated(*rows: str) -> bytes:
    """A CSV export with levels and departments; each row is its cells after the ticket."""
    lines = ["工单编号,受理时间,承办单位,满意度,内容,联系电话", *rows]
    return "\n".join(lines).encode("utf-8-sig")
