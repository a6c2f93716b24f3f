"""Authority (domain G): which instrument and clause gives which power to whom, and from when until when.

Instruments and clauses once signed never change: an end is a row of its own. The law itself is `portal/rules/authority.py`.
Public pages: /powers and /items/<code>/at/<point>; commands: `flask authority who-may | explain | gaps`.
"""
