"""
What usually helps against the commonest causes: our words, and a page that says more.

A table: the error class decides where there is one; else what the message says, for
the errors of clouds and of Python, which have none. The first row that fits is taken,
so the narrow ones come before the wide ones. Nothing of a message gets into a hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlt_action.core.record import Hint
from dlt_action.lean import dataclass

_DOCS = "https://docs.databricks.com/aws/en/"
_AUTO_LOADER = "ingestion/cloud-object-storage/auto-loader/"
SEARCHED = 4000  # characters of a message: the cause is said first

_CLASS = re.compile(r"[A-Z][A-Z0-9_.]{2,150}")


@dataclass(frozen=True, slots=True)
class _Cause:
    classes: tuple[str, ...]  # of errors, each with all that begins with it
    says: tuple[str, ...]  # what messages without a class say, in small letters
    hint: Hint

    def is_one_of(self, names: Iterable[str]) -> bool:
        return any(name.startswith(self.classes) for name in names)


def _cause(classes: str, says: str, advice: str, page: str) -> _Cause:
    return _Cause(
        tuple(classes.split()), tuple(says.split("|")), Hint(advice, _DOCS + page)
    )


_CAUSES = (
    _cause(
        "EXPECTATION_VIOLATION",
        "failed to meet the expectation",
        "Records broke an expectation that fails the update. Correct the source, or"
        " let the expectation drop such records or only count them.",
        "ldp/expectations",
    ),
    _cause(
        "UNKNOWN_FIELD_EXCEPTION FLOW_SCHEMA_CHANGED",
        "encountered unknown field",
        "The source has new fields. Auto Loader stops once to take them up and the"
        " next attempt goes on; cloudFiles.schemaEvolutionMode says what it does.",
        f"{_AUTO_LOADER}schema",
    ),
    _cause(
        "CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE",
        "cannot infer schema when the input path|unable to infer schema",
        "There is no file to infer a schema from. Deliver a first file, or give the"
        " schema in the query.",
        f"{_AUTO_LOADER}schema",
    ),
    _cause(
        "CF_PATH_DOES_NOT_EXIST PATH_NOT_FOUND FAILED_READ_FILE.FILE_NOT_EXIST"
        " FAILED_READ_FILE.DBR_FILE_NOT_EXIST",
        "filenotfoundexception|path does not exist|no such file or directory",
        "A file or folder is not there. Check the path for this target, and that"
        " nothing removes files before the pipeline has read them.",
        _AUTO_LOADER,
    ),
    _cause(
        "NO_TABLES_IN_PIPELINE",
        "no tables were found in your pipeline",
        "The pipeline's source files define no dataset. Check which files it is set up"
        " with, and that no definition stands in a Markdown cell or behind an if.",
        "ldp/configure-pipeline",
    ),
    _cause(
        "",
        "is already managed by pipeline",
        "Another pipeline owns a table of that name. Give each target a schema of its"
        " own, or move the table to this pipeline.",
        "ldp/move-table",
    ),
    _cause(
        "",
        "materializing tables in custom schemas is not supported",
        "The pipeline uses the legacy publishing mode, which allows one schema only."
        " Name the table without a schema, or change the publishing mode.",
        "ldp/migrate-to-dpm",
    ),
    _cause(
        "INSUFFICIENT_PERMISSIONS PERMISSION_DENIED UNAUTHORIZED_ACCESS",
        "permission_denied|insufficient privileges|user does not have ",
        "The identity that the pipeline runs as lacks a privilege. Grant it what the"
        " message names, and USE CATALOG and USE SCHEMA above that.",
        "ldp/unity-catalog",
    ),
    _cause(
        "SCHEMA_NOT_FOUND CATALOG_NOT_FOUND NO_SUCH_CATALOG_EXCEPTION"
        " UC_CATALOG_NOT_FOUND",
        "nosuchdatabaseexception|nosuchnamespaceexception|nosuchcatalogexception",
        "A catalog or schema is not there, or not visible to the identity that the"
        " pipeline runs as. Check the names of this target, and its privileges.",
        "ldp/unity-catalog",
    ),
    _cause(
        "TABLE_OR_VIEW_NOT_FOUND DATASET_NOT_DEFINED",
        "table or view not found|failed to read dataset"
        "|dataset is not defined in the pipeline",
        "A table that is read is not there, or not visible to the identity that the"
        " pipeline runs as. Check the spelling, the catalog and the schema.",
        "error-messages/table-or-view-not-found-error-class",
    ),
    _cause(
        "UNRESOLVED_COLUMN UNRESOLVED_FIELD UNRESOLVED_USING_COLUMN",
        "cannot resolve column|cannot resolve '",
        "The query names a column that its source does not have, or not any more.",
        "error-messages/unresolved-column-error-class",
    ),
    _cause(
        "PARSE_SYNTAX_ERROR PARSE_EMPTY_STATEMENT",
        "parser.parseexception|captured.parseexception|connect.parseexception",
        "The SQL cannot be parsed at the position that is named.",
        "error-messages/error-classes",
    ),
    _cause(
        "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE",
        "multiple source rows matched|multiple source rows attempted",
        "Several changes of one batch are for the same key. The column to sequence by"
        " has to tell them apart for each key.",
        "ldp/cdc",
    ),
    _cause(
        "DELTA_SOURCE_TABLE_IGNORE_CHANGES DELTA_SOURCE_IGNORE_DELETE",
        "detected a data update|detected deleted data",
        "A streaming table reads a table in which rows were changed or deleted. Read it"
        " with skipChangeCommits, make it a materialized view, or refresh it fully.",
        "structured-streaming/delta-lake",
    ),
    _cause(
        "DELTA_FAILED_TO_MERGE_FIELDS DELTA_MERGE_INCOMPATIBLE_DATATYPE"
        " CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE CANNOT_UPDATE_TABLE_SCHEMA",
        "failed to merge fields",
        "A column has another type than in the table. Cast it in the query; a full"
        " refresh of the table loses what its source does not have any more.",
        "data-engineering/schema-evolution",
    ),
    _cause(
        "DELTA_SCHEMA_CHANGE DELTA_STREAMING_INCOMPATIBLE_SCHEMA_CHANGE"
        " DELTA_STREAMING_SCHEMA_ DELTA_METADATA_CHANGED",
        "detected schema change|detected a schema change",
        "The schema of a table that is streamed from has changed. Run the update"
        " again; if that fails too, the table needs a full refresh.",
        "data-engineering/schema-evolution",
    ),
    _cause(
        "DELTA_CONCURRENT_ CONCURRENT_ DELTA_METADATA_CONCURRENT",
        "concurrentappendexception|concurrentdeletereadexception"
        "|concurrentdeletedeleteexception|concurrenttransactionexception"
        "|concurrentwriteexception|metadatachangedexception",
        "Somebody else wrote to the same table meanwhile. Run the update again, and"
        " keep other jobs from writing to it at the same time.",
        "optimizations/isolation-level",
    ),
    _cause(
        "STREAMING_STATEFUL_OPERATOR_NOT_MATCH STATE_STORE_ STDS_"
        " DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE DELTA_VERSION_NOT_CONTIGUOUS"
        " STREAMING_CHECKPOINT_",
        "in the checkpoint offsets|different delta table read by streaming source",
        "The query does not fit the checkpoint any more. Undo the change, or reset the"
        " checkpoint of this flow; a full refresh starts the whole table anew.",
        "ldp/recover-streaming",
    ),
    _cause(
        "STREAMING_OUTPUT_MODE UNSUPPORTED_STREAMING",
        "append output mode not supported",
        "A streaming query aggregates or joins without a bound. Give it a watermark,"
        " or make the dataset a materialized view.",
        "ldp/stateful-processing",
    ),
    _cause(
        "MALFORMED_RECORD_IN_PARSING MALFORMED_CSV_RECORD",
        "malformed records are detected|malformed csv record",
        "A record of a file does not fit the schema. The mode PERMISSIVE goes on and"
        " keeps what does not fit in the rescued data column.",
        f"{_AUTO_LOADER}schema",
    ),
    _cause(
        "DELTA_VIOLATE_CONSTRAINT DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
        "not null constraint violated|violated by row with values",
        "A row breaks a constraint of the table. Correct the source, or let an"
        " expectation drop such rows before they are written.",
        "tables/constraints",
    ),
    _cause(
        "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAME",
        "found invalid character(s) among",
        "A column's name has a blank or a sign that a table does not take. Rename it in"
        " the query, or turn on column mapping.",
        "delta/column-mapping",
    ),
    _cause(
        "DATATYPE_MISMATCH",
        "data type mismatch",
        "An expression gets a type that it does not take. Cast the column that the"
        " message names.",
        "error-messages/datatype-mismatch-error-class",
    ),
    _cause(
        "CAST_INVALID_INPUT CANNOT_PARSE_TIMESTAMP CAST_OVERFLOW",
        '" cannot be cast to "',
        "A value does not fit the type that it is cast to. try_cast gives NULL for it,"
        " and an expectation counts it.",
        "error-messages/cast-invalid-input-error-class",
    ),
    _cause(
        "DIVIDE_BY_ZERO",
        "[divide_by_zero]",  # Python's own is no matter of SQL
        "A divisor was zero. try_divide gives NULL, and an expectation counts it.",
        "error-messages/divide-by-zero-error-class",
    ),
    _cause(
        "",
        "modulenotfounderror|no module named|importerror: ",
        "A Python module cannot be imported. Add the package to the pipeline's"
        " environment, or the folder of your own modules to its root path.",
        "ldp/developer/external-dependencies",
    ),
    _cause(
        "PYTHON.NAME_ERROR",
        "nameerror: name '",
        "A name is used that the Python code does not define. Check its spelling, and"
        " that this file defines or imports it.",
        "ldp/developer/python-dev",
    ),
    _cause(
        "",
        "cannot redefine dataset",
        "Two definitions make a dataset of the same name. Rename one of them, or leave"
        " one of their files out of the pipeline.",
        "ldp/developer/python-dev",
    ),
    _cause(
        "",
        "secret does not exist with scope",
        "A secret or its scope is not in this workspace. Create it, and let the"
        " identity that the pipeline runs as read it.",
        "security/secrets/",
    ),
    _cause(
        "CLOUD_PROVIDER_ AWS_INSUFFICIENT_ AZURE_QUOTA_EXCEEDED BOOTSTRAP_TIMEOUT"
        " CLOUD_ACCOUNT_ GCP_QUOTA_EXCEEDED NPIP_TUNNEL_ INSTANCE_UNREACHABLE",
        "cloud_provider_|aws_insufficient_|azure_quota_exceeded|gcp_quota_exceeded"
        "|bootstrap_timeout|npip_tunnel_|failed to launch pipeline cluster"
        "|instance_unreachable",
        "The compute did not come up. The termination reason says whether the cloud"
        " had no capacity, a quota was used up, or the network is set up wrongly.",
        "compute/troubleshooting/cluster-error-codes",
    ),
    _cause(
        "RESOURCE_EXHAUSTED QUOTA_EXCEEDED RESOURCE_LIMIT_EXCEEDED",
        "resource_exhausted|quota_exceeded|quota exceeded|exceeded quota",
        "A quota is used up. Let other pipelines and warehouses end, or ask for more.",
        "admin/account-settings/serverless-quotas",
    ),
    _cause(
        "",
        "outofmemoryerror|spark driver has stopped unexpectedly|memoryerror"
        "|exceeding memory limits|executorlostfailure",
        "The driver or an executor ran out of memory or was lost. Take larger nodes,"
        " read less at a time, and collect nothing into the driver.",
        "optimizations/spark-ui-guide/spark-memory-issues",
    ),
    _cause(
        "INVALID_PARAMETER_VALUE.LOCATION_ EXTERNAL_LOCATION NO_PARENT_EXTERNAL_LOC"
        " UNAUTHORIZED_STORAGE CLOUD_FILE_SOURCE_ACCESS",
        "accessdenied|authorizationpermissionmismatch|authorizationfailure"
        "|fs.azure.account.key|403 forbidden|403, forbidden|invalidaccesskeyid"
        "|no parent external location|storage.objects.get access"
        "|storage.objects.list access",
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
    said = message[:SEARCHED].lower()
    for cause in _CAUSES:
        if any(words in said for words in cause.says):
            return cause.hint
    return None
