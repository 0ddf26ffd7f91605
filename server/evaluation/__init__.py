"""Evaluations 评价: one person's ratings of one department in one campaign or for one matter.

receipt 回执 the rater's secret; exclude 不予采纳 set a rating apart by two officials; settle 结算
what is done once after a campaign closes, so that nothing kept joins a person with a rating.
"""
