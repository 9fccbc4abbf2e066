package main

import (
	"context"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"
)

// laptop is the environment that scripts/dev gives.
func laptop() map[string]string {
	env := map[string]string{
		"PROJECT": "issho-local", "CORS_ORIGINS": "http://localhost:3000,http://127.0.0.1:3000",
		"USER_ISSUER": "http://127.0.0.1:8302/users", "USER_AUDIENCE": "issho-local",
		"USER_JWKS_URL":               "http://127.0.0.1:8302/jwks.json",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317",
	}
	for _, name := range programs(routes) {
		env[strings.ToUpper(name)+"_URL"] = "http://127.0.0.1:8101"
	}
	return env
}

// cloud is the environment of a Cloud Run service.
func cloud() map[string]string {
	env := map[string]string{
		"PROJECT": "issho-prod", "CORS_ORIGINS": "https://issho.shop", "K_SERVICE": "gateway",
		"USER_ISSUER": "https://securetoken.google.com/issho-prod", "USER_AUDIENCE": "issho-prod",
		"USER_JWKS_URL": "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
	}
	for _, name := range programs(routes) {
		env[strings.ToUpper(name)+"_URL"] = "https://" + name + "-123.asia-northeast1.run.app"
	}
	return env
}

func with(env map[string]string, key, value string) map[string]string {
	env = maps.Clone(env)
	env[key] = value
	return env
}

func rendered(t *testing.T, env map[string]string) []byte {
	t.Helper()
	cfg, err := load(context.Background(), envconfig.MapLookuper(env))
	if err != nil {
		t.Fatal(err)
	}
	text, err := render(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEnvoyAcceptsTheConfiguration(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{"laptop": laptop(), "cloud": cloud()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := writeConfig(t, rendered(t, env))
			out, err := exec.Command(envoy(t), "--mode", "validate", "--config-path", file).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestConfigurationHasNoUnknownField(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{"laptop": laptop(), "cloud": cloud()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := rendered(t, env)
			parse(t, text)
			broken := strings.Replace(string(text), "codec_type:", "codec_typ:", 1)
			if _, err := bootstrap([]byte(broken)); err == nil {
				t.Error("a misspelt field passes: the check is blind")
			}
		})
	}
}

// The rendering, not only the table: what Envoy will route, in its order.
func TestRenderedRoutes(t *testing.T) {
	t.Parallel()
	var want []string
	for _, r := range routes {
		want = append(want, "/"+r.Proto+"/ → "+r.Service)
	}
	want = append(want, "POST /webhooks/stripe → payment", "/ → 404")
	var got []string
	for _, r := range virtualHost(t, rendered(t, laptop())).GetRoutes() {
		got = append(got, describe(r))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func describe(r *routev3.Route) string {
	from := r.GetMatch().GetPrefix() + r.GetMatch().GetPath()
	for _, h := range r.GetMatch().GetHeaders() {
		from = h.GetStringMatch().GetExact() + " " + from
	}
	if r.GetDirectResponse().GetStatus() != 0 {
		return from + " → 404"
	}
	return from + " → " + r.GetRoute().GetCluster()
}

func TestOnlyCloudUpstreamsGetAnIdentity(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  map[string]string
		want bool
	}{"laptop": {laptop(), false}, "cloud": {cloud(), true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names := filters(t, rendered(t, tc.env))
			got := strings.Contains(strings.Join(names, " "), "gcp_authn")
			if got != tc.want {
				t.Errorf("filters %v: gcp_authn %v, want %v", names, got, tc.want)
			}
			if names[0] != "envoy.filters.http.header_mutation" {
				t.Errorf("first filter is %s: outsiders' headers must go before anything reads them", names[0])
			}
		})
	}
}

func TestMisconfigurationIsNamed(t *testing.T) {
	t.Parallel()
	missing := func(env map[string]string, key string) map[string]string {
		env = maps.Clone(env)
		delete(env, key)
		return env
	}
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
	}{
		"no issuer":                 {missing(laptop(), "USER_ISSUER"), "USER_ISSUER"},
		"no audience":               {missing(laptop(), "USER_AUDIENCE"), "USER_AUDIENCE"},
		"no service":                {missing(laptop(), "ORDER_URL"), "ORDER_URL is not set"},
		"odd URL":                   {with(laptop(), "CART_URL", "127.0.0.1:8103"), "CART_URL"},
		"local issuer in the cloud": {with(cloud(), "USER_ISSUER", "http://127.0.0.1:8302/users"), "securetoken.google.com"},
		"local keys in the cloud":   {with(cloud(), "USER_JWKS_URL", "http://127.0.0.1:8302/jwks.json"), "USER_JWKS_URL"},
		"cleartext in the cloud":    {with(cloud(), "ORDER_URL", "http://order"), "ORDER_URL is not https"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(context.Background(), envconfig.MapLookuper(tc.env))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that names %q", err, tc.want)
			}
		})
	}
}

// A value cannot break out of its place in the document.
func TestValuesStayValues(t *testing.T) {
	t.Parallel()
	evil := "x\"]\n# {{.}} \nadmin: {}"
	vh := virtualHost(t, rendered(t, with(laptop(), "CORS_ORIGINS", evil)))
	if len(vh.GetRoutes()) != len(routes)+2 {
		t.Errorf("%d routes, want %d", len(vh.GetRoutes()), len(routes)+2)
	}
}

func TestMissingEnvoyIsNamed(t *testing.T) {
	t.Parallel()
	cfg := config{Envoy: filepath.Join(t.TempDir(), "envoy")}
	if err := start(cfg, nil); err == nil || !strings.Contains(err.Error(), "ENVOY") {
		t.Errorf("error %v, want one that names ENVOY", err)
	}
}
