"""
What usually helps against the commonest causes: our words, and a page that says more.

A table: the error class decides where there is one; else what the message says, for
the errors of clouds and of Python, which have none. The first row that fits is taken,
so the narrow ones come before the wide ones. Nothing of a message gets into a hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dlt_action.core.record import Hint

_DOCS = "https://docs.databricks.com/aws/en/"
_AUTO_LOADER = "ingestion/cloud-object-storage/auto-loader/"
SEARCHED = 4000  # characters of a message: the cause is said first

_CLASS = re.compile(r"[A-Z][A-Z0-9_.]{2,150}")


@dataclass(frozen=True, slots=True)
class _Cause:
    classes: str  # of errors, each with all that begins with it; blanks between
    says: re.Pattern[str]  # what a message says that has no class
    hint: Hint

    def is_one_of(self, names: Iterable[str]) -> bool:
        mine = tuple(self.classes.split())
        return any(name.startswith(mine) for name in names)


def _cause(classes: str, says: str, advice: str, page: str) -> _Cause:
    return _Cause(classes, re.compile(says, re.IGNORECASE), Hint(advice, _DOCS + page))


_CAUSES = (
    _cause(
        "EXPECTATION_VIOLATION",
        r"failed to meet the expectation",
        "Records broke an expectation that fails the update. Correct the source, or"
        " let the expectation drop such records or only count them.",
        "ldp/expectations",
    ),
    _cause(
        "UNKNOWN_FIELD_EXCEPTION FLOW_SCHEMA_CHANGED",
        r"encountered unknown field",
        "The source has new fields. Auto Loader stops once to take them up and the"
        " next attempt goes on; cloudFiles.schemaEvolutionMode says what it does.",
        f"{_AUTO_LOADER}schema",
    ),
    _cause(
        "CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE",
        r"cannot infer schema when the input path|unable to infer schema",
        "There is no file to infer a schema from. Deliver a first file, or give the"
        " schema in the query.",
        f"{_AUTO_LOADER}schema",
    ),
    _cause(
        "CF_PATH_DOES_NOT_EXIST PATH_NOT_FOUND FAILED_READ_FILE.FILE_NOT_EXIST"
        " FAILED_READ_FILE.DBR_FILE_NOT_EXIST",
        r"\bFileNotFoundException\b|\bPath does not exist\b|\bNo such file or direct",
        "A file or folder is not there. Check the path for this target, and that"
        " nothing removes files before the pipeline has read them.",
        _AUTO_LOADER,
    ),
    _cause(
        "NO_TABLES_IN_PIPELINE",
        r"no tables were found in your pipeline",
        "The pipeline's source files define no dataset. Check which files it is set up"
        " with, and that no definition stands in a Markdown cell or behind an if.",
        "ldp/configure-pipeline",
    ),
    _cause(
        "",
        r"\bis already managed by (?:the )?pipeline\b",
        "Another pipeline owns a table of that name. Give each target a schema of its"
        " own, or move the table to this pipeline.",
        "ldp/move-table",
    ),
    _cause(
        "",
        r"materializing tables in custom schemas is not supported",
        "The pipeline uses the legacy publishing mode, which allows one schema only."
        " Name the table without a schema, or change the publishing mode.",
        "ldp/migrate-to-dpm",
    ),
    _cause(
        "INSUFFICIENT_PERMISSIONS PERMISSION_DENIED UNAUTHORIZED_ACCESS",
        r"\bPERMISSION_DENIED\b|\binsufficient privileges\b"
        r"|\b(?:user|principal) does not have [A-Z]",
        "The identity that the pipeline runs as lacks a privilege. Grant it what the"
        " message names, and USE CATALOG and USE SCHEMA above that.",
        "ldp/unity-catalog",
    ),
    _cause(
        "SCHEMA_NOT_FOUND CATALOG_NOT_FOUND NO_SUCH_CATALOG_EXCEPTION"
        " UC_CATALOG_NOT_FOUND",
        r"\b(?:schema|catalog|database) '[^'\n]{1,200}' (?:does not exist|not found)",
        "A catalog or schema is not there, or not visible to the identity that the"
        " pipeline runs as. Check the names of this target, and its privileges.",
        "ldp/unity-catalog",
    ),
    _cause(
        "TABLE_OR_VIEW_NOT_FOUND DATASET_NOT_DEFINED",
        r"\btable or view not found\b|\bfailed to read dataset\b"
        r"|\bdataset is not defined in the pipeline\b",
        "A table that is read is not there, or not visible to the identity that the"
        " pipeline runs as. Check the spelling, the catalog and the schema.",
        "error-messages/table-or-view-not-found-error-class",
    ),
    _cause(
        "UNRESOLVED_COLUMN UNRESOLVED_FIELD UNRESOLVED_USING_COLUMN",
        r"\bcannot resolve (?:column|')",
        "The query names a column that its source does not have. Check the spelling,"
        " and whether the source was changed.",
        "error-messages/unresolved-column-error-class",
    ),
    _cause(
        "PARSE_SYNTAX_ERROR PARSE_EMPTY_STATEMENT",
        r"\bParseException\b",
        "The SQL cannot be parsed at the position that is named.",
        "error-messages/error-classes",
    ),
    _cause(
        "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
        r"multiple source rows (?:attempted|matched)",
        "Several changes of one batch are for the same key. The column to sequence by"
        " has to tell them apart for each key.",
        "ldp/cdc",
    ),
    _cause(
        "DELTA_SOURCE_TABLE_IGNORE_CHANGES DELTA_SOURCE_IGNORE_DELETE",
        r"\bdetected (?:a data update|deleted data)\b",
        "A streaming table reads a table in which rows were changed or deleted. Read it"
        " with skipChangeCommits, make it a materialized view, or refresh it fully.",
        "structured-streaming/delta-lake",
    ),
    _cause(
        "DELTA_FAILED_TO_MERGE_FIELDS DELTA_MERGE_INCOMPATIBLE_DATATYPE"
        " CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE CANNOT_UPDATE_TABLE_SCHEMA",
        r"\bfailed to merge fields\b",
        "A column has another type than in the table. Cast it in the query; a full"
        " refresh of the table loses what its source does not have any more.",
        "data-engineering/schema-evolution",
    ),
    _cause(
        "DELTA_SCHEMA_CHANGE DELTA_STREAMING_INCOMPATIBLE_SCHEMA_CHANGE"
        " DELTA_STREAMING_SCHEMA_ DELTA_METADATA_CHANGED",
        r"\bdetected (?:a )?schema change\b",
        "The schema of a table that is streamed from has changed. Run the update"
        " again; if that fails too, the table needs a full refresh.",
        "data-engineering/schema-evolution",
    ),
    _cause(
        "DELTA_CONCURRENT_ CONCURRENT_ DELTA_METADATA_CONCURRENT",
        r"\bConcurrent(?:Append|DeleteRead|DeleteDelete|Transaction|Write)Exception\b"
        r"|\bMetadataChangedException\b",
        "Somebody else wrote to the same table meanwhile. Run the update again, and"
        " keep other jobs from writing to it at the same time.",
        "delta/concurrency-control",
    ),
    _cause(
        "STREAMING_STATEFUL_OPERATOR_NOT_MATCH STATE_STORE_ STDS_"
        " DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE DELTA_VERSION_NOT_CONTIGUOUS"
        " STREAMING_CHECKPOINT_",
        r"\bsources? in the checkpoint offsets\b"
        r"|\bnot compatible with (?:the )?(?:existing )?(?:checkpoint|state)\b"
        r"|\bdifferent delta table read by streaming source\b",
        "The query does not fit the checkpoint any more. Undo the change, or reset the"
        " checkpoint of this flow; a full refresh starts the whole table anew.",
        "ldp/recover-streaming",
    ),
    _cause(
        "STREAMING_OUTPUT_MODE UNSUPPORTED_STREAMING",
        r"\bappend output mode not supported\b",
        "A streaming query aggregates or joins without a bound. Give it a watermark,"
        " or make the dataset a materialized view.",
        "ldp/stateful-processing",
    ),
    _cause(
        "DATATYPE_MISMATCH",
        r"\bdata type mismatch\b",
        "An expression gets a type that it does not take. Cast the column that the"
        " message names.",
        "error-messages/datatype-mismatch-error-class",
    ),
    _cause(
        "CAST_INVALID_INPUT CANNOT_PARSE_TIMESTAMP CAST_OVERFLOW",
        r"\bcannot be cast to\b",
        "A value does not fit the type that it is cast to. try_cast gives NULL for it,"
        " and an expectation counts it.",
        "error-messages/cast-invalid-input-error-class",
    ),
    _cause(
        "DIVIDE_BY_ZERO",
        r"\[DIVIDE_BY_ZERO\]",  # Python's own is no matter of SQL
        "A divisor was zero. try_divide gives NULL for it, and an expectation counts"
        " it.",
        "error-messages/divide-by-zero-error-class",
    ),
    _cause(
        "",
        r"\bModuleNotFoundError\b|\bNo module named\b|\bImportError\b",
        "A Python module cannot be imported. Add the package to the pipeline's"
        " environment, or the folder of your own modules to its root path.",
        "ldp/developer/external-dependencies",
    ),
    _cause(
        "",
        r"\bSecret does not exist with scope\b|\bsecret scope\b.{0,200}\bnot exist\b",
        "A secret or its scope is not in this workspace. Create it, and let the"
        " identity that the pipeline runs as read it.",
        "security/secrets/workspace-secret-scopes",
    ),
    _cause(
        "CLOUD_PROVIDER_ AWS_INSUFFICIENT_ AZURE_QUOTA_EXCEEDED BOOTSTRAP_TIMEOUT"
        " CLOUD_ACCOUNT_ GCP_QUOTA_EXCEEDED NPIP_TUNNEL_ INSTANCE_UNREACHABLE",
        r"\bCLOUD_PROVIDER_[A-Z_]{3,60}|\bAWS_INSUFFICIENT_[A-Z_]{3,60}"
        r"|\b(?:AZURE|GCP)_QUOTA_EXCEEDED|\bBOOTSTRAP_TIMEOUT\b|\bNPIP_TUNNEL_"
        r"|\bfailed to launch (?:pipeline )?cluster\b|\bINSTANCE_UNREACHABLE\b",
        "The compute did not come up. The termination reason says whether the cloud"
        " had no capacity, a quota was used up, or the network is set up wrongly.",
        "compute/troubleshooting/cluster-error-codes",
    ),
    _cause(
        "RESOURCE_EXHAUSTED QUOTA_EXCEEDED RESOURCE_LIMIT_EXCEEDED",
        r"\bRESOURCE_EXHAUSTED\b|\bQUOTA_EXCEEDED\b|\bquota\b.{0,100}\bexceeded\b",
        "A quota of the account is used up. Let other pipelines and warehouses end,"
        " or ask for a higher one.",
        "admin/account-settings/serverless-quotas",
    ),
    _cause(
        "",
        r"\bOutOfMemoryError\b|\bspark driver has stopped unexpectedly\b"
        r"|\bexceeding memory limits\b|\bExecutorLostFailure\b"
        r"|\bMemoryError\b",
        "The driver or an executor ran out of memory or was lost. Take larger nodes,"
        " read less at a time, and collect nothing into the driver.",
        "optimizations/spark-ui-guide/spark-memory-issues",
    ),
    _cause(
        "INVALID_PARAMETER_VALUE.LOCATION_ EXTERNAL_LOCATION NO_PARENT_EXTERNAL_LOC"
        " UNAUTHORIZED_STORAGE CLOUD_FILE_SOURCE_ACCESS",
        r"\bAccessDenied(?:Exception)?\b|\bAuthorizationPermissionMismatch\b"
        r"|\bAuthorizationFailure\b|\bfs\.azure\.account\.key\b"
        r"|\b(?:403|401),? (?:Forbidden|Unauthorized)\b|\bInvalidAccessKeyId\b"
        r"|\bno parent external location\b|\bstorage\.objects\.(?:get|list) access\b",
        "The cloud storage refuses access. Check the external location of the path,"
        " its storage credential, and who may read files there.",
        "sql/language-manual/sql-ref-external-locations",
    ),
)

PAGES = frozenset(cause.hint.url for cause in _CAUSES)


def hint_of(names: Iterable[str], message: str) -> Hint | None:
    """What helps against an error of these class *names* that says *message*."""
    classes = [name for name in names if _CLASS.fullmatch(name)]
    for cause in _CAUSES:
        if cause.is_one_of(classes):
            return cause.hint
    said = message[:SEARCHED]
    for cause in _CAUSES:
        if cause.says.search(said):
            return cause.hint
    return None
