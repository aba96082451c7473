{% macro first_of_month(column) %}CAST(date_trunc('month', {{ column }}) AS DATE){% endmacro %}
