select
    posting_id,
    account,
    case
        when currency = '{{ var("base_currency") }}' then amount
        else null
    end as amount,
    booked_on,
    {{ calendar.month_of('booked_on') }} as month
from {{ source('erp', 'postings') }}
