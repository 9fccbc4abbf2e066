package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
)

// Process is what process-compose says of one of the shop's processes.
type Process struct {
	Name   string `json:"name"`
	PID    int    `json:"pid"`
	Status string `json:"status"`
	Health string `json:"is_ready"`
}

// Up says whether it runs and is ready.
func (p Process) Up() bool { return p.Status == "Running" && p.Health == "Ready" }

// Supervisor asks process-compose, whose socket lies in the root of the repository.
func Supervisor(ctx context.Context, method, path string) ([]byte, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", ".dev/process-compose.sock")
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://process-compose"+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, res.Status, body)
	}
	return body, err
}

// ProcessOf answers the process with the name given.
func ProcessOf(ctx context.Context, name string) (Process, error) {
	text, err := Supervisor(ctx, http.MethodGet, "/processes")
	if err != nil {
		return Process{}, err
	}
	var body struct {
		Data []Process `json:"data"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return Process{}, err
	}
	for _, p := range body.Data {
		if p.Name == name {
			return p, nil
		}
	}
	return Process{}, fmt.Errorf("there is no process %s", name)
}

// Signal sends a process a signal and answers which one had it.
func Signal(ctx context.Context, name string, what syscall.Signal) (Process, error) {
	p, err := ProcessOf(ctx, name)
	if err == nil {
		err = syscall.Kill(p.PID, what)
	}
	if err != nil {
		err = fmt.Errorf("%v to %s: %w", what, name, err)
	}
	return p, err
}
