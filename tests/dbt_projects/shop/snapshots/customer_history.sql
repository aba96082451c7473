{% snapshot customer_history %}
{{ config(target_schema='snapshots', unique_key='customer_id', strategy='timestamp', updated_at='updated_at') }}
select customer_id, country, updated_at from {{ ref('stg_customers') }}
{% endsnapshot %}
