"""The clouds of Azure: whom each lets sign people in, and what tokens are for there."""

from __future__ import annotations

from enum import Enum

# The application "AzureDatabricks", the same in every tenant and cloud
# (learn.microsoft.com/azure/databricks/dev-tools/auth/azure-sp).
DATABRICKS_RESOURCE = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"


class Cloud(Enum):
    """A cloud, by the name that `ARM_ENVIRONMENT` gives it."""

    PUBLIC = (
        "https://login.microsoftonline.com",
        "https://management.core.windows.net/",
        "azuredatabricks.net",
    )
    USGOVERNMENT = (
        "https://login.microsoftonline.us",
        "https://management.core.usgovcloudapi.net/",
        "databricks.azure.us",
    )
    CHINA = (
        "https://login.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn/",
        "databricks.azure.cn",
    )

    def __init__(self, authority: str, management: str, zone: str) -> None:
        """Take the three addresses."""
        self.authority = authority
        self.management = management  # the resource, which is a name and not called
        self.zone = zone


def cloud_of(host: str) -> Cloud | None:
    """The cloud in whose DNS zone the workspace's *host* lies, if in any."""
    for cloud in Cloud:
        if host.endswith(f".{cloud.zone}"):
            return cloud
    return None
