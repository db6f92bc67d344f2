#!/bin/sh
# Run once, by the database's container: a user and a database of its own for the register and for Dagster.
set -eu
for name in register dagster; do
    case "$name" in register) password=$REGISTER_PASSWORD ;; dagster) password=$DAGSTER_PASSWORD ;; esac
    psql -v ON_ERROR_STOP=1 -v name="$name" -v password="$password" -U postgres <<'SQL'
CREATE USER :"name" PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
SQL
done
