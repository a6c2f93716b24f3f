"""Complaints and the mailbox: what people say about the service, and the days within which they are answered.

The law is `portal/rules/complaints.py`. Public pages: /complaints/new, /complaints/track and /mailbox.
"""
