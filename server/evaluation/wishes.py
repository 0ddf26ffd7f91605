"""“现在就请处理”: the rater of an open survey has one poor rating handled before the close.

Whoever ticks it was told that this one rating, and no count, is then open to its department and
the office. It isn't offered in the sample survey, of whose ratings no time may be told, nor in
service campaigns, whose poor ratings become cases by themselves.
"""

from server.campaigns.rules import CampaignKind, Channel
from server.core.errors import InvalidInput
from server.evaluation.content import Content
from server.evaluation.rules import is_poor

NOT_OFFERED = "“现在就请处理”只用于集中评价，抽样调查除外。请取消勾选后提交。"
NOT_POOR = "总体评价为“不满意”或“非常不满意”时才能选择“现在就请处理”。"


def is_offered(kind: CampaignKind, channel: Channel | None) -> bool:
    """Tell whether a rater may tick it; before a channel is known, only for the kind."""
    return kind is CampaignKind.SURVEY and channel is not Channel.SAMPLE


def granted(content: Content, kind: CampaignKind, channel: Channel) -> bool:
    """Return whether a rating is to be handled at once; refuse a tick that isn't offered."""
    if not content.handle_now:
        return False
    if not is_offered(kind, channel):
        raise InvalidInput([{"field": "handle_now", "message": NOT_OFFERED}])
    if not is_poor(content.overall):
        raise InvalidInput([{"field": "handle_now", "message": NOT_POOR}])
    return True


def after_correction(
    content: Content, kind: CampaignKind, channel: Channel, *, before: bool
) -> bool:
    """Return the same of a corrected rating: what is open to its department stays so while poor."""
    return granted(content, kind, channel) or (before and is_poor(content.overall))
