select account from {{ ref('balances') }} where month is null
