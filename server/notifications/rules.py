"""What a notice can be about, and where it went."""

import enum


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
}


class Delivery(enum.StrEnum):
    """Where a notice went: the inbox has it in every case."""

    WAITING = "waiting"
    SENT = "sent"
    INBOX_ONLY = "inbox_only"
    FAILED = "failed"
