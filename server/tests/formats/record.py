#!/usr/bin/env python3
"""Writes `recorded/*.txt` from ClickHouse itself, through chdb (pip install chdb): what each text format makes of the
tables here. A file holds one answer behind another: a line `== length format settings`, then the bytes and a line feed.
Figures that differ from run to run are cut out, as the test does with what it compares."""
import pathlib
import re
import chdb

FOLDER = pathlib.Path(__file__).parent
JSON = """JSONStrings JSONCompactStrings JSONColumns JSONColumnsWithMetadata JSONCompactColumns
JSONCompactEachRow JSONCompactEachRowWithNames JSONCompactEachRowWithNamesAndTypes JSONStringsEachRow
JSONCompactStringsEachRow JSONCompactStringsEachRowWithNames JSONCompactStringsEachRowWithNamesAndTypes
JSONObjectEachRow JSONEachRowWithProgress JSONStringsEachRowWithProgress JSONCompactEachRowWithProgress
JSONCompactStringsEachRowWithProgress PrettyJSONEachRow""".split()
PLAIN = """TabSeparatedRawWithNames TabSeparatedRawWithNamesAndTypes CSVWithNamesAndTypes TSKV LineAsString
LineAsStringWithNames LineAsStringWithNamesAndTypes CustomSeparated CustomSeparatedWithNames
CustomSeparatedWithNamesAndTypes SQLInsert XML Markdown""".split()
PRETTY = """Pretty PrettyNoEscapes PrettyMonoBlock PrettyCompactNoEscapes PrettySpace PrettySpaceNoEscapes
PrettySpaceMonoBlock""".split()
EARLIER = "TabSeparated CSV Values JSON JSONCompact JSONEachRow PrettyCompact Vertical".split()
ALL = JSON + PLAIN + PRETTY
NO_FALLBACK = "output_format_pretty_fallback_to_vertical = 0"
CASES = {
    "types": ALL + EARLIER + [f"{format} {NO_FALLBACK}" for format in ["Pretty", "PrettyCompact", "PrettySpace"]],
    "texts": ALL, "dates": JSON + PLAIN, "numbers": ALL, "composites": ALL, "empty": ALL, "wide": PRETTY,
    "many": ["Pretty", "PrettySpace"],
    "settings": [
        f"{format} {setting}" for setting, formats in {
            "output_format_json_quote_64bit_integers = 1": ["JSON", "JSONCompactEachRow", "JSONColumns", "JSONStrings"],
            "output_format_json_quote_64bit_floats = 1": ["JSONEachRow"],
            "output_format_json_quote_denormals = 1": ["JSON", "JSONEachRow", "JSONCompact"],
            "output_format_json_quote_decimals = 1": ["JSONEachRow"],
            "output_format_json_named_tuples_as_objects = 0": ["JSONEachRow", "PrettyJSONEachRow", "PrettyCompact"],
            "output_format_json_skip_null_value_in_named_tuples = 1": ["JSON", "JSONEachRow"],
            "output_format_json_escape_forward_slashes = 0": ["JSON", "JSONEachRow", "JSONColumns"],
            "output_format_json_array_of_rows = 1": ["JSONEachRow", "JSONStringsEachRow", "PrettyJSONEachRow",
                                                     "JSONCompactEachRow"],
            "format_json_object_each_row_column_for_object_name = 's'": ["JSONObjectEachRow"],
            "output_format_json_pretty_print = 0": ["JSON", "JSONStrings", "JSONCompact"],
            "output_format_write_statistics = 0": ["JSON", "XML", "JSONColumnsWithMetadata"],
            "output_format_csv_crlf_end_of_line = 1": ["CSV", "CSVWithNames"],
            "output_format_tsv_crlf_end_of_line = 1": ["TSV", "TSVWithNamesAndTypes", "TSKV"],
            "output_format_csv_serialize_tuple_into_separate_columns = 0": ["CSV", "CSVWithNamesAndTypes"],
            "format_csv_delimiter = ';'": ["CSV", "CSVWithNames"],
            "format_csv_null_representation = 'nil', format_tsv_null_representation = 'none'": ["CSV", "TSV", "TSKV",
                                                                                         "CustomSeparated"],
            "format_custom_escaping_rule = 'Quoted', format_custom_field_delimiter = '|', "
            "format_custom_row_before_delimiter = '<', format_custom_row_after_delimiter = '>', "
            "format_custom_row_between_delimiter = ',\\n', format_custom_result_before_delimiter = 'begin ', "
            "format_custom_result_after_delimiter = ' end'": ["CustomSeparated", "CustomSeparatedWithNames"],
            "format_custom_escaping_rule = 'CSV'": ["CustomSeparatedWithNamesAndTypes"],
            "format_custom_escaping_rule = 'JSON'": ["CustomSeparatedWithNamesAndTypes"],
            "format_custom_escaping_rule = 'XML'": ["CustomSeparated"],
            "format_custom_escaping_rule = 'Raw'": ["CustomSeparated"],
            "output_format_sql_insert_max_batch_size = 2": ["SQLInsert"],
            "output_format_sql_insert_table_name = 't u', output_format_sql_insert_use_replace = 1, "
            "output_format_sql_insert_quote_names = 0": ["SQLInsert"],
            "output_format_sql_insert_include_column_names = 0": ["SQLInsert"],
            "output_format_markdown_escape_special_characters = 1": ["Markdown"],
            "date_time_output_format = 'iso'": ["TSV", "JSONEachRow", "XML"],
            "date_time_output_format = 'unix_timestamp'": ["CSV", "JSONEachRow", "Values", "PrettyCompact"],
            "output_format_decimal_trailing_zeros = 1": ["TSV", "JSONEachRow"],
            "bool_true_representation = 'T', bool_false_representation = 'F'": ["TSV", "CSV", "JSONEachRow",
                                                                                "JSONStringsEachRow", "Markdown"],
        }.items() for format in formats],
    "pretty": [
        f"{format} {setting}" for setting, formats in {
            f"output_format_pretty_color = 1, {NO_FALLBACK}": ["Pretty", "PrettyCompact", "PrettySpace",
                                                               "PrettyNoEscapes", "PrettySpaceNoEscapes"],
            "output_format_pretty_color = 1": ["Pretty", "Vertical"],
            f"output_format_pretty_grid_charset = 'ASCII', {NO_FALLBACK}": ["Pretty", "PrettyCompact", "PrettySpace"],
            f"output_format_pretty_row_numbers = 0, {NO_FALLBACK}": ["Pretty", "PrettyCompact", "PrettySpace"],
            f"output_format_pretty_max_rows = 2, {NO_FALLBACK}": ["Pretty", "PrettyCompact", "PrettySpace"],
            f"output_format_pretty_max_value_width = 4, {NO_FALLBACK}": ["Pretty", "PrettyCompact", "PrettySpace"],
            f"output_format_pretty_max_column_pad_width = 6, {NO_FALLBACK}": ["Pretty", "PrettyCompact",
                                                                              "PrettySpace"],
            f"output_format_pretty_multiline_fields = 0, {NO_FALLBACK}": ["Pretty", "PrettyCompact", "PrettySpace"],
            f"output_format_pretty_highlight_digit_groups = 0, output_format_pretty_color = 1, {NO_FALLBACK}":
                ["PrettyCompact"],
            f"output_format_pretty_highlight_trailing_spaces = 0, output_format_pretty_color = 1, {NO_FALLBACK}":
                ["PrettyCompact"],
            f"output_format_pretty_display_footer_column_names_min_rows = 2, {NO_FALLBACK}":
                ["Pretty", "PrettyCompact", "PrettySpace"],
            f"output_format_pretty_max_column_name_width_cut_to = 4, "
            f"output_format_pretty_max_column_name_width_min_chars_to_cut = 2, {NO_FALLBACK}":
                ["Pretty", "PrettyCompact", "PrettySpace", "Vertical"],
            f"output_format_pretty_max_value_width_apply_for_single_value = 1, {NO_FALLBACK}": ["PrettyCompact"],
            f"output_format_pretty_named_tuples_as_json = 0, {NO_FALLBACK}": ["PrettyCompact", "Vertical"],
            f"output_format_pretty_single_large_number_tip_threshold = 100, {NO_FALLBACK}": ["PrettyCompact",
                                                                                             "Vertical"],
        }.items() for format in formats],
}


def source(case):
    if case in ["types", "settings", "pretty"]:
        return f"file('{FOLDER}/{case}.RowBinaryWithNamesAndTypes', RowBinaryWithNamesAndTypes)"
    structure = (FOLDER / f"{case}.structure").read_text().strip().replace("\\", "\\\\").replace("'", "\\'")
    return f"file('{FOLDER}/{case}.TabSeparated', TabSeparated, '{structure}')"


def without_figures(answer):
    """Time and rows read differ from run to run."""
    for pattern, cut in [(rb',\n\n\t"statistics":\n\t\{\n(\t\t.*\n)*\t\}', b''), (rb',"statistics":\{[^}]*\}', b''),
                         (rb'\t<statistics>\n(\t\t.*\n)*\t</statistics>\n', b''),
                         (rb'\{"progress":\{.*\}\}\n', b'')]:
        answer = re.sub(pattern, cut, answer)
    return answer


TABLES = {
    "settings": """SELECT number::UInt64 * 1234567 AS n, -number::Int64 AS `i|j`,
        ['a/b', 'c|d\\n*e*', ' x '][number + 1] AS s, number = 1 ? NULL : 'a;b' AS ns,
        [1 / 3, nan, inf][number + 1] AS f, toDecimal64(number / 2, 3) AS d, (number % 2 = 0)::Bool AS b,
        (number, number = 1 ? NULL : 'x')::Tuple(a UInt8, b Nullable(String)) AS t,
        [(number, NULL)]::Array(Tuple(c UInt64, e Nullable(Int8))) AS at, (1, 'y/')::Tuple(UInt8, String) AS p,
        toDateTime(number * 100000, 'Europe/Berlin') AS dt, toDateTime64(number / 3, 3, 'UTC') AS dt64,
        toDate(number) AS dd FROM numbers(3)""",
    "pretty": """SELECT number * 1234567 AS n, ['a/b', 'c|d\\n*e*', ' x ', 'tail  '][number + 1] AS s,
        (number, number = 1 ? NULL : 'x')::Tuple(a UInt8, b Nullable(String)) AS t,
        number = 1 ? NULL : toDateTime(number, 'UTC') AS a_very_long_column_name_indeed_it_is,
        1000.5 + number AS last FROM numbers(4)""",
}


def main():
    for case, query in TABLES.items():
        table = FOLDER / f"{case}.RowBinaryWithNamesAndTypes"
        table.write_bytes(chdb.query(query, table.suffix[1:]).bytes())
    for case, formats in CASES.items():
        answers = b""
        for entry in formats:
            format, _, settings = entry.partition(" ")
            always = "allow_suspicious_low_cardinality_types = 1"
            query = f"SELECT * FROM {source(case)} SETTINGS {always}{', ' if settings else ''}{settings}"
            answer = without_figures(chdb.query(query, format).bytes())
            answers += f"== {len(answer)} {format} {settings}\n".replace(",\n", ",\\n").encode() + answer + b"\n"
        (FOLDER / "recorded" / f"{case}.txt").write_bytes(answers)


if __name__ == "__main__":
    main()
