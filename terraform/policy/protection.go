package policy

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// protection is how each kind of resource that holds data is kept from being deleted by mistake: attributes that must
// be set, and not to the opposite.
var protection = map[string][]string{
	"google_spanner_database":      {"deletion_protection", "enable_drop_protection"},
	"google_firestore_database":    {"delete_protection_state", "point_in_time_recovery_enablement"},
	"google_bigquery_table":        {"deletion_protection"},
	"google_secret_manager_secret": {"deletion_protection"},
	"google_cloud_run_v2_service":  {"deletion_protection"},
	"google_spanner_instance":      nil,
	"google_storage_bucket":        nil,
}

// opposites are the values that switch a protection off.
var opposites = []cty.Value{cty.False, cty.StringVal("DELETE_PROTECTION_DISABLED"), cty.StringVal("POINT_IN_TIME_RECOVERY_DISABLED")}

func deletionProtection(m *Module) (broken []string) {
	for _, b := range m.resources() {
		wanted, holds := protection[b.Labels[0]]
		if !holds || inner(b, "view") != nil {
			continue
		}
		for _, attribute := range wanted {
			if !protects(b, attribute) {
				broken = append(broken, name(b)+" lacks "+attribute)
			}
		}
		if wanted == nil && !kept(b) {
			broken = append(broken, name(b)+" lacks prevent_destroy")
		}
		if is(b, "force_destroy", cty.True) || is(b, "delete_contents_on_destroy", cty.True) {
			broken = append(broken, name(b)+" takes its content along")
		}
	}
	for _, b := range m.Blocks {
		if b.Type == "variable" && b.Labels[0] == "deletion_protection" && !is(b, "default", cty.True) {
			broken = append(broken, "deletion_protection is not on unless asked")
		}
	}
	return broken
}

func protects(b *hclsyntax.Block, attribute string) bool {
	if b.Body.Attributes[attribute] == nil {
		return false
	}
	for _, off := range opposites {
		if is(b, attribute, off) {
			return false
		}
	}
	return true
}

func kept(b *hclsyntax.Block) bool {
	lifecycle := inner(b, "lifecycle")
	return lifecycle != nil && is(lifecycle, "prevent_destroy", cty.True)
}

// attributeName is the second name of a reference: main of google_pubsub_topic.main.id.
func attributeName(t hcl.Traversal) string {
	if a, ok := t[1].(hcl.TraverseAttr); ok {
		return a.Name
	}
	return ""
}

// lastName is the last name of a reference: image of template[0].containers[0].image.
func lastName(t hcl.Traversal) string {
	switch last := t[len(t)-1].(type) {
	case hcl.TraverseAttr:
		return last.Name
	case hcl.TraverseRoot:
		return last.Name
	}
	return ""
}
