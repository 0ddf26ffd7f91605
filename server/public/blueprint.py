"""The blueprint of the public pages, to which each module adds its own."""

from apiflask import APIBlueprint

public = APIBlueprint("public", __name__, template_folder="templates", enable_openapi=False)
