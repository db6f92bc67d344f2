"""One true record of each firm, each contact and each person: functions of observations, decisions, corrections and policy."""
