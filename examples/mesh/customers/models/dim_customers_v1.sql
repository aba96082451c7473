SELECT
  customer_id,
  MIN(ordered_at) AS first_order,
  SUM(amount) AS revenue
FROM {{ ref('stg_purchases') }}
GROUP BY customer_id
