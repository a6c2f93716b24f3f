"""Supervision: reminders, yellow and red lists, indicators and the weekly ranking of bodies and points.

Reads the features to its left and changes none of their rows. The law is `portal/rules/indicators.py` and `rankings.py`.
Public page: /rankings; staff pages: /manage.
"""
