"""Requests by spreadsheet, without a shell: `requests.xlsx` out, filled into `inbox/requests`, answered by `answer-N.xlsx`."""
