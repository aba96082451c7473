select
    customer_id,
    country,
    email is not null as has_email
from {{ ref('stg_customers') }}
