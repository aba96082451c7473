{{ config(materialized='view') }}
{% set sizes = ['large', 'small'] %}
select
    c.country,
    {% for size in sizes %}
    sum(case when f.size = '{{ size }}' then f.amount else 0 end) as {{ size }}_revenue,
    {% endfor %}
    count(*) as orders
from {{ ref('fct_orders') }} as f
join {{ ref('dim_customers', v=2) }} as c using (customer_id)
group by c.country
