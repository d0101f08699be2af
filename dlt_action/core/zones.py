"""The DNS zones of Databricks: hosts there may be given credentials."""

from __future__ import annotations

import re

# AWS and its GovCloud, Azure and its US and China clouds, Google.
ZONES = (
    "cloud.databricks.com",
    "cloud.databricks.us",
    "azuredatabricks.net",
    "databricks.azure.us",
    "databricks.azure.cn",
    "gcp.databricks.com",
)

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A name in one of the zones, in lower case unless the case is ignored.
ZONED = rf"(?:{LABEL}\.)+(?:{'|'.join(map(re.escape, ZONES))})"
