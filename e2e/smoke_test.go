package e2e

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/issho-shop/issho/dev/declared"
)

// The questions that a release puts to a revision before it gets traffic: a sound shop answers all of them as they want.
func TestSmokeStories(t *testing.T) {
	d := must(declared.Read(declared.File))(t)
	for _, program := range append(slices.Sorted(maps.Keys(d.Services)), declared.Gateway) {
		address := os.Getenv("GATEWAY_URL")
		if s, ok := d.Services[program]; ok {
			address = s.URL()
		}
		if said, err := smoke(t, program, address); err != nil {
			t.Errorf("%s: %v: %s", program, err, said)
		}
	}
	if said, err := smoke(t, "reward", os.Getenv("ORDER_URL")); err == nil || !strings.Contains(said, "RewardService/GetBalance answered 404") {
		t.Errorf("order passes for reward: %v: %s", err, said)
	}
}

func smoke(t *testing.T, program, address string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), ".dev/bin/deploy", "smoke", program, address).CombinedOutput()
	return string(out), err
}
