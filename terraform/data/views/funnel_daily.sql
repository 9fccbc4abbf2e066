-- Customers per day from authorised to completed; what they looked at before is in the table visit.
SELECT
  DATE(at, 'Asia/Tokyo') AS day,
  COUNT(DISTINCT IF(type = 'order.authorised', order_id, NULL)) AS authorised,
  COUNT(DISTINCT IF(type = 'order.confirmed', order_id, NULL)) AS confirmed,
  COUNT(DISTINCT IF(type = 'order.paid', order_id, NULL)) AS paid,
  COUNT(DISTINCT IF(type = 'order.cancelled', order_id, NULL)) AS cancelled
FROM (
  SELECT
    JSON_VALUE(attributes, '$."ce-type"') AS type,
    JSON_VALUE(data, '$.orderId') AS order_id,
    TIMESTAMP(JSON_VALUE(data, '$.occurTime')) AS at
  FROM `${project}.events.order`
)
GROUP BY day
