"""What Dagster loads: the definitions of the home that the environment names. How they are built: `build.py`."""

from pipelines import place
from pipelines.build import build

defs = build(str(place.home_path()), place.database_url(), place.key_folder())
