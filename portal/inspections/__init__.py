"""Inspections (domain Q): may a body visit an enterprise on a day, on which basis, and who checks that it was so.

The law is `portal/rules/quiet_days.py`, asked by the command `flask quiet check`, the pages and the plans alike, and `portal/rules/inspection_plans.py`.
Public pages: /quiet-days, /inspections/matters, /inspections/benchmarks, /inspections/yearly. Plans: /inspections/plans.
The code of a notice: /inspections/verify; a visit without one: /inspections/report; the space of an enterprise: /enterprise.
"""
