"""Campaigns 评价活动: who is rated, through which channels, against which indicators, and when.

A ``survey`` takes one rating per person, department and channel and is sealed until it closes. A
``service`` campaign is a quarter of ratings, one per matter 事项: a rating code 评价码 handed out
at the counter, or a counter 窗口 and a day.
"""
