"""Where the jobs are: the worker imports these modules so that their tasks are known."""

from server.activities import tasks as activities
from server.attendance import tasks as attendance
from server.evaluation import tasks as evaluation
from server.figures import tasks as figures
from server.frontline import tasks as frontline
from server.integrity import tasks as integrity
from server.membership import tasks as membership
from server.notifications import tasks as notifications
from server.pictures import tasks as pictures
from server.publication import tasks as publication
from server.sampling import frame_tasks as sampling_frames
from server.sampling import outreach_tasks as outreach
from server.scoring import tasks as scoring
from server.sources import tasks as sources

TASK_MODULES = (
    pictures,
    notifications,
    membership,
    evaluation,
    sources,
    sampling_frames,
    outreach,
    integrity,
    activities,
    attendance,
    frontline,
    scoring,
    figures,
    publication,
)
