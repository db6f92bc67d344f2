"""The register's database: tables, migrations, bulk read and write, and its lock."""
