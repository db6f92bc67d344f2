"""What waits for the steward, told once: on the page `morning`, by `register status`, in mails and webhooks."""
