"""How Apache Spark, Delta Lake and Databricks quote a value, by their templates."""

from __future__ import annotations

from dlt_action.core.quoting import OVER, of, quote

SPARK = (
    # A violated expectation, and a constraint of a table: nothing that follows counts.
    quote("nput ", r"(?=Input [Dd]ata\s*:|[Ii]nput [Rr]ecord\s*:)"),
    quote("utput ", r"(?=[Oo]utput [Rr]ecord\s*:)"),
    quote("by row with values", r"(?<=by row with values)(?=\s*:)"),
    quote('Value "', r'\bValue "', r'" exceeds char/varchar type length', sure=False),
    # Casts and conversions.
    quote(
        "he value ",
        r"\b[Tt]he value (?!of |in )",
        r' of the type "| (?:\([^()\n]{0,200}\) )?cannot be (?:cast|converted) '
        r"| cannot be interpreted as a numeric",
        sure=False,
    ),
    quote(
        "] The value ",
        of("(?:CAST|CONVERSION)_[A-Z_]{1,40}") + r"The value (?!\(row data withheld)",
        OVER,
    ),
    quote("The variant value ", "The variant value ", " cannot be cast into "),
    quote(
        "Failed to cast ",
        r"Failed to cast (?:partition )?value ",
        r" to (?:data type |[`\"A-Z])|" + OVER,
    ),
    quote(
        "NUMERIC_VALUE_OUT_OF_RANGE",
        of("NUMERIC_VALUE_OUT_OF_RANGE") + "(?:The )?",
        r" cannot be represented as Decimal|" + OVER,
    ),
    quote(
        "BINARY_ARITHMETIC_OVERFLOW",
        of("BINARY_ARITHMETIC_OVERFLOW"),
        r" caused overflow|" + OVER,
    ),
    quote("operation overflow: ", r"Datetime operation overflow: ", OVER),
    quote(
        "Failed to convert ",
        r"Failed to convert (?:the row )?value ",
        r" of the class | \(class of ",
    ),
    # Dates, times and intervals.
    quote(
        "CANNOT_PARSE_TIMESTAMP",
        of("CANNOT_PARSE_TIMESTAMP"),
        r"\.? Use `|" + OVER,
    ),
    quote(
        "DATETIME_FIELD_OUT",
        of("DATETIME_FIELD_OUT_OF_BOUNDS"),
        r"\.? If necessary|" + OVER,
    ),
    quote(
        "DateTimeParseException",
        r"DateTimeParseException: Text '",
        r"' could not be parsed",
    ),
    quote("Text '", r"\bText '", r"' could not be parsed", sure=False),
    quote("Unparseable ", r'Unparseable (?:date|number): "', r'"(?=[\s.)]|\Z)'),
    quote("Fail to parse ", r"Fail to parse ", r" in the new parser", sure=False),
    quote(
        "CANNOT_PARSE_INTERVAL",
        of("CANNOT_PARSE_INTERVAL") + "Unable to parse ",
        r"\. Please|" + OVER,
    ),
    quote("INVALID_INTERVAL_FORMAT", of("INVALID_INTERVAL_FORMAT"), OVER),
    quote(
        "the provided value is ",
        r"but the provided value is ",
        r"\. To avoid|" + OVER,
    ),
    quote("Illegal input for day", r"Illegal input for day of week: ", OVER),
    quote("The timezone: ", r"The timezone: ", r" is invalid\."),
    quote("row with eventTime=", r"a row with eventTime=", r" which is older"),
    # Files and records.
    quote(
        "in record parsing:",
        r"detected in record parsing: ?",
        r"\.?\s{1,9}Parse Mode: ",
    ),
    quote("Cannot parse the value ", "Cannot parse the value ", r" of the field `"),
    quote(
        "Cannot parse the field ",
        r"Cannot parse the field name [^\n]{1,300}? and the value ",
        r" of the JSON token type",
    ),
    quote("Malformed CSV record: ", "Malformed CSV record: ", OVER),
    quote("content parsed=", r"content parsed="),
    quote("Invalid UTF8 byte", r"Invalid UTF8 byte sequence found in string: ", OVER),
    # What functions are given.
    quote("Duplicate map key ", "Duplicate map key ", r" was found"),
    quote(
        "MAP_KEY_DOES_NOT_EXIST",
        of("MAP_KEY_DOES_NOT_EXIST") + "Key ",
        r" does not exist|" + OVER,
    ),
    quote(
        "Key ",
        r"\bKey (?=['\"0-9-])",
        r" does not exist\. (?:Use |If necessary|To return)",
        sure=False,
    ),
    quote("duplicate object key ", "duplicate object key `", "`"),
    quote(
        "for a comparison between ",
        "for a comparison between ",
        r"\.\s{1,9}It should return",
    ),
    quote(
        "URL cannot be decoded: ",
        r"The provided URL cannot be decoded: ",
        r"\. Please ensure",
    ),
    quote(
        "The url is invalid: ",
        r"The url is invalid: ",
        r"\. (?:Use `|If necessary)|" + OVER,
    ),
    quote(
        "regexp_replace for source",
        r'Could not perform regexp_replace for source = "',
        r'", pattern = "',
    ),
    quote(
        "The input ",
        r'\bThe input "?[A-Z]{1,20}"? ',
        r" does not match the format",
        sure=False,
    ),
    quote(
        "NEGATIVE_VALUES_IN_",
        of("NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION"),
        r", but expected",
    ),
    quote(
        "Cannot convert SQL ",
        r"Cannot convert SQL [^\n]{1,300}? because ",
        r" is not in defined values for",
    ),
    quote("H3_INVALID_CELL_ID", of("H3_INVALID_CELL_ID"), r" is not a valid H3 cell"),
    quote("response JSON was:", r'response JSON was: ?"', r'"\. Please|' + OVER),
    quote("more than one column ", r'more than one column "', r'"\. However|' + OVER),
)
