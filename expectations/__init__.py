"""What valid means: suites as plain data, custom expectations and the runner. Knows the register, never Dagster."""
