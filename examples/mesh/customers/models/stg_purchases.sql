{{ config(materialized='view') }}
SELECT
  customer_id,
  ordered_at,
  {{ first_of_month('ordered_at') }} AS ordered_in,
  amount
FROM {{ ref('orders', 'fct_orders') }}
