"""The report as one HTML page: no file beside it, no request, nothing that is not in it twice.

What is on the page is in its markup, so that it is complete without a script; ``page.js`` pages
and filters what is there, and puts source and manifest side by side when somebody asks for it.
"""
