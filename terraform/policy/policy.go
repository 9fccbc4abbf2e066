package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Policy looks at one module and answers what breaks it.
type Policy struct {
	Name  string
	Check func(m *Module) []string
}

// All are the policies, in the order in which the guide tells of them.
var All = []Policy{
	{"nothing is public but the gateway and pictures", publicAccess},
	{"no primitive role", primitiveRole},
	{"no key resource", keyResource},
	{"no secret value", secretValue},
	{"dead letters have both grants", deadLetterGrants},
	{"what holds data is protected", deletionProtection},
	{"programs leave through the network", privateEgress},
	{"image and traffic are the deploy's", deployOwned},
	{"an alert has a runbook", runbook},
	{"variables and outputs are explained", explained},
}

var public = []string{"allUsers", "allAuthenticatedUsers"}

func publicAccess(m *Module) (broken []string) {
	for _, b := range m.Blocks {
		gateway := m.Dir == "services" && b.Type == "module" && b.Labels[0] == "gateway"
		texts(b, func(text string) {
			if slices.Contains(public, text) && !gateway && !pictures(m, b) {
				broken = append(broken, name(b)+" is open to "+text)
			}
		})
		attributes(b, func(a *hclsyntax.Attribute) {
			value, problems := a.Expr.Value(nil)
			if problems.HasErrors() {
				return
			}
			if a.Name == "invoker_iam_disabled" && value.Equals(cty.True).True() {
				broken = append(broken, name(b)+" asks its callers for nothing")
			}
			if a.Name == "ingress" && value.Type() == cty.String && value.AsString() == "INGRESS_TRAFFIC_ALL" {
				broken = append(broken, name(b)+" is reached from everywhere")
			}
		})
	}
	return broken
}

// pictures says whether a grant only lets objects be read by who knows their names, of buckets that are declared to be public.
func pictures(m *Module, b *hclsyntax.Block) bool {
	return m.Dir == "data" && b.Type == "resource" && b.Labels[0] == "google_storage_bucket_iam_member" &&
		refers(b, "for_each", "local.public") && is(b, "role", cty.StringVal("roles/storage.legacyObjectReader"))
}

var primitive = []string{"roles/owner", "roles/editor", "roles/viewer", "roles/iam.securityAdmin", "roles/resourcemanager.projectIamAdmin"}

func primitiveRole(m *Module) (broken []string) {
	for _, b := range m.Blocks {
		texts(b, func(text string) {
			if slices.Contains(primitive, text) {
				broken = append(broken, name(b)+" grants "+text)
			}
		})
	}
	for _, b := range m.resources() {
		if strings.HasSuffix(b.Labels[0], "_iam_policy") || strings.HasSuffix(b.Labels[0], "_iam_binding") {
			broken = append(broken, name(b)+" takes away what others were granted: use a member")
		}
	}
	return broken
}

var keys = []string{"google_service_account_key", "google_storage_hmac_key", "google_apikeys_key", "tls_private_key"}

func keyResource(m *Module) (broken []string) {
	for _, b := range m.Blocks {
		if len(b.Labels) == 2 && slices.Contains(keys, b.Labels[0]) {
			broken = append(broken, name(b)+" is a key: use an identity")
		}
	}
	return broken
}

var (
	secretTypes  = []string{"google_secret_manager_secret_version", "google_secret_manager_regional_secret_version"}
	secretFields = regexp.MustCompile(`^(secret_data|password|private_key|.*_client_secret|.*_secret_key|api_key)(_wo)?$`)
	secretTexts  = regexp.MustCompile(`sk_(live|test)_|whsec_|-----BEGIN|AIza[0-9A-Za-z_-]{30}`)
)

func secretValue(m *Module) (broken []string) {
	for _, b := range m.Blocks {
		if len(b.Labels) == 2 && slices.Contains(secretTypes, b.Labels[0]) {
			broken = append(broken, name(b)+" puts a secret's value into the state")
		}
		attributes(b, func(a *hclsyntax.Attribute) {
			if secretFields.MatchString(a.Name) {
				broken = append(broken, name(b)+" sets "+a.Name)
			}
		})
		texts(b, func(text string) {
			if secretTexts.MatchString(text) {
				broken = append(broken, name(b)+" holds what looks like a secret")
			}
		})
	}
	return broken
}

func deadLetterGrants(m *Module) (broken []string) {
	for _, b := range m.resources("google_pubsub_subscription") {
		policy := inner(b, "dead_letter_policy")
		if policy == nil {
			continue
		}
		publishes := slices.ContainsFunc(m.resources("google_pubsub_topic_iam_member"), func(g *hclsyntax.Block) bool {
			return is(g, "role", cty.StringVal("roles/pubsub.publisher")) && agent(g) && sameTopic(policy, g)
		})
		takes := slices.ContainsFunc(m.resources("google_pubsub_subscription_iam_member"), func(g *hclsyntax.Block) bool {
			return is(g, "role", cty.StringVal("roles/pubsub.subscriber")) && agent(g) && refers(g, "subscription", name(b))
		})
		if !publishes {
			broken = append(broken, name(b)+": Pub/Sub may not publish to its dead-letter topic")
		}
		if !takes {
			broken = append(broken, name(b)+": Pub/Sub may not take dead letters from it")
		}
	}
	return broken
}

// agent says whether the grant is to Pub/Sub itself.
func agent(grant *hclsyntax.Block) bool {
	return refers(grant, "member", "var.pubsub_agent_member") || refers(grant, "member", "local.pubsub_agent")
}

// sameTopic says whether the grant is on the topic that the policy names.
func sameTopic(policy, grant *hclsyntax.Block) bool {
	if grant.Body.Attributes["topic"] == nil {
		return false
	}
	for _, traversal := range grant.Body.Attributes["topic"].Expr.Variables() {
		if len(traversal) >= 2 && refers(policy, "dead_letter_topic", traversal.RootName()+"."+attributeName(traversal)) {
			return true
		}
	}
	return false
}

func privateEgress(m *Module) (broken []string) {
	for _, b := range m.resources("google_cloud_run_v2_service", "google_cloud_run_v2_job") {
		template := inner(b, "template")
		if b.Labels[0] == "google_cloud_run_v2_job" && template != nil {
			template = inner(template, "template")
		}
		if template == nil || inner(template, "vpc_access") == nil || !is(inner(template, "vpc_access"), "egress", cty.StringVal("ALL_TRAFFIC")) {
			broken = append(broken, name(b)+" leaves past the network")
		}
	}
	return broken
}

func deployOwned(m *Module) (broken []string) {
	for _, b := range m.resources("google_cloud_run_v2_service", "google_cloud_run_v2_job") {
		for _, want := range []string{"image", "traffic"} {
			if want == "traffic" && b.Labels[0] == "google_cloud_run_v2_job" {
				continue
			}
			if !ignores(b, want) {
				broken = append(broken, fmt.Sprintf("%s would bring an old %s back: ignore its changes", name(b), want))
			}
		}
	}
	return broken
}

func ignores(b *hclsyntax.Block, last string) bool {
	lifecycle := inner(b, "lifecycle")
	if lifecycle == nil || lifecycle.Body.Attributes["ignore_changes"] == nil {
		return false
	}
	for _, traversal := range lifecycle.Body.Attributes["ignore_changes"].Expr.Variables() {
		if lastName(traversal) == last {
			return true
		}
	}
	return false
}

// runbook wants every alert to come from the module that demands one, and that module to pass it on.
func runbook(m *Module) (broken []string) {
	for _, b := range m.resources("google_monitoring_alert_policy") {
		documentation := inner(b, "documentation")
		if documentation == nil || !refers(documentation, "content", "var.runbook") {
			broken = append(broken, name(b)+" does not lead to a runbook")
		}
	}
	for _, b := range m.Blocks {
		if b.Type == "module" && is(b, "source", cty.StringVal("../modules/alert")) && b.Body.Attributes["runbook"] == nil {
			broken = append(broken, name(b)+" names no runbook")
		}
	}
	return broken
}

func explained(m *Module) (broken []string) {
	for _, b := range m.Blocks {
		if b.Type != "variable" && b.Type != "output" {
			continue
		}
		if text, ok := literal(b, "description"); !ok || text.AsString() == "" {
			broken = append(broken, name(b)+" has no description")
		}
		if b.Type == "variable" && b.Body.Attributes["type"] == nil {
			broken = append(broken, name(b)+" has no type")
		}
	}
	return broken
}
