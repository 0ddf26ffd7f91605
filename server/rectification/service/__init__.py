"""What happens to cases: registered, answered, asked about, called, closed; and what is set."""

from server.rectification.service.contacts import follow_contact
from server.rectification.service.deciding import (
    close,
    decide_word,
    note,
    refuse_closing,
    send_back,
    transfer,
)
from server.rectification.service.handling import (
    accept,
    add_measure,
    answer,
    ask_closing,
    call_back,
    extend,
    show_contact,
)
from server.rectification.service.offering import closing_grounds
from server.rectification.service.raters import (
    follow_up,
    may_follow_up,
    rater_answers,
    unwatch,
    watch,
)
from server.rectification.service.registering import Origin, register, register_finding
from server.rectification.service.releasing import release_origin
from server.rectification.service.settings import (
    enter_year,
    forget_day,
    recount,
    set_day,
    set_limits,
    set_rhythm,
    to_recount,
)

__all__ = [
    "Origin",
    "accept",
    "add_measure",
    "answer",
    "ask_closing",
    "call_back",
    "close",
    "closing_grounds",
    "decide_word",
    "enter_year",
    "extend",
    "follow_contact",
    "follow_up",
    "forget_day",
    "may_follow_up",
    "note",
    "rater_answers",
    "recount",
    "refuse_closing",
    "register",
    "register_finding",
    "release_origin",
    "send_back",
    "set_day",
    "set_limits",
    "set_rhythm",
    "show_contact",
    "to_recount",
    "transfer",
    "unwatch",
    "watch",
]
