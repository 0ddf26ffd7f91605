"""Where the jobs are: the worker imports these modules so that their tasks are known."""

from server.evaluation import tasks as evaluation

TASK_MODULES = (evaluation,)
