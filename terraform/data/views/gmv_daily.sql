-- Goods sold per day in Japan: what orders came to when they were paid, returned money not deducted.
SELECT
  DATE(TIMESTAMP(JSON_VALUE(data, '$.occurTime')), 'Asia/Tokyo') AS day,
  COUNT(*) AS orders,
  COUNT(DISTINCT JSON_VALUE(data, '$.customerId')) AS customers,
  SUM(CAST(JSON_VALUE(data, '$.finalTotal.amount') AS INT64)) AS gmv_jpy
FROM (
  SELECT data FROM `${project}.events.order`
  WHERE JSON_VALUE(attributes, '$."ce-type"') = 'order.paid'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY JSON_VALUE(attributes, '$."ce-id"') ORDER BY publish_time) = 1
)
GROUP BY day
