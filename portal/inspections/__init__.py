"""Inspections (domain Q): may a body visit an enterprise on a day, on which basis, and who checks that it was so.

The law is `portal/rules/quiet_days.py`, asked by the command `flask quiet check` and by the public pages alike.
Public pages: /quiet-days and /inspections/verify.
"""
