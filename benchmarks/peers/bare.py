"""The least that Python can do it with."""

import http.client
import json
import os
from urllib.parse import urlsplit

host = urlsplit(os.environ["DATABRICKS_HOST"]).netloc
connection = http.client.HTTPSConnection(host, timeout=30)
connection.request(
    "GET",
    f"/api/2.0/pipelines/{os.environ['PIPELINE']}",
    headers={"Authorization": f"Bearer {os.environ['DATABRICKS_TOKEN']}"},
)
print(json.load(connection.getresponse())["name"])
