"""The console's blueprint, to which every module of ``views`` adds its pages."""

from apiflask import APIBlueprint

console = APIBlueprint(
    "console",
    __name__,
    url_prefix="/console",
    template_folder="templates",
    enable_openapi=False,
)
