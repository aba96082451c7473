{% macro month_of(column) %}date_trunc('month', {{ column }}){% endmacro %}
