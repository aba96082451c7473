{% snapshot account_history %}
{{ config(target_schema='history', unique_key='account', strategy='check', check_cols=['name', 'kind']) }}
select * from {{ ref('accounts') }}
{% endsnapshot %}
