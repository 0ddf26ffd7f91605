"""Where the jobs are: the worker imports these modules so that their tasks are known."""

from server.evaluation import tasks as evaluation
from server.notifications import tasks as notifications
from server.pictures import tasks as pictures

TASK_MODULES = (
    pictures,
    notifications,
    evaluation,
)
