# Customers' accounts. Guests are anonymous accounts, and kept: their carts and orders hang on them.
resource "google_identity_platform_config" "main" {
  autodelete_anonymous_users = false
  authorized_domains         = var.web_domains

  sign_in {
    allow_duplicate_emails = false
    anonymous {
      enabled = true
    }
    email {
      enabled           = true
      password_required = true
    }
  }

  depends_on = [google_project_service.main]
}
