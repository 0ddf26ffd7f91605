"""What identity changes: members, organisations, accounts, grants, invitations.

One module a subject; this is the door for the rest of the system.
"""

from server.identity.devices import device_is_known, issue_device_cookie
from server.identity.service.accounts import (
    change_password,
    create_account,
    reset_password,
    set_active,
    set_password,
)
from server.identity.service.authority import lock_tree
from server.identity.service.delegations import delegate, end_delegation
from server.identity.service.grants import grant_role, revoke_grant
from server.identity.service.hand_over import (
    begin_hand_over,
    cancel_hand_over,
    end_representation,
    open_hand_over,
)
from server.identity.service.invitations import invite, redeem_invitation, revoke_invitation
from server.identity.service.members import (
    consent,
    erase_member,
    member_of_openid,
    resign,
    sign_in_with_wechat,
)
from server.identity.service.organisations import (
    create_organisation,
    move_organisation,
    set_organisation_active,
    update_organisation,
)
from server.identity.service.phones import (
    begin_desk_session,
    link_phone,
    show_phone_code,
    unlink_phone,
    unlink_this_phone,
)
from server.identity.service.posts import exchange_roles
from server.identity.service.sign_in import check_password

__all__ = [
    "begin_desk_session",
    "begin_hand_over",
    "cancel_hand_over",
    "change_password",
    "check_password",
    "consent",
    "create_account",
    "create_organisation",
    "delegate",
    "device_is_known",
    "end_delegation",
    "end_representation",
    "erase_member",
    "exchange_roles",
    "grant_role",
    "invite",
    "issue_device_cookie",
    "link_phone",
    "lock_tree",
    "member_of_openid",
    "move_organisation",
    "open_hand_over",
    "redeem_invitation",
    "reset_password",
    "resign",
    "revoke_grant",
    "revoke_invitation",
    "set_active",
    "set_organisation_active",
    "set_password",
    "show_phone_code",
    "sign_in_with_wechat",
    "unlink_phone",
    "unlink_this_phone",
    "update_organisation",
]
