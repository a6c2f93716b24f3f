"""Tongban (通办): the software that runs a county's government-service network."""
