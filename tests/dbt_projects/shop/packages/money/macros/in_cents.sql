{% macro in_cents(column) %}cast(round({{ column }} * 100, 0) as bigint){% endmacro %}
