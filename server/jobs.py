"""Where the jobs are: the worker imports these modules so that their tasks are known."""

from server.activities import tasks as activities
from server.appeals import tasks as appeals
from server.attendance import tasks as attendance
from server.evaluation import case_tasks as evaluation_cases
from server.evaluation import tally_tasks as tallies
from server.evaluation import tasks as evaluation
from server.feedback import tasks as feedback
from server.figures import tasks as figures
from server.frontline import tasks as frontline
from server.integrity import tasks as integrity
from server.ledger import tasks as ledger
from server.membership import tasks as membership
from server.notifications import tasks as notifications
from server.pictures import tasks as pictures
from server.publication import tasks as publication
from server.quarterly import tasks as quarterly
from server.rectification import tasks as rectification
from server.sampling import frame_tasks as sampling_frames
from server.sampling import outreach_tasks as outreach
from server.scoring import tasks as scoring
from server.sources import case_tasks as source_cases
from server.sources import tasks as sources
from server.uptake import tasks as uptake

TASK_MODULES = (
    pictures,
    notifications,
    membership,
    ledger,
    rectification,
    evaluation,
    evaluation_cases,
    tallies,
    sources,
    source_cases,
    sampling_frames,
    outreach,
    integrity,
    appeals,
    activities,
    attendance,
    frontline,
    scoring,
    figures,
    publication,
    quarterly,
    feedback,
    uptake,
)
