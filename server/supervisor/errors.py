"""What can keep the project from starting."""


class StartError(Exception):
    """One line for the person at the terminal: what is wrong and what to do about it."""


class StopRequestedError(Exception):
    """The person asked to stop while the start was still under way."""
