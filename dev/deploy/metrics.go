package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/http"
)

// metrics asks Cloud Monitoring, in PromQL as the alerts do, how Cloud Run saw a revision answer.
type metrics struct {
	client *http.Client
	query  string  // address of the query API
	share  float64 // of the requests, whose slowest is looked at
}

func openMetrics(ctx context.Context, e environment, options ...option.ClientOption) (metrics, error) {
	options = append([]option.ClientOption{option.WithScopes("https://www.googleapis.com/auth/monitoring.read")}, options...)
	client, base, err := transport.NewClient(ctx, options...)
	if err != nil {
		return metrics{}, err
	}
	if base == "" {
		base = "https://monitoring.googleapis.com/"
	}
	return metrics{client, fmt.Sprintf("%sv1/projects/%s/location/global/prometheus/api/v1/query", base, e.project), e.promises.share}, nil
}

// lag is how late Cloud Run's figures arrive.
const lag = 3 * time.Minute

func (m metrics) of(ctx context.Context, program, revision string, window time.Duration) (f figures, err error) {
	seconds := int(max(window, lag+time.Minute).Seconds())
	which := fmt.Sprintf(`monitored_resource="cloud_run_revision",service_name=%q,revision_name=%q`, program, revision)
	requests := fmt.Sprintf(`sum(increase(run_googleapis_com:request_count{%s}[%ds]))`, which, seconds)
	failed := fmt.Sprintf(`sum(increase(run_googleapis_com:request_count{%s,response_code_class="5xx"}[%ds]))`, which, seconds)
	slow := fmt.Sprintf(`histogram_quantile(%g, sum by (le) (increase(run_googleapis_com:request_latencies_bucket{%s}[%ds])))`, m.share, which, seconds)
	if f.Requests, err = m.number(ctx, requests); err != nil {
		return f, err
	}
	if f.Failed, err = m.number(ctx, failed); err != nil {
		return f, err
	}
	milliseconds, err := m.number(ctx, slow)
	f.Slow = time.Duration(milliseconds * float64(time.Millisecond))
	return f, err
}

// number answers the one value of a query; no value is nothing that happened, 0.
func (m metrics) number(ctx context.Context, query string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.query, strings.NewReader(url.Values{"query": {query}}.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := m.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s: %s", query, res.Status, body)
	}
	return single(body)
}

// single reads Prometheus's answer to an instant query.
func single(body []byte) (float64, error) {
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, err
	}
	if len(answer.Data.Result) == 0 {
		return 0, nil
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	value, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(value) { // a quantile of nothing
		return 0, err
	}
	return value, err
}

// statusOf is the HTTP status in an error of Google's, or 0.
func statusOf(err error) int {
	var answer *googleapi.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}
