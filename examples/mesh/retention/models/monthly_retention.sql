SELECT
  joined_in,
  COUNT(*) AS customers,
  COUNT(*) FILTER (WHERE last_active_in > joined_in) AS came_back
FROM customers.dim_customers_v2
WHERE joined_in IS NOT NULL
GROUP BY joined_in
