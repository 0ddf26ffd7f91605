"""Who may call which route: written by hand, so that a slip in a decorator does not pass unseen.

A route is "METHOD rule". ANYONE needs no sign-in; MEMBER any signed-in phone; a Desk lists roles.
Roles in ``own`` get in for the organisation that they hold the role in, and not for another.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Desk:
    """Roles at the desk; ``any_account`` stands for everybody with a console account."""

    roles: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    any_account: bool = False


ANYONE = "anyone"
MEMBER = "member"
ACCOUNT = Desk(any_account=True)
OFFICE = Desk(("office",))
ADMINISTRATOR = Desk(("administrator",))
OFFICE_OR_ADMINISTRATOR = Desk(("office", "administrator"))
AUDIT = Desk(("office", "administrator", "auditor"))
SINGLE_RATINGS = Desk(("office",), own=("inspector",))
RATINGS_LIST = Desk(("office", "inspector"))
RESULTS_LIST = Desk(
    (
        "office",
        "auditor",
        "adjudicator",
        "party_staff",
        "method_owner",
        "inspector",
        "liaison",
        "head",
    )
)
DEPARTMENT_RESULT = Desk(
    ("office", "auditor", "adjudicator", "party_staff", "method_owner"),
    own=("inspector", "liaison", "head"),
)

API = "/api/v1"
CAMPAIGN = f"{API}/campaigns/<int:campaign_id>"
DESK = "/console"
DESK_CAMPAIGN = f"{DESK}/campaigns/<int:campaign_id>"
EVALUATION = f"{DESK_CAMPAIGN}/evaluations/<uuid:evaluation_id>"
DESK_PHOTO = f"{DESK_CAMPAIGN}/photos/<uuid:photo_id>"
ORGANISATION = f"{DESK}/organisations/<int:organisation_id>"
DESK_ACCOUNT = f"{DESK}/accounts/<uuid:account_id>"
BATCH = f"{DESK}/codes/<uuid:batch_id>"
QR_CODES = f"{DESK}/qr-codes/<int:department_id>"

TABLE: dict[str, str | Desk] = {
    # the API
    f"POST {API}/sessions": ANYONE,
    f"POST {API}/office-sessions": ANYONE,
    f"POST {API}/pictures": MEMBER,
    "GET /pictures/<uuid:picture_id>": ANYONE,
    "GET /pictures/check/<token>": ANYONE,
    f"GET {API}/me/notices": MEMBER,
    f"POST {API}/me/notices/readings": MEMBER,
    f"GET {API}/message-templates": ANYONE,
    f"POST {API}/me/message-consents": MEMBER,
    f"GET {API}/me": MEMBER,
    f"DELETE {API}/me": MEMBER,
    f"POST {API}/me/privacy-consent": MEMBER,
    f"POST {API}/invitations/redemptions": MEMBER,
    f"DELETE {API}/me/representations/<int:organisation_id>": MEMBER,
    f"GET {API}/campaigns": ANYONE,
    f"POST {API}/campaigns": OFFICE,
    f"GET {CAMPAIGN}": ANYONE,
    f"GET {CAMPAIGN}/departments": ANYONE,
    f"GET {CAMPAIGN}/departments/<int:department_id>/form": ANYONE,
    f"POST {CAMPAIGN}/opening": OFFICE,
    f"POST {CAMPAIGN}/closure": OFFICE,
    f"POST {CAMPAIGN}/code-batches": OFFICE,
    f"POST {CAMPAIGN}/evaluations": MEMBER,
    f"POST {CAMPAIGN}/photos": MEMBER,
    f"GET {CAMPAIGN}/receipt": ANYONE,
    f"PUT {CAMPAIGN}/receipt": ANYONE,
    f"DELETE {CAMPAIGN}/receipt": ANYONE,
    f"GET {CAMPAIGN}/results": ANYONE,
    f"GET {CAMPAIGN}/results/<int:department_id>": ANYONE,
    f"GET {CAMPAIGN}/review-figures": OFFICE,
    f"GET {API}/results": ANYONE,
    f"POST {API}/entries": ANYONE,
    f"GET {API}/sandbox/people": ANYONE,
    # the edge
    "GET /healthz": ANYONE,
    "GET /readyz": ANYONE,
    "GET /api/openapi.json": ANYONE,
    "GET /api/docs": ANYONE,
    "GET /api/docs/start.js": ANYONE,
    "GET /api/docs/assets/<path:name>": ANYONE,
    "GET /sandbox/": ANYONE,
    "GET /media/<token>": ANYONE,
    "GET /wechat/callback": ANYONE,
    "POST /wechat/callback": ANYONE,
    # public pages
    "GET /": ANYONE,
    "GET /assets/<version>/<name>": ANYONE,
    "GET /board": ANYONE,
    "GET /board/<int:campaign_id>": ANYONE,
    "GET /board/<int:campaign_id>.csv": ANYONE,
    "GET /board/<int:campaign_id>.json": ANYONE,
    "GET /board/<int:campaign_id>/<int:department_id>": ANYONE,
    "GET /m/": ANYONE,
    "GET /m/<path:name>": ANYONE,
    "GET /rate/": ANYONE,
    "GET /rate/<code>": ANYONE,
    "POST /rate/<code>": ANYONE,
    "GET /receipt": ANYONE,
    "POST /receipt": ANYONE,
    "GET /receipt/<path:step>": ANYONE,
    "POST /receipt/correction": ANYONE,
    "POST /receipt/correction/sent": ANYONE,
    "POST /receipt/withdrawal": ANYONE,
    "POST /receipt/withdrawal/confirmed": ANYONE,
    # the console
    f"GET {DESK}": ANYONE,
    f"GET {DESK}/<path:anything>": ANYONE,
    f"GET {DESK}/assets/<version>/<package>/<path:name>": ANYONE,
    f"GET {DESK}/sign-in": ANYONE,
    f"POST {DESK}/sign-in": ANYONE,
    f"POST {DESK}/sign-out": ANYONE,
    f"GET {DESK}/": ACCOUNT,
    f"GET {DESK}/password": ACCOUNT,
    f"POST {DESK}/password": ACCOUNT,
    f"GET {DESK}/campaigns": OFFICE,
    f"POST {DESK}/campaigns": OFFICE,
    f"GET {DESK}/campaigns/new": OFFICE,
    f"GET {DESK_CAMPAIGN}": OFFICE,
    f"GET {DESK_CAMPAIGN}/edit": OFFICE,
    f"POST {DESK_CAMPAIGN}/edit": OFFICE,
    f"POST {DESK_CAMPAIGN}/opening": OFFICE,
    f"GET {DESK_CAMPAIGN}/closing": OFFICE,
    f"POST {DESK_CAMPAIGN}/closing": OFFICE,
    f"POST {DESK_CAMPAIGN}/resumption": OFFICE,
    f"POST {DESK_CAMPAIGN}/deletion": OFFICE,
    f"GET {DESK_CAMPAIGN}/departments/<int:department_id>/leaves": OFFICE,
    f"POST {DESK_CAMPAIGN}/departments/<int:department_id>/leaves": OFFICE,
    f"GET {DESK_CAMPAIGN}/codes/new": OFFICE,
    f"POST {DESK_CAMPAIGN}/codes": OFFICE,
    f"GET {DESK}/codes": OFFICE,
    f"GET {BATCH}": OFFICE,
    f"GET {BATCH}/codes.xlsx": OFFICE,
    f"GET {BATCH}/sheets/<int:part>": OFFICE,
    f"GET {DESK}/qr-codes": OFFICE,
    f"GET {QR_CODES}": OFFICE,
    f"GET {QR_CODES}/mini-program.png": OFFICE,
    f"GET {QR_CODES}/poster": OFFICE,
    f"GET {QR_CODES}/web.<any(png, svg):kind>": OFFICE,
    f"POST {QR_CODES}/counters": OFFICE,
    f"GET {DESK}/counters/<int:counter_id>/mini-program.png": OFFICE,
    f"POST {DESK}/counters/<int:counter_id>/activation": OFFICE,
    f"POST {DESK}/counters/<int:counter_id>/retirement": OFFICE,
    f"GET {DESK}/organisations": OFFICE_OR_ADMINISTRATOR,
    f"POST {DESK}/organisations": ADMINISTRATOR,
    f"GET {DESK}/organisations/new": ADMINISTRATOR,
    f"GET {ORGANISATION}": OFFICE_OR_ADMINISTRATOR,
    f"GET {ORGANISATION}/edit": ADMINISTRATOR,
    f"POST {ORGANISATION}/edit": ADMINISTRATOR,
    f"POST {ORGANISATION}/activation": ADMINISTRATOR,
    f"POST {ORGANISATION}/deactivation": ADMINISTRATOR,
    f"POST {ORGANISATION}/invitations": OFFICE_OR_ADMINISTRATOR,
    f"POST {ORGANISATION}/invitations/<uuid:invitation_id>/revocation": OFFICE_OR_ADMINISTRATOR,
    f"GET {DESK}/indicators": OFFICE_OR_ADMINISTRATOR,
    f"POST {DESK}/indicators": ADMINISTRATOR,
    f"GET {DESK}/indicators/new": ADMINISTRATOR,
    f"GET {DESK}/indicators/<int:version_id>": OFFICE_OR_ADMINISTRATOR,
    f"GET {DESK}/accounts": ADMINISTRATOR,
    f"POST {DESK}/accounts": ADMINISTRATOR,
    f"GET {DESK}/accounts/new": ADMINISTRATOR,
    f"GET {DESK_ACCOUNT}": ADMINISTRATOR,
    f"POST {DESK_ACCOUNT}/activation": ADMINISTRATOR,
    f"POST {DESK_ACCOUNT}/deactivation": ADMINISTRATOR,
    f"POST {DESK_ACCOUNT}/password": ADMINISTRATOR,
    f"POST {DESK_ACCOUNT}/grants": ADMINISTRATOR,
    f"POST {DESK_ACCOUNT}/grants/<int:grant_id>/revocation": ADMINISTRATOR,
    f"GET {DESK}/settings": ADMINISTRATOR,
    f"GET {DESK}/settings/<key>": ADMINISTRATOR,
    f"POST {DESK}/settings/<key>": ADMINISTRATOR,
    f"GET {DESK}/audit": AUDIT,
    f"GET {DESK}/review": OFFICE,
    f"GET {DESK}/exclusions": OFFICE,
    f"POST {DESK}/exclusions/<uuid:exclusion_id>/confirmation": OFFICE,
    f"POST {DESK}/exclusions/<uuid:exclusion_id>/rejection": OFFICE,
    f"GET {DESK}/evaluations": RATINGS_LIST,
    f"GET {DESK_CAMPAIGN}/evaluations": RATINGS_LIST,
    f"GET {EVALUATION}": SINGLE_RATINGS,
    f"POST {EVALUATION}/exclusions": OFFICE,
    f"POST {EVALUATION}/comment/release": OFFICE,
    f"POST {EVALUATION}/comment/refusal": OFFICE,
    f"GET {DESK_PHOTO}": SINGLE_RATINGS,
    f"POST {DESK_PHOTO}/release": OFFICE,
    f"POST {DESK_PHOTO}/refusal": OFFICE,
    f"GET {DESK}/results": RESULTS_LIST,
    f"GET {DESK_CAMPAIGN}/results": RESULTS_LIST,
    f"GET {DESK_CAMPAIGN}/results/<int:department_id>": DEPARTMENT_RESULT,
}
