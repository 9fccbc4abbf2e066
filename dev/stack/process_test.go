package main

import "testing"

func TestReadyAndFailed(t *testing.T) {
	tests := []struct {
		name          string
		process       process
		ready, failed bool
	}{
		{"service up", process{Namespace: "services", Status: "Running", Probed: true, Health: "Ready"}, true, false},
		{"service starting", process{Namespace: "services", Status: "Running", Probed: true, Health: "Not Ready"}, false, false},
		{"service restarting for ever", process{Namespace: "services", Status: "Restarting", Probed: true, Restarts: 5}, false, true},
		{"emulator up", process{Namespace: "emulators", Status: "Running"}, true, false},
		{"emulator ended", process{Namespace: "emulators", Status: "Completed", ExitCode: 0}, false, true},
		{"emulator of one's own", process{Namespace: "emulators", Status: "Disabled"}, true, false},
		{"setup at work", process{Namespace: "setup", Status: "Running"}, false, false},
		{"setup done", process{Namespace: "setup", Status: "Completed"}, true, false},
		{"setup failed", process{Namespace: "setup", Status: "Completed", ExitCode: 1}, false, true},
		{"left out after a failed setup", process{Namespace: "services", Status: "Skipped", Probed: true}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.process.ready(); got != tt.ready {
				t.Errorf("ready = %v", got)
			}
			if got := tt.process.failed(); got != tt.failed {
				t.Errorf("failed = %v", got)
			}
		})
	}
}

func TestCulprit(t *testing.T) {
	skipped := process{Name: "payment", Namespace: "services", Status: "Skipped"}
	failed := process{Name: "payment-migrate", Namespace: "setup", Status: "Completed", ExitCode: 1}
	if p, _ := culprit([]process{skipped, failed}); p.Name != failed.Name {
		t.Errorf("blamed %q, want %q", p.Name, failed.Name)
	}
	if p, ok := culprit([]process{{Status: "Running", Probed: true}}); ok {
		t.Errorf("blamed %q while all are starting", p.Name)
	}
}

func TestRestartsBeforeTheWaitDoNotCount(t *testing.T) {
	before := map[string]int{}
	for _, tt := range []struct{ counted, want int }{{7, 0}, {8, 1}, {12, 5}} {
		found := []process{{Name: "order", Restarts: tt.counted}}
		if sinceThen(found, before); found[0].Restarts != tt.want {
			t.Errorf("after %d restarts in all %d are counted, want %d", tt.counted, found[0].Restarts, tt.want)
		}
	}
}
