"""Campaigns: groups of listed numbers that are probably used by the same caller.

`facts` extracts what the reports of a number may share with those of others, `coincidences` finds values that numbers
share more often than by chance, and `find` joins such numbers into campaigns.
"""
