"""The domain of the contact register in plain Python; it knows neither Dagster nor Great Expectations."""
