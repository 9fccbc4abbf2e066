-- From a look to the money, per day in Japan: what was viewed and put into carts, the orders placed (starting a group,
-- joining one, alone), authorised, paid, and given up before they were authorised. An order counts on the day of each step.
WITH visits AS (
  SELECT DATE(TIMESTAMP(JSON_VALUE(data, '$.occurTime')), 'Asia/Tokyo') AS day,
    JSON_VALUE(attributes, '$."ce-type"') AS type,
    JSON_VALUE(data, '$.visitId') AS visit_id,
    JSON_VALUE(data, '$.customerId') AS customer
  FROM `${project}.events.visit`
), looks AS (
  SELECT day,
    COUNT(DISTINCT IF(type = 'visit.viewed', visit_id, NULL)) AS views,
    COUNT(DISTINCT IF(type = 'visit.viewed', customer, NULL)) AS viewers,
    COUNT(DISTINCT IF(type = 'visit.added_to_cart', visit_id, NULL)) AS added_to_cart
  FROM visits GROUP BY day
), steps AS (
  SELECT DATE(TIMESTAMP(JSON_VALUE(data, '$.occurTime')), 'Asia/Tokyo') AS day,
    JSON_VALUE(attributes, '$."ce-type"') AS type,
    JSON_VALUE(data, '$.orderId') AS order_id,
    CASE
      WHEN JSON_VALUE(data, '$.groupId') IS NULL THEN 'alone'
      WHEN JSON_VALUE(data, '$.customerId') = JSON_VALUE(data, '$.leaderId') THEN 'start'
      ELSE 'join'
    END AS kind,
    JSON_VALUE(data, '$.cancelReason') IN ('CANCEL_REASON_PAYMENT_FAILED', 'CANCEL_REASON_PAYMENT_TIMEOUT') AS unpaid
  FROM `${project}.events.order`
), orders AS (
  SELECT day,
    COUNT(DISTINCT IF(type = 'order.authorised' AND kind = 'start', order_id, NULL)) AS started,
    COUNT(DISTINCT IF(type = 'order.authorised' AND kind = 'join', order_id, NULL)) AS joined,
    COUNT(DISTINCT IF(type = 'order.authorised' AND kind = 'alone', order_id, NULL)) AS alone,
    COUNT(DISTINCT IF(type = 'order.paid', order_id, NULL)) AS paid,
    COUNT(DISTINCT IF(type = 'order.cancelled', order_id, NULL)) AS cancelled,
    COUNT(DISTINCT IF(type = 'order.cancelled' AND unpaid, order_id, NULL)) AS given_up
  FROM steps GROUP BY day
), formed AS (
  SELECT DATE(formed_at, 'Asia/Tokyo') AS day, COUNT(*) AS formed
  FROM `${project}.shop.groups` WHERE formed_at IS NOT NULL GROUP BY day
)
SELECT day, views, viewers, added_to_cart, started, joined, alone, formed, paid, cancelled, given_up,
  SAFE_DIVIDE(started + joined + alone, viewers) AS orders_per_viewer,
  SAFE_DIVIDE(given_up, started + joined + alone + given_up) AS abandonment
FROM looks FULL JOIN orders USING (day) FULL JOIN formed USING (day)
