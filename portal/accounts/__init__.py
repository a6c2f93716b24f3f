"""Accounts: who signs in, sessions with an idle and an absolute limit, lock-out, signing out everywhere.

A session is a row, not a cookie full of claims; sessions, throttles and one-time codes live by wall time, never by the business
clock. The roles are those of `Role`; what a role may do is asked of the rules, never compared by name in a page.
"""
