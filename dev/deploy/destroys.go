package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
)

// destroyed answers the addresses of what a plan, as `terraform show -json` writes it, deletes or makes anew.
func destroyed(plan io.Reader) ([]string, error) {
	var p struct {
		FormatVersion   string `json:"format_version"`
		ResourceChanges []struct {
			Address string
			Change  struct{ Actions []string }
		} `json:"resource_changes"`
	}
	if err := json.NewDecoder(plan).Decode(&p); err != nil {
		return nil, err
	}
	if p.FormatVersion == "" {
		return nil, fmt.Errorf("this is no plan of Terraform")
	}
	var addresses []string
	for _, c := range p.ResourceChanges {
		if slices.Contains(c.Change.Actions, "delete") {
			addresses = append(addresses, c.Address)
		}
	}
	return addresses, nil
}

type destroysCommand struct{}

func (*destroysCommand) Run() error {
	addresses, err := destroyed(os.Stdin)
	for _, a := range addresses {
		fmt.Println(a)
	}
	return err
}
