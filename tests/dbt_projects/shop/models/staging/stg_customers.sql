{#- one row per customer; an address that is empty counts as none -#}
select
    id as customer_id,
    nullif(trim(email), '') as email,
    coalesce(country, 'DE') as country,
    updated_at
from {{ source('raw', 'customers') }}
