"""The menu: what stands in it follows from the access rule that each page states."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from server.core.access import AccessRule, ActorKind, current_actor


@dataclass(frozen=True)
class Entry:
    """A line of the menu; ``section`` is the name that its pages share."""

    endpoint: str
    label: str
    icon: str
    section: str


@dataclass(frozen=True)
class Group:
    """Some entries under a heading."""

    label: str
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        "",
        (
            Entry("dashboard", "工作台", "home", "dashboard"),
            Entry("list_notices", "通知", "bell", "notices"),
            Entry("list_delegations", "代办授权", "user-share", "delegations"),
        ),
    ),
    Group(
        "评价",
        (
            Entry("list_register", "评价事项库", "clipboard-list", "register"),
            Entry("list_campaigns", "评价活动", "calendar-event", "campaigns"),
            Entry("list_pairings", "结对", "heart-handshake", "pairings"),
            Entry("list_samples", "抽样调查", "dice", "sampling"),
            Entry("list_outreach", "抽样发送与应答", "send", "outreach"),
            Entry("list_codes", "评价码", "ticket", "codes"),
            Entry("list_qr_codes", "二维码与窗口", "qrcode", "qr_codes"),
            Entry("list_held", "内容审核", "message-check", "review"),
            Entry("list_exclusions", "不予采纳", "gavel", "exclusions"),
            Entry("choose_evaluations", "评价明细", "list-search", "evaluations"),
            Entry("list_findings", "异常线索", "zoom-exclamation", "findings"),
            Entry("list_results", "评价结果", "chart-bar", "results"),
            Entry("list_quarters", "季度晾晒", "calendar-stats", "quarters"),
            Entry("list_seals", "解除封存", "lock-open", "seals"),
            Entry("list_ledger_audits", "日志审计", "shield-check", "ledger_audits"),
            Entry("list_scores", "得分", "calculator", "scores"),
            Entry("list_figures", "图表分析", "chart-histogram", "figures"),
        ),
    ),
    Group(
        "整改",
        (
            Entry("list_cases", "差评件", "folder-open", "cases"),
            Entry("list_calls", "叫号", "speakerphone", "case_calls"),
            Entry("list_appeals", "申诉", "scale", "appeals"),
            Entry("list_feedback", "一对一反馈", "mail-opened", "feedback"),
            Entry("list_limits", "办理时限", "hourglass", "case_limits"),
            Entry("show_working_days", "工作日历", "calendar-stats", "working_days"),
        ),
    ),
    Group(
        "成果运用",
        (
            Entry("list_parcels", "成果转化运用", "package-export", "uptake"),
            Entry("list_inspection", "派驻监督", "eye-check", "inspection"),
            Entry("list_assessments", "年度考核", "award", "assessment"),
        ),
    ),
    Group(
        "热线与服务中心",
        (
            Entry("list_sources", "数据来源", "database-import", "sources"),
            Entry("list_matters", "事项", "list-details", "matters"),
            Entry("show_queue", "待分派", "arrows-split-2", "matter_queue"),
        ),
    ),
    Group(
        "活动",
        (
            Entry("show_calendar", "活动日历", "calendar-month", "activities"),
            Entry("show_map", "活动地图", "map-2", "activity_map"),
            Entry("list_agreements", "联建协议", "file-certificate", "agreements"),
            Entry("list_reviews", "一线审核", "clipboard-check", "frontline_review"),
            Entry("list_entries", "一线日志", "notebook", "frontline_entries"),
            Entry("list_experiences", "经验库", "bulb", "experiences"),
            Entry("show_coverage", "活动覆盖", "chart-donut", "coverage"),
            Entry("list_exports", "数据导出", "download", "activity_exports"),
        ),
    ),
    Group(
        "党员与支部",
        (
            Entry("list_branches", "支部花名册", "users-group", "branches"),
            Entry("list_groups", "党员群体", "category", "person_groups"),
            Entry("list_imports", "导入", "file-import", "imports"),
        ),
    ),
    Group(
        "基础数据",
        (
            Entry("list_organisations", "单位", "building-community", "organisations"),
            Entry("list_versions", "指标体系", "sitemap", "indicators"),
            Entry("list_schemes", "评分方案", "scale", "schemes"),
        ),
    ),
    Group(
        "系统",
        (
            Entry("list_accounts", "账号与授权", "users", "accounts"),
            Entry("list_settings", "系统设置", "settings", "settings"),
            Entry("list_dead_letters", "发送失败的消息", "mail-x", "dead_letters"),
            Entry("list_audit", "操作日志", "history", "audit"),
        ),
    ),
)


def may(endpoint: str) -> bool:
    """Tell whether the signed-in person gets through the door of a page."""
    view: Any = current_app.view_functions[f"console.{endpoint}"]
    rule: AccessRule = view.access_rule
    if rule.kind == "anyone":
        return True
    actor = current_actor()
    if actor.kind is not ActorKind.ACCOUNT:
        return False
    return not rule.roles or actor.has(*rule.roles)


def groups() -> list[Group]:
    """Return the menu of the signed-in person, without empty groups."""
    found = [
        Group(group.label, tuple(entry for entry in group.entries if may(entry.endpoint)))
        for group in GROUPS
    ]
    return [group for group in found if group.entries]
