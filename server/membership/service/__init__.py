"""What membership changes: persons, their places and posts, their phones, groups, imports.

One module a subject; this is the door for the rest of the system.
"""

from server.membership.files import LARGEST_FILE
from server.membership.service.binding import (
    bind_with_code,
    bind_with_phone,
    issue_binding_code,
    unbind,
    unbind_self,
)
from server.membership.service.departures import register_departures
from server.membership.service.groups import (
    add_group,
    change_group,
    keeps_groups,
    set_group_active,
)
from server.membership.service.imports import (
    IMPORTERS,
    apply_import,
    check_import,
    drop_import,
    labels_of,
    refused_rows,
    remove_expired,
    require_importer,
    uploaded_names,
)
from server.membership.service.persons import (
    add_person,
    change_person,
    export_roster,
    move_person,
    remove_person,
    return_person,
    succeed,
)
from server.membership.service.retiring import retire_organisation

__all__ = [
    "IMPORTERS",
    "LARGEST_FILE",
    "add_group",
    "add_person",
    "apply_import",
    "bind_with_code",
    "bind_with_phone",
    "change_group",
    "change_person",
    "check_import",
    "drop_import",
    "export_roster",
    "issue_binding_code",
    "keeps_groups",
    "labels_of",
    "move_person",
    "refused_rows",
    "register_departures",
    "remove_expired",
    "remove_person",
    "require_importer",
    "retire_organisation",
    "return_person",
    "set_group_active",
    "succeed",
    "unbind",
    "unbind_self",
    "uploaded_names",
]
