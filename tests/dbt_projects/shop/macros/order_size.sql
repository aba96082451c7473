{% macro order_size(amount) -%}
  case when {{ amount }} >= {{ var('large_order') }} then 'large' else 'small' end
{%- endmacro %}
