"""Spreadsheets: out with a number and an end day, back with answers, each validated and applied."""
