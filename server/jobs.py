"""Where the jobs are: the worker imports these modules so that their tasks are known."""

from server.activities import tasks as activities
from server.attendance import tasks as attendance
from server.evaluation import tasks as evaluation
from server.frontline import tasks as frontline
from server.membership import tasks as membership
from server.notifications import tasks as notifications
from server.pictures import tasks as pictures
from server.sources import tasks as sources

TASK_MODULES = (
    pictures,
    notifications,
    membership,
    evaluation,
    sources,
    activities,
    attendance,
    frontline,
)
