"""What a notice can be about, and where it went."""

import enum
from datetime import timedelta

from server.core.access import Role


class NoticeKind(enum.StrEnum):
    """The occasions on which a member is told something."""

    ACTIVITY_REMINDER = "activity_reminder"
    ACTIVITY_CHANGED = "activity_changed"
    ACTIVITY_CANCELLED = "activity_cancelled"
    PLACE_GIVEN = "place_given"
    ADDED = "added"
    CHECK_IN_DECIDED = "check_in_decided"
    ENTRY_REVIEWED = "entry_reviewed"
    EXPERIENCE_REVIEWED = "experience_reviewed"
    BINDING_ENDED = "binding_ended"
    SAMPLE_LINK = "sample_link"
    CASE_MOVED = "case_moved"
    DESK = "desk"


NOTICE_LABELS = {
    NoticeKind.ACTIVITY_REMINDER: "活动提醒",
    NoticeKind.ACTIVITY_CHANGED: "活动变更",
    NoticeKind.ACTIVITY_CANCELLED: "活动取消",
    NoticeKind.PLACE_GIVEN: "候补成功",
    NoticeKind.ADDED: "已加入活动",
    NoticeKind.CHECK_IN_DECIDED: "打卡结果",
    NoticeKind.ENTRY_REVIEWED: "一线日志审核",
    NoticeKind.EXPERIENCE_REVIEWED: "经验审核",
    NoticeKind.BINDING_ENDED: "绑定解除",
    NoticeKind.SAMPLE_LINK: "抽样调查邀请",
    NoticeKind.CASE_MOVED: "差评件进展",
    NoticeKind.DESK: "工作提醒",
}


class DeskKind(enum.StrEnum):
    """The occasions on which an account is told something at the desk."""

    CASE_REGISTERED = "case_registered"
    CASE_MOVED = "case_moved"
    CASE_WARNING = "case_warning"
    CASE_CALLED = "case_called"
    CLOSING_ASKED = "closing_asked"
    APPEAL_FILED = "appeal_filed"
    APPEAL_DECIDED = "appeal_decided"
    FEEDBACK_SENT = "feedback_sent"
    FEEDBACK_CONFIRMED = "feedback_confirmed"
    QUARTER_FROZEN = "quarter_frozen"
    QUARTER_PUBLISHED = "quarter_published"
    UPTAKE = "uptake"
    AUDIT_ASKED = "audit_asked"
    DELEGATED = "delegated"
    DELIVERY_DEAD = "delivery_dead"


DESK_LABELS = {
    DeskKind.CASE_REGISTERED: "差评件挂号",
    DeskKind.CASE_MOVED: "差评件进展",
    DeskKind.CASE_WARNING: "办理时限预警",
    DeskKind.CASE_CALLED: "叫号催办",
    DeskKind.CLOSING_ASKED: "申请销号",
    DeskKind.APPEAL_FILED: "收到申诉",
    DeskKind.APPEAL_DECIDED: "申诉裁定",
    DeskKind.FEEDBACK_SENT: "一对一反馈",
    DeskKind.FEEDBACK_CONFIRMED: "反馈已确认",
    DeskKind.QUARTER_FROZEN: "季度数据待审核",
    DeskKind.QUARTER_PUBLISHED: "季度晾晒已发布",
    DeskKind.UPTAKE: "成果运用",
    DeskKind.AUDIT_ASKED: "审计复核",
    DeskKind.DELEGATED: "代办授权",
    DeskKind.DELIVERY_DEAD: "消息发送失败",
}


# Limits run whether or not somebody wants to hear of them: a warning and a call always stand in the
# list at the desk. What can be switched off of them is the message to the phone.
ALWAYS_TOLD = {
    DeskKind.CASE_WARNING: "办理时限由上级规定，预警须送达责任人，不能关闭。",
    DeskKind.CASE_CALLED: "叫号是正式催办，须送达责任人，不能关闭。",
}

CASE_SUBJECT = "case"
# Who looks at what could not be sent, and where.
DEAD_LETTERS_READERS = (Role.OFFICE, Role.ADMINISTRATOR)
DEAD_LETTERS_PAGE = "/console/dead-letters"


def phone_page(subject: tuple[str, str]) -> str:
    """Return where the mini-program shows what a notice at the desk is about, or nothing."""
    kind, identifier = subject
    return f"packages/desk/case/index?id={identifier}" if kind == CASE_SUBJECT else ""


class Mode(enum.StrEnum):
    """How much of a kind somebody wants: notice and message, the notice alone, or nothing."""

    ALL = "all"
    INBOX = "inbox"
    OFF = "off"


MODE_LABELS = {Mode.ALL: "通知并发消息", Mode.INBOX: "只在列表中显示", Mode.OFF: "不接收"}


class Fault(enum.StrEnum):
    """Why a message did not go out."""

    AWAY = "away"
    UNSURE = "unsure"
    REFUSED = "refused"
    BROKEN = "broken"


FAULT_LABELS = {
    Fault.AWAY: "微信多次没有应答",
    Fault.UNSURE: "微信没有回执，可能已经送达",
    Fault.REFUSED: "微信拒绝发送，请检查消息模板",
    Fault.BROKEN: "系统没能处理这条消息，请查看运行日志",
}
# The pause after each try that found WeChat away; after the last there is none more.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
MOST_ATTEMPTS = len(PAUSES) + 1
MOST_CONSENTS = 20


class Delivery(enum.StrEnum):
    """Where a notice went: the inbox has it in every case."""

    WAITING = "waiting"
    SENT = "sent"
    INBOX_ONLY = "inbox_only"
    FAILED = "failed"
