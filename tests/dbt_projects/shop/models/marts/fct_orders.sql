{{
    config(
        tags=['core']
    )
}}

with orders as (
    select * from {{ ref('stg_orders') }}
    where status <> 'cancelled'
)

select
    o.order_id,
    o.customer_id,
    o.amount,
    o.amount_cents,
    {{ order_size('o.amount') }} as size,
    o.ordered_at,
    n.name as country_name,
    cast(o.amount * (1 + coalesce(n.vat, 0)) as decimal(18,4)) as gross
from orders as o
left join {{ ref('stg_customers') }} as c on c.customer_id = o.customer_id
left join {{ ref('countries') }} as n on n.code = c.country
