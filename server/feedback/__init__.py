"""One-to-one feedback (一对一反馈): a sheet for each department and quarter, confirmed by it."""
