"""The year's assessment (考核) of a department, and what the competent body decided on it."""
