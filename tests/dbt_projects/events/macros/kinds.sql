{# the kinds that there are in the data now; `view` alone before anything was loaded #}
{% macro kinds() %}
  {% set seen = load_relation(ref('kinds_seen')) %}
  {% if execute and seen is not none %}
    {% set found = run_query('select distinct kind from ' ~ seen ~ ' order by kind') %}
    {{ return(['view'] + (found.columns[0].values() | list)) }}
  {% endif %}
  {{ return(['view']) }}
{% endmacro %}

{% macro kinds_known() %}
  {{ return(['view', 'click', 'buy']) }}
{% endmacro %}
