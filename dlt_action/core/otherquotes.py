"""
How Java, Python, their parsers and databases quote a value that they cannot read.

As functions of the user's own throw it. What such a function says in its own words is
what a person needs, and stays; and so does the key of a `KeyError`.
"""

from __future__ import annotations

from dlt_action.core.quoting import FRAMES, LINE, of, quote

_POSITION = r",? at position [0-9]|" + FRAMES

OTHERS = (
    # Java, and what reads JSON there.
    quote("For input string: ", r'For input string: "', r'"(?=[\s.)(]|\Z)'),
    quote("Invalid UUID string: ", "Invalid UUID string: ", FRAMES),
    quote(
        "[Source: (",
        r'\[Source: \([^()"\n]{1,60}\)"',
        r'"(?:\[[^\]\n]{1,60}\])?; line: ',
    ),
    quote("Unrecognized token ", r"Unrecognized token '", r"': was expecting "),
    # Python, pandas, Arrow and pydantic. What Python calls the `repr` of a value is in
    # one line, whatever the value is made of.
    quote(
        "nvalid literal for ",
        r"(?:invalid literal for int\(\) with base [0-9]{1,2}"
        r"|Invalid literal for Decimal): ",
        LINE,
    ),
    quote(
        "not convert string to ",
        r"could not convert string to [a-z]{1,20}: ",
        LINE,
    ),
    quote("time data ", r"\btime data (?=['\"])", r" does(?: not|n't) match format "),
    quote("Invalid isoformat string: ", r"Invalid isoformat string: ", LINE),
    quote("Unable to parse string ", r'Unable to parse string "', r'" at position '),
    quote(
        "nknown ",
        r"\b[Uu]nknown (?:datetime )?string format"
        r"(?:, unable to parse)?: ",
        _POSITION,
    ),
    quote("not contain a date: ", "String does not contain a date: ", FRAMES),
    quote("Out of bounds ", r"Out of bounds (?:nanosecond )?timestamp: ", _POSITION),
    quote("ArrowInvalid: ", r"ArrowInvalid: Could not parse '", r"' as [a-z]"),
    quote("Could not parse '", r"Could not parse '", r"' as [a-z]", sure=False),
    quote(
        "parse string: '",
        r"Failed to parse string: '",
        r"' as a scalar of type ",
    ),
    quote(
        " is not a valid ",
        r"ValueError: (?=['\"(0-9-])",
        r" is not a valid [\w.]{1,100}(?=[\n\0]|\Z)",
        sure=False,
    ),
    quote(
        "input_value=",
        r"\btype=[\w.]{1,100}, input_value=",
        r", input_type=|" + LINE,
    ),
    quote("Row(", r"<Row\(|\bRow\((?=['\"0-9-]|[^()=\n]{1,200}=)", LINE),
    quote("Could not convert ", r"Could not convert ", r" with type ", sure=False),
    quote("accept ", r"can ?not accept (?:the )?object ", r" in type "),
    quote(
        "FIELD_TYPE_MISMATCH",
        of("FIELD_TYPE_MISMATCH"),
        r" is not an instance of type ",
    ),
    # Databases, on a connection of their own.
    quote(
        ")=(",
        r"\bKey \([^\n]{1,300}?\)=\(",
        r"\) (?:already exists|is (?:not present|still referenced|duplicated)"
        r"|conflicts with)",
    ),
    quote("existing key (", r"existing key \([^\n]{1,300}?\)=\(", FRAMES),
    quote("key value is (", r"The duplicate key value is \(", FRAMES),
    quote("row contains (", r"Failing row contains \("),
    quote("Duplicate entry '", "Duplicate entry '", r"' for key "),
    quote("Incorrect ", r"Incorrect [a-z]{1,20} value: '", r"' for column "),
    quote(
        "nput syntax for ",
        r'invalid input syntax for [a-z ]{1,60}: "',
        r'"\s{0,9}(?:\nLINE |\n\s{0,9}Position: |\Z)|' + FRAMES,
    ),
    quote('value "', r'\bvalue "', r'" is out of range for type ', sure=False),
)
