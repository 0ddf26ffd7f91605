"""The frontline log (四个在一线): strength, problems, experience, and the effect as it is rated."""
