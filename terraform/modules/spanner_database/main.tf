# One service's Spanner database. It is made empty: the service's migrator fills it, so that its tables have one owner.

resource "google_spanner_database" "main" {
  instance                 = var.instance
  name                     = var.name
  database_dialect         = "GOOGLE_STANDARD_SQL"
  version_retention_period = "7d"
  enable_drop_protection   = var.deletion_protection
  deletion_protection      = var.deletion_protection

  lifecycle {
    ignore_changes = [ddl]
  }
}

resource "google_spanner_backup_schedule" "full" {
  instance           = var.instance
  database           = google_spanner_database.main.name
  name               = "${var.name}-full"
  retention_duration = "3024000s" # five weeks

  spec {
    cron_spec {
      text = "0 18 * * 6" # Sunday 03:00 in Japan
    }
  }

  full_backup_spec {}
}

resource "google_spanner_backup_schedule" "incremental" {
  instance           = var.instance
  database           = google_spanner_database.main.name
  name               = "${var.name}-incremental"
  retention_duration = "691200s" # eight days

  spec {
    cron_spec {
      text = "0 */12 * * *"
    }
  }

  incremental_backup_spec {}
}

resource "google_spanner_database_iam_member" "service" {
  instance = var.instance
  database = google_spanner_database.main.name
  role     = "roles/spanner.databaseUser"
  member   = var.service_member
}

resource "google_spanner_database_iam_member" "migrator" {
  instance = var.instance
  database = google_spanner_database.main.name
  role     = "roles/spanner.databaseAdmin"
  member   = var.migrator_member
}
