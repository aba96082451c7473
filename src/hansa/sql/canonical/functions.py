"""What is known about functions: which aggregate, which multiply rows, which are not constant."""

from __future__ import annotations

from enum import Enum

from sqlglot import exp


class Behaviour(Enum):
    """How a function call takes part in a query."""

    SCALAR = "one value for one row"
    AGGREGATE = "one value for a group of rows"
    WINDOW = "one value for a row among others"
    CLOCK = "one value in a statement"
    VOLATILE = "another value at every call"
    ROWS = "many rows, or something that is not known"


def _named(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _classes(text: str) -> tuple[type[exp.Expr], ...]:
    found = (getattr(exp, name, None) for name in text.split())
    return tuple(item for item in found if isinstance(item, type))


_VOLATILE = _classes(
    "Rand Randn Randstr Uuid NextValueFor Shuffle Uniform Normal Zipf Seq1 Seq2 Seq4 Seq8"
    " AIClassify AIEmbed AIForecast AIGenerate AISimilarity AIAgg AISummarizeAgg GenerateBool"
    " GenerateDouble GenerateInt GenerateText GenerateEmbedding Predict MLForecast MLTranslate"
    " Secret Search"
)
_CLOCK = _classes(
    "CurrentAccount CurrentAccountName CurrentAvailableRoles CurrentCatalog CurrentClient"
    " CurrentDatabase CurrentDate CurrentDatetime CurrentIpAddress CurrentOrganizationName"
    " CurrentOrganizationUser CurrentRegion CurrentRole CurrentRoleType CurrentSchema"
    " CurrentSchemas CurrentSecondaryRoles CurrentSession CurrentStatement CurrentTime"
    " CurrentTimestamp CurrentTimestampLTZ CurrentTimezone CurrentTransaction CurrentUser"
    " CurrentUserId CurrentVersion CurrentWarehouse Localtime Localtimestamp SessionUser"
    " Systimestamp UtcDate UtcTime UtcTimestamp"
)
_ROWS = _classes(
    "UDTF Explode Inline Posexplode Stack Unnest Flatten JSONTable XMLTable OpenJSON"
    " TableFromRows ExplodingGenerateSeries GenerateTable Generator ReadCSV ReadParquet"
    " FeaturesAtTime GapFill VectorSearch Columns DynamicIdentifier ConnectByRoot Apply RangeN"
    " SplitToTable StrtokSplitToTable JSONKeysAtDepth ObjectTransform"
)
_WINDOW_ONLY = _classes(
    "RowNumber Rank DenseRank PercentRank CumeDist Ntile Lag Lead FirstValue LastValue NthValue"
)
# Each of these is sensitive to the order of its input unless it is told one.
ORDER_SENSITIVE = _classes("ArrayAgg GroupConcat First Last AnyValue JSONArrayAgg ArrayConcatAgg")
ORDER_SENSITIVE_NAMES = _named("list array_agg string_agg group_concat listagg arbitrary")
# NULL arguments change nothing about these, so that FILTER is the same as CASE without ELSE.
IGNORES_NULL = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count)

_AGGREGATES = _named(
    "any_value approx_count_distinct approx_percentile approx_quantile approx_top_k arbitrary"
    " arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last array_agg"
    " avg bit_and bit_or bit_xor bitstring_agg bool_and bool_or corr count count_if covar_pop"
    " covar_samp entropy every favg first fsum geomean geometric_mean group_concat histogram"
    " histogram_exact json_agg json_group_array json_group_object json_group_structure"
    " json_object_agg jsonb_agg jsonb_object_agg kahan_sum kurtosis kurtosis_pop last list listagg"
    " mad max max_by mean median min min_by mode percentile percentile_cont percentile_disc"
    " product quantile quantile_cont quantile_disc range_agg regr_avgx regr_avgy regr_count"
    " regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile sem skewness"
    " stddev stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp"
    " variance wavg weighted_avg xmlagg"
)
# Calls that the parser has no class of its own for, and that are known to be plain functions.
_SCALARS = _named(
    "add age aggregate array_aggr array_aggregate array_apply array_cosine_distance"
    " array_cosine_similarity array_cross_product array_distance array_dot_product array_extract"
    " array_grade_up array_has_any array_indexof array_inner_product array_pop_back"
    " array_pop_front array_push_back array_push_front array_reduce array_resize"
    " array_reverse_sort array_select array_sort array_to_json array_transform array_unique"
    " array_value array_where array_zip bar base64 bin bit_count bit_position bitstring btrim"
    " cardinality century concat_ws constant_or_null damerau_levenshtein date_part date_sub"
    " datepart datesub days_in_month decade div divide element_at enum_code enum_first enum_last"
    " enum_range enum_range_boundary epoch epoch_ns epoch_us equi_width_bins era even fdiv fmod"
    " format_bytes from_binary from_json_strict gamma gcd get_bit grade_up greatest_common_divisor"
    " hamming hash initcap invoke isfinite isoyear jaccard jaro_similarity json_array_length"
    " json_contains json_deep_merge json_exists json_insert json_merge_patch json_normalize"
    " json_pretty json_quote json_replace json_structure json_transform json_transform_strict"
    " json_valid json_value julian lcm least_common_multiple left_grapheme length_grapheme lgamma"
    " list_aggr list_aggregate list_any_value list_apply list_avg list_bit_and list_bit_or"
    " list_bit_xor list_bool_and list_bool_or list_cat list_cosine_similarity list_count"
    " list_dot_product list_element list_entropy list_extract list_first list_grade_up"
    " list_has_all list_histogram list_indexof list_inner_product list_intersect list_kurtosis"
    " list_last list_mad list_max list_median list_min list_mode list_pack list_position"
    " list_product list_reduce list_resize list_reverse list_reverse_sort list_select"
    " list_skewness list_slice list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum"
    " list_unique list_value list_var_pop list_var_samp list_where list_zip make_timestamp_ms"
    " make_timestamp_ns make_timestamptz map_concat map_contains map_contains_entry"
    " map_contains_value map_entries map_extract map_extract_value map_values md5_number"
    " microsecond millennium millisecond mismatches multiply nanosecond nextafter nfc_normalize"
    " normalized_interval octet_length ord parse_dirname parse_dirpath parse_filename parse_path"
    " path_join prefix printf quote_ident quote_literal regexp_escape regexp_split_to_array"
    " right_grapheme round_even roundbankers row row_to_json set_bit signbit strip_accents strlen"
    " struct_concat struct_extract_at struct_insert struct_keys struct_position struct_update"
    " struct_values substring_grapheme subtract suffix switch timezone timezone_hour"
    " timezone_minute to_base to_centuries to_char to_date to_decades to_hours to_json to_jsonb"
    " to_microseconds to_millennia to_milliseconds to_minutes to_months to_number to_quarters"
    " to_seconds to_weeks to_years try_strptime unbin union_extract union_tag union_value"
    " url_decode url_encode uuid_extract_timestamp uuid_extract_version weekday yearweek"
)
_VOLATILE_NAMES = _named(
    "ago currval error nextval random setseed setval sleep_ms txid_current uuidv4 uuidv7 lastval"
    " clock_timestamp statement_timestamp timeofday pg_sleep rand rowid row_number write_log"
)
_CLOCK_NAMES = _named(
    "current_localtime current_localtimestamp current_query current_setting get_current_time"
    " get_current_timestamp getvariable now today transaction_timestamp version user"
)


def behaviour_of(call: exp.Expr, dialect: str) -> Behaviour:
    """How a call takes part in a query; what is not known counts as ROWS."""
    if isinstance(call, (exp.Anonymous, exp.AnonymousAggFunc)):
        return _behaviour_of_name(str(call.this).lower())
    if isinstance(call, _WINDOW_ONLY):
        return Behaviour.WINDOW
    if isinstance(call, _VOLATILE):
        return Behaviour.VOLATILE
    if isinstance(call, _CLOCK):
        return Behaviour.CLOCK
    if isinstance(call, exp.AggFunc):
        return Behaviour.AGGREGATE
    if isinstance(call, exp.GenerateSeries) and dialect != "duckdb":
        return Behaviour.ROWS
    return Behaviour.ROWS if isinstance(call, _ROWS) else Behaviour.SCALAR


def _behaviour_of_name(name: str) -> Behaviour:
    if name in _AGGREGATES:
        return Behaviour.AGGREGATE
    if name in _VOLATILE_NAMES:
        return Behaviour.VOLATILE
    if name in _CLOCK_NAMES:
        return Behaviour.CLOCK
    return Behaviour.SCALAR if name in _SCALARS else Behaviour.ROWS
