resource "google_spanner_instance" "main" {
  name                         = "issho"
  display_name                 = "Issho"
  config                       = "regional-${var.region}"
  edition                      = "ENTERPRISE" # autoscaling and incremental backups want it
  default_backup_schedule_type = "NONE"       # each database has its own below
  force_destroy                = false

  # Autoscaling counts in nodes; an environment that is smaller than one stays as it is.
  processing_units = var.spanner_min_processing_units < 1000 ? var.spanner_min_processing_units : null

  dynamic "autoscaling_config" {
    for_each = var.spanner_min_processing_units < 1000 ? [] : [true]
    content {
      autoscaling_limits {
        min_processing_units = var.spanner_min_processing_units
        max_processing_units = var.spanner_max_processing_units
      }
      autoscaling_targets {
        high_priority_cpu_utilization_percent = 60
        storage_utilization_percent           = 90
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

module "spanner_database" {
  source              = "../modules/spanner_database"
  for_each            = local.spanner
  instance            = google_spanner_instance.main.name
  name                = each.value.database
  service_member      = local.member[each.key]
  migrator_member     = local.member["migrator"]
  deletion_protection = var.deletion_protection
}
