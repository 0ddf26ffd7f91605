"""Two imports at once, or an import and a hand at the desk: real connections, one after another."""

import threading
from collections.abc import Callable

from apiflask import APIFlask

from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.identity import queries as identity
from server.identity import service as organisations
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.membership import queries, service
from server.membership.rules import ImportKind
from tests.factories.city import City
from tests.membership.files import DUTY_CODES, check, table

SHORT, LONG = 0.5, 20


class Overlap:
    """Does one step, holds its transaction open while another begins, then lets both end."""

    def __init__(self, app: APIFlask) -> None:
        self._app = app
        self._done, self._go = threading.Event(), threading.Event()
        self._errors: list[BaseException] = []

    def run(self, first: Callable[[], object], second: Callable[[], object]) -> None:
        def hold() -> None:
            first()
            self._done.set()
            assert self._go.wait(LONG)

        leading = threading.Thread(target=self._within, args=(hold,))
        following = threading.Thread(target=self._within, args=(second,))
        leading.start()
        assert self._done.wait(LONG), self._errors
        following.start()
        following.join(SHORT)
        self._go.set()
        leading.join(LONG)
        following.join(LONG)
        assert not self._errors

    def _within(self, step: Callable[[], object]) -> None:
        try:
            with self._app.app_context(), transaction():
                step()
        except BaseException as error:  # noqa: BLE001 shown by the test's own thread
            self._errors.append(error)
            self._done.set()


def applied(run_id: object) -> object:
    return service.apply_import(run_id, duties=DUTY_CODES, actor=SYSTEM, now=clock.now())  # type: ignore[arg-type]


def test_two_imports_of_one_list_at_once_take_each_person_in_once(
    app: APIFlask, branch: Organisation
) -> None:
    lines = ["姓名,支部"] + [f"人{number},{branch.name}" for number in range(50)]
    runs = [check(table(*lines)).id for _ in range(2)]
    Overlap(app).run(lambda: applied(runs[0]), lambda: applied(runs[1]))
    assert len(queries.roster(branch.id)) == 50
    assert [queries.import_run(run).report["counts"]["unchanged"] for run in runs] == [0, 50]


def test_an_import_waits_for_who_adds_the_same_person_by_hand(
    app: APIFlask, branch: Organisation
) -> None:
    run = check(table("姓名,支部", f"张三,{branch.name}")).id
    add = {"branch_id": branch.id, "name": "张三", "actor": SYSTEM, "now": clock.now()}
    Overlap(app).run(lambda: service.add_person(**add), lambda: applied(run))  # type: ignore[arg-type]
    assert len(queries.roster(branch.id)) == 1


def test_two_imports_of_one_tree_at_once_make_each_unit_once(app: APIFlask, city: City) -> None:
    file = table("名称,类别,上级", f"新局,机关部门,{city.root.name}", "新局支部,党支部,新局")
    runs = [check(file, ImportKind.ORGANISATIONS).id for _ in range(2)]
    Overlap(app).run(lambda: applied(runs[0]), lambda: applied(runs[1]))
    named = [one.name for one in identity.upper_organisations()]
    assert (named.count("新局"), named.count("新局支部")) == (1, 1)


def test_an_import_waits_for_who_makes_the_same_unit_by_hand(app: APIFlask, city: City) -> None:
    run = check(
        table("名称,类别,上级", f"新局,机关部门,{city.root.name}"), ImportKind.ORGANISATIONS
    ).id

    def make() -> object:
        return organisations.create_organisation(
            name="新局",
            kind=OrganisationKind.DEPARTMENT,
            parent_id=city.root.id,
            actor=SYSTEM,
            now=clock.now(),
        )

    Overlap(app).run(make, lambda: applied(run))
    assert [one.name for one in identity.upper_organisations()].count("新局") == 1
