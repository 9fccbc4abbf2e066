package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// rehearsed is the program whose revisions a rehearsal ships: it needs one store and calls nobody.
const rehearsed = "catalog"

// The revisions of a rehearsal: "images", in which the same program has good or bad luck.
const (
	good   = "good"
	silent = "silent" // does not start: a secret is missing
	slow   = "slow"   // its store answers late
	lost   = "lost"   // its store is gone once it has traffic
)

type rehearseCommand struct {
	Bin  string        `default:".dev/bin" help:"Where the programs lie: issuer, catalog."`
	Hold time.Duration `default:"4s" help:"How long each step is watched."`
}

// Run ships a good revision, then three bad ones, while customers ask all the time. It fails unless the good one serves
// in the end, and each bad one went back, for its own reason.
func (r *rehearseCommand) Run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "rehearsal")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	held, err := readPromises(".")
	if err != nil {
		return fmt.Errorf("run this from the repository's root: %w", err)
	}
	s := &stage{bin: r.Bin, folder: folder, share: held.share, running: map[string]*revision{}}
	defer s.close()
	if err := s.set(ctx); err != nil {
		return err
	}
	crowd := ask(ctx, s.url())
	walk := canary{platform: s, promises: held, steps: shares, hold: r.Hold, patience: time.Minute, look: r.Hold / 8, least: 10, out: os.Stdout}
	for _, act := range []struct{ image, want string }{{good, ""}, {silent, "no revision came up"}, {slow, "take longer than"}, {lost, "failed"}} {
		before, err := s.Serving(ctx, rehearsed)
		if err != nil {
			return err
		}
		fmt.Printf("\nA revision that is %s\n", act.image)
		err = walk.run(ctx, rehearsed, act.image)
		if err := s.ended(ctx, act.want, before, err); err != nil {
			return fmt.Errorf("%s: %w", act.image, err)
		}
	}
	asked, failed := crowd()
	fmt.Printf("\nAs rehearsed. Customers asked %d times meanwhile, and %d requests failed.\n", asked, failed)
	return nil
}

// ended holds the end of an act to how it had to end.
func (s *stage) ended(ctx context.Context, want, before string, err error) error {
	now, failure := s.Serving(ctx, rehearsed)
	switch {
	case failure != nil:
		return failure
	case want == "" && err != nil:
		return err
	case want == "" && now == before:
		return errors.New("it does not serve")
	case want == "":
		return nil
	case err == nil || !strings.Contains(err.Error(), want):
		return fmt.Errorf("it ended with %v, want %q", err, want)
	case now != before:
		return fmt.Errorf("%s serves, and not %s", now, before)
	}
	fmt.Println("went back:", err)
	return nil
}

// stage is this machine as a platform: two slots behind an Envoy, a revision in each.
type stage struct {
	bin, folder string
	issuer      string
	front       envoy
	port        int
	slots       [2]slot
	store       string  // host:port of the Firestore emulator
	share       float64 // of the requests, whose slowest is looked at

	mu      sync.Mutex
	running map[string]*revision // by slot
	serving string               // name of a slot
	counts  counts               // of the revision that is watched, when its share changed
	made    int
}

// revision is a process and the way to its store, which can be made bad.
type revision struct {
	name, image string
	process     *process
	way         *way
}

// set starts what surrounds the revisions, and a first one that has all traffic.
func (s *stage) set(ctx context.Context) error {
	s.store = os.Getenv("FIRESTORE_EMULATOR_HOST")
	if s.store == "" {
		return errors.New("FIRESTORE_EMULATOR_HOST names no emulator; scripts/deploy rehearse starts one")
	}
	ports, err := freePorts(5)
	if err != nil {
		return err
	}
	s.port, s.front = ports[0], envoy{fmt.Sprintf("http://127.0.0.1:%d", ports[1])}
	s.slots = [2]slot{{"blue", ports[2], 100}, {"green", ports[3], 0}}
	s.serving = "blue"
	if err := s.startIssuer(ctx, ports[4]); err != nil {
		return err
	}
	if err := s.fill(ctx, s.slots[0], good); err != nil {
		return err
	}
	config, err := frontConfig(s.port, ports[1], s.slots[:])
	if err != nil {
		return err
	}
	file := filepath.Join(s.folder, "front.yaml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return err
	}
	e, err := start(s.folder, "front", os.Environ(), os.Getenv("ENVOY"), "--config-path", file, "--log-level", "error", "--disable-hot-restart", "--concurrency", "1")
	if err != nil {
		return err
	}
	s.running["front"] = &revision{process: e}
	return e.answers(ctx, s.url()+ready(rehearsed))
}

func (s *stage) url() string { return fmt.Sprintf("http://127.0.0.1:%d", s.port) }

func (s *stage) startIssuer(ctx context.Context, port int) error {
	s.issuer = fmt.Sprintf("http://127.0.0.1:%d", port)
	i, err := start(s.folder, "issuer", append(os.Environ(), fmt.Sprintf("PORT=%d", port), "ISSUER_URL="+s.issuer, "DATA_DIR="+s.folder), filepath.Join(s.bin, "issuer"))
	if err != nil {
		return err
	}
	s.running["issuer"] = &revision{process: i}
	return i.answers(ctx, s.issuer+"/health/live")
}

// fill starts a revision in a slot, with what its image stands for.
func (s *stage) fill(ctx context.Context, at slot, image string) error {
	w, err := newWay(s.store)
	if err != nil {
		return err
	}
	identity := s.issuer + "/computeMetadata/v1/instance/service-accounts/issho-ops@issho-local.iam.gserviceaccount.com/identity"
	os.Setenv("IDENTITY_URL", identity) // the smoke story asks as ops, too
	environment := []string{
		fmt.Sprintf("PORT=%d", at.Port), fmt.Sprintf("SELF_URL=http://127.0.0.1:%d", at.Port), "PROJECT=issho-local",
		// What it tells others, and its pictures, have no part in this: there is nobody at these addresses.
		"PUBSUB_EMULATOR_HOST=127.0.0.1:1", "CLOUD_TASKS_EMULATOR_HOST=127.0.0.1:1", "STORAGE_EMULATOR_HOST=127.0.0.1:1", "MEDIA_BUCKET=rehearsal",
		"FIRESTORE_EMULATOR_HOST=" + w.addr, "FIRESTORE_DATABASE=catalog", "TELEMETRY_EXPORTER=none", "LOG_LEVEL=WARN",
		"USER_ISSUER=" + s.issuer + "/users", "USER_AUDIENCE=issho-local", "USER_JWKS_URL=" + s.issuer + "/jwks.json",
		"SERVICE_ISSUER=" + s.issuer + "/services", "SERVICE_JWKS_URL=" + s.issuer + "/jwks.json", "IDENTITY_URL=" + identity,
	}
	if image != silent {
		environment = append(environment, "PAGE_KEY=issho-rehearsal-page-key-0123456789")
	}
	s.made++
	name := fmt.Sprintf("%s-%05d-%s", rehearsed, s.made, image)
	p, err := start(s.folder, name, environment, filepath.Join(s.bin, rehearsed))
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.running[at.Name] = &revision{name, image, p, w}
	s.mu.Unlock()
	if err := p.answers(ctx, fmt.Sprintf("http://127.0.0.1:%d%s", at.Port, ready(rehearsed))); err != nil {
		return err
	}
	return nil
}

func (s *stage) slotOf(revision string) (slot, bool) {
	for _, at := range s.slots {
		if r := s.running[at.Name]; r != nil && r.name == revision {
			return at, true
		}
	}
	return slot{}, false
}

func (s *stage) idle() slot {
	if s.serving == s.slots[0].Name {
		return s.slots[1]
	}
	return s.slots[0]
}

func (s *stage) Serving(context.Context, string) (string, error) {
	return s.running[s.serving].name, nil
}

func (s *stage) Deploy(ctx context.Context, _, image string) (string, error) {
	at := s.idle()
	if old := s.running[at.Name]; old != nil {
		old.process.stop()
	}
	if err := s.fill(ctx, at, image); err != nil {
		return "", err
	}
	return s.running[at.Name].name, nil
}

func (s *stage) Smoke(ctx context.Context, program, revision string) error {
	at, ok := s.slotOf(revision)
	if !ok {
		return fmt.Errorf("%s does not run", revision)
	}
	base := fmt.Sprintf("http://127.0.0.1:%d", at.Port)
	return smoke(ctx, asOps(base), program, base)
}

func (s *stage) Shift(ctx context.Context, _, revision string, percent int, _ string) error {
	at, ok := s.slotOf(revision)
	if !ok {
		return fmt.Errorf("%s does not run", revision)
	}
	other := s.slots[0]
	if at == other {
		other = s.slots[1]
	}
	var err error
	if s.counts, err = s.front.counts(ctx, at.Name); err != nil {
		return err
	}
	s.fate(s.running[at.Name])
	if percent == 100 {
		s.serving = at.Name
	}
	return s.front.share(ctx, at.Name, percent, other.Name)
}

// fate is what becomes of a revision when it gets traffic.
func (s *stage) fate(r *revision) {
	switch r.image {
	case slow:
		r.way.delay.Store(int64(2500 * time.Millisecond))
	case lost:
		r.way.cut()
	}
}

func (s *stage) Figures(ctx context.Context, _, revision string, _ time.Time) (figures, error) {
	at, ok := s.slotOf(revision)
	if !ok {
		return figures{}, fmt.Errorf("%s does not run", revision)
	}
	now, err := s.front.counts(ctx, at.Name)
	return now.since(s.counts, s.share), err
}

func (s *stage) close() {
	for _, r := range s.running {
		r.process.stop()
	}
}

// ask plays customers, 40 requests a second, until its answer is called, which says how many asked and failed.
func ask(ctx context.Context, base string) func() (asked, failed int64) {
	ctx, stop := context.WithCancel(ctx)
	var asked, failed atomic.Int64
	var all sync.WaitGroup
	q := question{"/issho.catalog.v1.CatalogService/ListCampaigns", `{"page_size":1}`, http.StatusOK, ""}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	all.Go(func() {
		for tick := time.NewTicker(time.Second / 40); ctx.Err() == nil; <-tick.C {
			all.Go(func() {
				asked.Add(1)
				if q.put(context.WithoutCancel(ctx), client, base) != nil {
					failed.Add(1)
				}
			})
		}
	})
	return func() (int64, int64) {
		stop()
		all.Wait()
		return asked.Load(), failed.Load()
	}
}
