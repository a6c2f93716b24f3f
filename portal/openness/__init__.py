"""Openness: publications, the feed, open data and the hall screen; what a county tells everybody.

The rightmost feature: it may read all others, none may import it. It never shows a person's data, not even masked.
Public pages: /publications, /feed.atom, /open-data/ and /screen/<point>.
"""
