package policy

import (
	"strings"
	"testing"
)

func TestOurTerraform(t *testing.T) {
	modules, err := Read("..")
	if err != nil {
		t.Fatal(err)
	}
	if len(modules) < 13 {
		t.Fatalf("only %d modules found", len(modules))
	}
	for _, m := range modules {
		for _, p := range All {
			for _, broken := range p.Check(m) {
				t.Errorf("%s: %s: %s", p.Name, m.Dir, broken)
			}
		}
	}
}

// TestPolicies shows each policy something that it refuses, and nothing else does, with what it must be changed to.
func TestPolicies(t *testing.T) {
	const agent, dead = `member = var.pubsub_agent_member`, `
		resource "google_pubsub_subscription" "a" {
			dead_letter_policy { dead_letter_topic = google_pubsub_topic.dead.id }
		}
		resource "google_pubsub_topic_iam_member" "a" {
			topic  = google_pubsub_topic.dead.name
			role   = "roles/pubsub.publisher"
			member = var.pubsub_agent_member
		}
		resource "google_pubsub_subscription_iam_member" "a" {
			subscription = google_pubsub_subscription.a.name
			role         = "roles/pubsub.subscriber"
			member       = var.pubsub_agent_member
		}`
	const service = `resource "google_cloud_run_v2_service" "a" {
		ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY"
		deletion_protection = true
		template {
			vpc_access { egress = "ALL_TRAFFIC" }
		}
		lifecycle { ignore_changes = [template[0].containers[0].image, traffic] }
	}`
	tests := []struct{ policy, good, old, new, want string }{
		{"nothing is public but the gateway and pictures", `module "catalog" { invokers = { gateway = "serviceAccount:a" } }`, `"serviceAccount:a"`, `"allUsers"`, "open to allUsers"},
		{"nothing is public but the gateway and pictures", `module "gateway" { invokers = { e = "domain:a" } }`, `"domain:a"`, `"allAuthenticatedUsers"`, "open to allAuthenticatedUsers"},
		{"nothing is public but the gateway and pictures", service, "INTERNAL_ONLY", "ALL", "reached from everywhere"},
		{"nothing is public but the gateway and pictures", service, "deletion_protection", "invoker_iam_disabled = true\ndeletion_protection", "asks its callers for nothing"},
		{"no primitive role", `resource "google_project_iam_member" "a" { role = "roles/run.developer" }`, "run.developer", "editor", "grants roles/editor"},
		{"no primitive role", `resource "google_project_iam_member" "a" { for_each = toset(["roles/run.developer"]) }`, "run.developer", "owner", "grants roles/owner"},
		{"no primitive role", `resource "google_project_iam_member" "a" {}`, "member", "binding", "takes away"},
		{"no key resource", `resource "google_service_account" "a" {}`, "account", "account_key", "is a key"},
		{"no secret value", `resource "google_secret_manager_secret" "a" { deletion_protection = true }`, `secret" "a`, `secret_version" "a`, "puts a secret's value"},
		{"no secret value", `variable "a" {
			type = string
			description = "a"
			default = "none"
		}`, "none", "sk_live_123", "looks like a secret"},
		{"no secret value", `resource "a" "a" {
			iap { enabled = true }
		}`, "enabled = true", `oauth2_client_secret = var.a`, "sets oauth2_client_secret"},
		{"dead letters have both grants", dead, "roles/pubsub.publisher", "roles/pubsub.viewer", "may not publish"},
		{"dead letters have both grants", dead, "topic  = google_pubsub_topic.dead", "topic  = google_pubsub_topic.other", "may not publish"},
		{"dead letters have both grants", dead, "subscription = google_pubsub_subscription.a", "subscription = google_pubsub_subscription.b", "may not take"},
		{"dead letters have both grants", dead, agent, "member = var.somebody", "may not publish"},
		{"what holds data is protected", `resource "google_spanner_database" "a" {
			deletion_protection = true
			enable_drop_protection = true
		}`, "enable_drop_protection = true", "", "lacks enable_drop_protection"},
		{"what holds data is protected", `resource "google_bigquery_table" "a" { deletion_protection = true }`, "true", "false", "lacks deletion_protection"},
		{"what holds data is protected", `resource "google_firestore_database" "a" {
			point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
			delete_protection_state = "DELETE_PROTECTION_ENABLED"
		}`, "PROTECTION_ENABLED", "PROTECTION_DISABLED", "lacks delete_protection_state"},
		{"what holds data is protected", `resource "google_storage_bucket" "a" {
			lifecycle { prevent_destroy = true }
		}`, "prevent_destroy = true", "", "lacks prevent_destroy"},
		{"what holds data is protected", `resource "google_spanner_instance" "a" {
			force_destroy = false
			lifecycle { prevent_destroy = true }
		}`, "force_destroy = false", "force_destroy = true", "takes its content along"},
		{"what holds data is protected", `variable "deletion_protection" {
			type = bool
			description = "a"
			default = true
		}`, "true", "false", "not on unless asked"},
		{"programs leave through the network", service, "ALL_TRAFFIC", "PRIVATE_RANGES_ONLY", "leaves past the network"},
		{"image and traffic are the deploy's", service, "template[0].containers[0].image, ", "", "old image"},
		{"image and traffic are the deploy's", service, ", traffic", "", "old traffic"},
		{"an alert has a runbook", `resource "google_monitoring_alert_policy" "a" {
			documentation { content = "See ${var.runbook}" }
		}`, "${var.runbook}", "somebody", "does not lead"},
		{"an alert has a runbook", `module "a" {
			source = "../modules/alert"
			runbook = "a"
		}`, `runbook = "a"`, "", "names no runbook"},
		{"variables and outputs are explained", `variable "a" {
			description = "a"
			type = string
		}`, "type = string", "", "has no type"},
		{"variables and outputs are explained", `output "a" { description = "a" }`, `description = "a"`, "", "has no description"},
	}
	const pictures = `resource "google_storage_bucket_iam_member" "a" {
		for_each = local.public
		role     = "roles/storage.legacyObjectReader"
		member   = "allUsers"
	}`
	for _, tt := range []struct{ old, new string }{{"local.public", "local.declared.buckets"}, {"legacyObjectReader", "objectViewer"}, {"storage_bucket", "kms_key_ring"}} {
		tests = append(tests, struct{ policy, good, old, new, want string }{tests[0].policy, pictures, tt.old, tt.new, "open to allUsers"})
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		seen[tt.policy] = true
		bad := strings.Replace(tt.good, tt.old, tt.new, 1)
		if bad == tt.good {
			t.Errorf("%s: %q is not there to break", tt.policy, tt.old)
		}
		if broken := broken(t, tt.policy, tt.good); len(broken) > 0 {
			t.Errorf("%s refuses %s: %q", tt.policy, tt.good, broken)
		}
		if broken := broken(t, tt.policy, bad); !strings.Contains(strings.Join(broken, "\n"), tt.want) {
			t.Errorf("%s: got %q for %s, want %q", tt.policy, broken, bad, tt.want)
		}
	}
	for _, p := range All {
		if !seen[p.Name] {
			t.Errorf("%s is shown nothing that it refuses", p.Name)
		}
	}
}

func broken(t *testing.T, policy, text string) []string {
	t.Helper()
	m := &Module{Dir: "data"} // where buckets are
	if err := m.parse([]byte(text), "test.tf"); err != nil {
		t.Fatal(err)
	}
	for _, p := range All {
		if p.Name == policy {
			return p.Check(m)
		}
	}
	t.Fatalf("there is no policy %q", policy)
	return nil
}
