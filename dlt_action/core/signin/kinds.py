"""The kinds of sign-in, as Databricks' unified authentication names them."""

from __future__ import annotations

from enum import StrEnum


class AuthType(StrEnum):
    """The kinds of sign-in."""

    PAT = "pat"
    OAUTH_M2M = "oauth-m2m"
    GITHUB_OIDC = "github-oidc"
    ENV_OIDC = "env-oidc"
    FILE_OIDC = "file-oidc"
    AZURE_DEVOPS_OIDC = "azure-devops-oidc"
    AZURE_CLIENT_SECRET = "azure-client-secret"  # noqa: S105 - a kind's name
    GITHUB_OIDC_AZURE = "github-oidc-azure"
