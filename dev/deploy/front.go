package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"text/template"
	"time"
)

//go:embed front.yaml
var frontText string

// slot is one of the two places of a revision behind the front.
type slot struct {
	Name   string
	Port   int
	Weight int
}

// frontConfig writes the front's configuration.
func frontConfig(port, admin int, slots []slot) ([]byte, error) {
	var out bytes.Buffer
	err := template.Must(template.New("front.yaml").Parse(frontText)).Execute(&out, struct {
		Port, AdminPort int
		Slots           []slot
	}{port, admin, slots})
	return out.Bytes(), err
}

// envoy is the admin address of one: what it counted, and its weights.
type envoy struct{ admin string }

// share gives a cluster so many percent, and the other the rest.
func (e envoy) share(ctx context.Context, cluster string, percent int, other string) error {
	weights := url.Values{"share." + cluster: {strconv.Itoa(percent)}, "share." + other: {strconv.Itoa(100 - percent)}}
	_, err := e.ask(ctx, http.MethodPost, "/runtime_modify?"+weights.Encode())
	return err
}

// figures answers how a cluster has answered since Envoy started, and what that share of its requests took at most.
func (e envoy) figures(ctx context.Context, cluster string, share float64) (figures, error) {
	c, err := e.counts(ctx, cluster)
	return c.since(counts{}, share), err
}

// counts only ever grow.
type counts struct {
	requests, failed float64
	took             []bucket
}

// since answers what has happened since an earlier count.
func (c counts) since(before counts, share float64) figures {
	took := make([]bucket, len(c.took))
	for i, b := range c.took {
		took[i] = b
		if i < len(before.took) {
			took[i].count -= before.took[i].count
		}
	}
	return figures{Requests: c.requests - before.requests, Failed: c.failed - before.failed, Slow: quantile(took, share)}
}

var sample = regexp.MustCompile(`^envoy_cluster_upstream_rq_(completed|xx|time_bucket)\{(.*)\} (\S+)$`)
var label = regexp.MustCompile(`(\w+)="([^"]*)"`)

func (e envoy) counts(ctx context.Context, cluster string) (c counts, err error) {
	text, err := e.ask(ctx, http.MethodGet, "/stats/prometheus?filter="+url.QueryEscape(`^cluster\.`+cluster+`\.upstream_rq_(completed|5xx|time)$`))
	if err != nil {
		return c, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		m := sample.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		labels := map[string]string{}
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			labels[l[1]] = l[2]
		}
		if labels["envoy_cluster_name"] != cluster {
			continue
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return c, err
		}
		switch {
		case m[1] == "completed":
			c.requests = value
		case m[1] == "xx" && labels["envoy_response_code_class"] == "5":
			c.failed = value
		case m[1] == "time_bucket":
			c.took = append(c.took, bucket{bound(labels["le"]), value})
		}
	}
	return c, nil
}

// bound reads a bucket's bound, milliseconds.
func bound(text string) time.Duration {
	milliseconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(milliseconds, 1) {
		return endless
	}
	return time.Duration(milliseconds * float64(time.Millisecond))
}

func (e envoy) ask(ctx context.Context, method, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, e.admin+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s: %s", path, res.Status, body)
	}
	return body, err
}
