"""The report of a bag: its numbers, and its figures as a web page."""
