SELECT
  order_id,
  customer_id,
  ordered_at,
  CASE WHEN status = 'returned' THEN CAST(0 AS DECIMAL(10, 2)) ELSE amount END AS amount
FROM raw.orders
WHERE status <> 'cancelled'
