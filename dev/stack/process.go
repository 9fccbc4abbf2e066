package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
)

// socket is process-compose's, from the root of the repository.
const socket = ".dev/process-compose.sock"

// process is the part of process-compose's answer that is used here.
type process struct {
	Name      string  `json:"name"`
	Namespace string  `json:"namespace"`
	Status    string  `json:"status"`
	Health    string  `json:"is_ready"`
	Probed    bool    `json:"has_ready_probe"`
	Restarts  int     `json:"restarts"`
	ExitCode  int     `json:"exit_code"`
	PID       int     `json:"pid"`
	Memory    int64   `json:"mem"` // bytes
	Age       float64 `json:"age"` // nanoseconds
}

// once says that the process does its work and ends.
func (p process) once() bool { return p.Namespace == "setup" }

func (p process) ready() bool {
	switch {
	case p.Status == "Disabled":
		return true
	case p.once():
		return p.Status == "Completed" && p.ExitCode == 0
	case p.Probed:
		return p.Status == "Running" && p.Health == "Ready"
	}
	return p.Status == "Running"
}

// failed says that waiting longer is of no use.
func (p process) failed() bool {
	ended := p.Status == "Completed" || p.Status == "Error" || p.Status == "Skipped"
	return !p.ready() && (ended || p.Restarts >= 5)
}

// processes asks process-compose, in a stable order.
func processes(ctx context.Context) ([]process, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://process-compose/processes", nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var body struct {
		Data []process `json:"data"`
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		return nil, err
	}
	slices.SortFunc(body.Data, func(a, b process) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	return body.Data, nil
}
