package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/issho-shop/issho/dev/declared"
)

// users are the demo's cast. dev/seed gives merchant minori its products.
var users = []struct{ id, what, query string }{
	{"hanako", "starts a group", "name=花子"},
	{"taro", "joins it", "name=太郎"},
	{"guest", "shops without an account", "guest=1"},
	{"merchant", "sells", "merchant=m_aozora"},
	{"operator", "runs the shop", "operator=1"},
}

// table prints what one wants to know after a start: where everything is, tokens, and a request to try.
func table(ctx context.Context, out io.Writer) error {
	d, err := declared.Read(declared.File)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "gateway\t%s\tEnvoy: what an app talks to (admin: http://127.0.0.1:9901)\n", os.Getenv("GATEWAY_URL"))
	for _, name := range slices.Sorted(maps.Keys(d.Services)) {
		store := "no database"
		if s := d.Services[name]; s.Database != "" {
			store = s.Store + " database " + s.Database
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", name, d.Services[name].URL(), store)
	}
	fmt.Fprintf(w, "stripe\t%s\tStripe simulator (/simulator/ledger)\n", os.Getenv("STRIPE_URL"))
	fmt.Fprintf(w, "issuer\t%s\ttokens and keys\n", os.Getenv("ISSUER_URL"))
	fmt.Fprintf(w, "relay\t%s\tsigned pushes, tasks, scheduler\n", os.Getenv("RELAY_URL"))
	fmt.Fprintf(w, "traces\t%s\ttraces (/traces, OTLP on %s)\n", os.Getenv("TRACES_URL"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	for _, name := range []string{"SPANNER", "FIRESTORE", "PUBSUB", "CLOUD_TASKS"} {
		fmt.Fprintf(w, "emulator\t%s\t%s_EMULATOR_HOST\n", os.Getenv(name+"_EMULATOR_HOST"), name)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nTokens (more: scripts/dev token NAME)")
	for _, u := range users {
		token, err := userToken(ctx, u.id, u.query)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %-9s %s\n            %s\n", u.id, u.what, token)
	}
	fmt.Fprintf(out, "\nTry it:\n  curl -s %s/issho.catalog.v1.CatalogService/ListCampaigns -H 'Content-Type: application/json' -H 'Accept-Language: ja' -d '{}'\n",
		os.Getenv("GATEWAY_URL"))
	return nil
}

func userToken(ctx context.Context, user, query string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", err
	}
	values.Set("user", user)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("ISSUER_URL")+"/token?"+values.Encode(), nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the issuer answered %s: %s", res.Status, body)
	}
	return string(body), err
}
