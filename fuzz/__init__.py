"""Policies damaged in every way, through the whole pipeline: none may crash it, hang it or eat the memory."""
