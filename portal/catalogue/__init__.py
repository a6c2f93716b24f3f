"""The catalogue (domain S): service items and their versions, required powers, materials, limits, where each is offered.

An item changes by a new version with a date; cases keep the version under which they began. A limit is number, unit, start and
stage. Public pages: /items and /items/<code>, searched by name, alias and pinyin initials.
"""
