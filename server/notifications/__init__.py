"""Notices (消息) to members: an inbox in the program, and subscription messages where consented."""
