"""The inputs on the workspace and on signing in: rows of the one table (`table`)."""

from __future__ import annotations

from dlt_action.core.signin.kinds import AuthType
from dlt_action.settings import credentials, formats, hosts
from dlt_action.settings.shape import Format, Group, Input

HOST: Input[str] = Input(
    name="host",
    format=Format("URL", formats.as_written),  # read by `hosts`, with `allow-host`
    group=Group.WORKSPACE,
    variable="DATABRICKS_HOST",
    help="workspace URL or bare host name, in Databricks' DNS zones, https only;"
    " `/?o=<id>` is taken as `workspace-id`",
    example="https://dbc-a1b2345c-d6e7.cloud.databricks.com",
    everyday=True,
)
CLIENT_ID: Input[str] = Input(
    name="client-id",
    format=Format("ID", credentials.application),
    group=Group.WORKSPACE,
    variable="DATABRICKS_CLIENT_ID",
    help="application id of the service principal that signs in; alone, by the"
    " identity of the CI job (OIDC), with nothing stored",
    example="5f1e7c3a-2b4d-4c6e-8f90-a1b2c3d4e5f6",
    everyday=True,
)
TOKEN: Input[str] = Input(
    name="token",
    format=Format("TOKEN", credentials.token),
    group=Group.WORKSPACE,
    variable="DATABRICKS_TOKEN",
    help="personal access token, or any bearer token (it is not renewed)",
    example="secrets.DATABRICKS_TOKEN",
    secret=True,
    everyday=True,
)
CLIENT_SECRET: Input[str] = Input(
    name="client-secret",
    format=Format("SECRET", credentials.secret),
    group=Group.WORKSPACE,
    variable="DATABRICKS_CLIENT_SECRET",
    help="OAuth secret of the service principal",
    example="secrets.DATABRICKS_CLIENT_SECRET",
    secret=True,
)
AUTH_TYPE: Input[AuthType] = Input(
    name="auth-type",
    format=Format("WORD", credentials.auth_type),
    group=Group.WORKSPACE,
    variable="DATABRICKS_AUTH_TYPE",
    unset="found out",
    help="how to sign in, where more than one way is set up: "
    + ", ".join(f"`{kind}`" for kind in AuthType),
    example="github-oidc",
)
OIDC_AUDIENCE: Input[str] = Input(
    name="oidc-audience",
    format=Format("TEXT", credentials.audience),
    group=Group.WORKSPACE,
    variable="DATABRICKS_TOKEN_AUDIENCE",
    unset="what the workspace says",
    help="audience that is asked of the OIDC provider",
    example="https://github.com/acme",
)
AZURE_TENANT_ID: Input[str] = Input(
    name="azure-tenant-id",
    format=Format("ID", credentials.tenant),
    group=Group.WORKSPACE,
    variable="ARM_TENANT_ID",
    unset="the workspace's",
    help="Entra tenant of the application that signs in",
    example="0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
)
AZURE_CLIENT_ID: Input[str] = Input(
    name="azure-client-id",
    format=Format("ID", credentials.application),
    group=Group.WORKSPACE,
    variable="ARM_CLIENT_ID",
    help="application of Entra ID that signs in",
    example="1b2c3d4e-5f6a-4b7c-8d9e-0f1a2b3c4d5e",
)
AZURE_CLIENT_SECRET: Input[str] = Input(
    name="azure-client-secret",
    format=Format("SECRET", credentials.secret),
    group=Group.WORKSPACE,
    variable="ARM_CLIENT_SECRET",
    help="client secret of that application",
    example="secrets.AZURE_CLIENT_SECRET",
    secret=True,
)
WORKSPACE_ID: Input[str] = Input(
    name="workspace-id",
    format=Format("DIGITS", formats.digits),
    group=Group.WORKSPACE,
    variable="DATABRICKS_WORKSPACE_ID",
    help="needed where one host serves several workspaces",
    example="1234567890123456",
)
CA_BUNDLE: Input[str] = Input(
    name="ca-bundle",
    format=Format("PATH|PEM", formats.authorities),
    group=Group.WORKSPACE,
    unset="those of Mozilla",
    help="extra certificate authorities: a path in the checkout, or PEM text",
    example="certs/corporate.pem",
)
ALLOW_HOST: Input[str] = Input(
    name="allow-host",
    format=Format("HOST[:PORT]", hosts.allow_host),
    group=Group.WORKSPACE,
    help="a host outside Databricks' DNS zones that may be given credentials"
    " (private gateway, custom URL)",
    example="gateway.example.com:8443",
)

ACCESS: tuple[Input[object], ...] = (
    HOST,
    CLIENT_ID,
    TOKEN,
    CLIENT_SECRET,
    AUTH_TYPE,
    OIDC_AUDIENCE,
    AZURE_TENANT_ID,
    AZURE_CLIENT_ID,
    AZURE_CLIENT_SECRET,
    WORKSPACE_ID,
    CA_BUNDLE,
    ALLOW_HOST,
)
