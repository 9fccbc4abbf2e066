-- How many of the groups opened on a day were formed, and how long that took. The last days are still open: read ended.
SELECT
  DATE(opened_at, 'Asia/Tokyo') AS day,
  COUNT(*) AS opened,
  COUNTIF(formed_at IS NOT NULL) AS formed,
  COUNTIF(ended_at IS NOT NULL) AS ended,
  SAFE_DIVIDE(COUNTIF(formed_at IS NOT NULL), COUNT(*)) AS formation_rate,
  APPROX_QUANTILES(TIMESTAMP_DIFF(formed_at, opened_at, SECOND), 100)[OFFSET(50)] AS median_seconds_to_form,
  APPROX_QUANTILES(TIMESTAMP_DIFF(formed_at, opened_at, SECOND), 100)[OFFSET(90)] AS p90_seconds_to_form
FROM (
  SELECT group_id, MIN(opened_at) AS opened_at, MIN(formed_at) AS formed_at, MIN(ended_at) AS ended_at
  FROM `${project}.shop.groups` WHERE opened_at IS NOT NULL GROUP BY group_id
)
GROUP BY day
