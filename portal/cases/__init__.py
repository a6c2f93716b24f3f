"""Cases (domain C): what becomes of a resident's matter, from the counter of a village room to the county and back.

Events are the truth; the case row and its legs are a projection, written in the transaction of the event by one function.
The law is `portal/rules/lifecycle.py`, `handoffs.py` and `deadlines.py`. Staff pages: /work and /cases/<number>; public: /track.
"""
