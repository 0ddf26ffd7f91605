"""Ratings and matters that other systems hand over: 行政服务中心 service centres, 12345 hotlines.

A source 来源 hands over rows by file or by API. Each row is a matter 事项 with a ticket number
工单编号 that is unique in its source. A matter with a level and a department joins the service
campaign of its time as a rating; one without a level is kept and never scored; one without a
department waits in the queue 待分派.
"""
