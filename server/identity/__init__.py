"""Who is who: organisations (a tree), members (WeChat), accounts (console), roles in a place.

member 成员 a person on the phone; account 账号 a person at the desk; grant 授权 a role in an
organisation, which reaches down its tree; invitation 邀请 a one-time code that binds a member to a
role, such as an enterprise's representative.
"""
