# Analytics: every event, as it was published, in a table per topic; what people ask for are views over them.

resource "google_bigquery_dataset" "events" {
  dataset_id                 = "events"
  location                   = var.region
  delete_contents_on_destroy = false
}

# The columns are those that a BigQuery subscription writes with its metadata.
resource "google_bigquery_table" "events" {
  for_each                 = toset(local.declared.topics)
  dataset_id               = google_bigquery_dataset.events.dataset_id
  table_id                 = each.key
  deletion_protection      = var.deletion_protection
  require_partition_filter = false

  time_partitioning {
    type  = "DAY"
    field = "publish_time"
  }

  schema = file("${path.module}/files/events.json")
}

resource "google_bigquery_dataset" "shop" {
  dataset_id                 = "shop"
  location                   = var.region
  delete_contents_on_destroy = false
}

resource "google_bigquery_table" "view" {
  for_each            = toset([for f in fileset("${path.module}/views", "*.sql") : trimsuffix(f, ".sql")])
  dataset_id          = google_bigquery_dataset.shop.dataset_id
  table_id            = each.key
  deletion_protection = false # made of nothing but its text

  view {
    query          = templatefile("${path.module}/views/${each.key}.sql", { project = var.project })
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.events]
}

# Pub/Sub writes the tables itself.
resource "google_bigquery_dataset_iam_member" "pubsub" {
  for_each   = toset(["roles/bigquery.dataEditor", "roles/bigquery.metadataViewer"])
  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = each.key
  member     = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}
