"""The network (domain N): counties, divisions, service points, bodies, windows, people and hours.

Also what every other feature stands on: typed days of the calendar and settings with a date. It imports no other feature.
Public pages: /network and /network/<code>. Rules: N-1 to N-6; working days are counted in `portal/rules/working_days.py`.
"""
