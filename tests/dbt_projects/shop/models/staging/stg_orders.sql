with source as (
    select * from {{ source('raw', 'orders') }}
),

renamed as (
    select
        id as order_id,
        customer as customer_id,
        amount,
        {{ money.in_cents('amount') }} as amount_cents,
        lower(status) as status,
        ordered_at
    from source
    where amount is not null
)

select * from renamed
