SELECT
  customer_id,
  MIN(ordered_in) AS joined_in,
  MAX(ordered_in) AS last_active_in,
  SUM(amount) AS revenue,
  CASE WHEN SUM(amount) >= 40 THEN 'gold' ELSE 'standard' END AS tier
FROM {{ ref('stg_purchases') }}
GROUP BY customer_id
