// Package declared reads terraform/declared.yaml, the one list of services, topics, subscriptions, queues and
// scheduled jobs. dev/setup creates them on the emulators, dev/relay delivers along them, Terraform makes the
// same in the cloud.
//
// The file is read strictly: an unknown field, a name that does not exist or a figure that the cloud or an
// emulator would refuse is an error here, before anything is created.
package declared

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"go.yaml.in/yaml/v3"
)

// File is where the declaration lies, from the root of the repository.
const File = "terraform/declared.yaml"

// Declared is the whole file. The keys of its maps are the names that things have in the cloud.
type Declared struct {
	Services      map[string]Service      `yaml:"services"`
	Calls         map[string][]string     `yaml:"calls"`     // caller, callees
	Publishes     map[string][]string     `yaml:"publishes"` // service, topics
	Firestore     map[string]Documents    `yaml:"firestore"` // by service
	Buckets       map[string]Bucket       `yaml:"buckets"`
	Topics        []string                `yaml:"topics"`
	Subscriptions map[string]Subscription `yaml:"subscriptions"`
	Queues        map[string]Queue        `yaml:"queues"`
	Jobs          map[string]Job          `yaml:"jobs"`
}

// Service is one program.
type Service struct {
	Port     int    `yaml:"port"`     // on a laptop; Cloud Run chooses its own
	Store    string `yaml:"store"`    // Spanner, Firestore or none
	Database string `yaml:"database"` // its database in that store
}

// The stores a service may have.
const (
	Spanner   = "spanner"
	Firestore = "firestore"
)

// URL is where the service listens on a laptop. It is also the audience of service tokens for it.
func (s Service) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Port) }

// Documents is what a service's Firestore database has beyond what Firestore makes by itself.
type Documents struct {
	Indexes []Index           `yaml:"indexes"`
	TTL     map[string]string `yaml:"ttl"` // collection, field of the time after which a document goes
}

// Index is a composite index.
type Index struct {
	Collection string   `yaml:"collection"`
	Fields     []string `yaml:"fields"` // "name ASCENDING", "name DESCENDING" or "name CONTAINS"
}

// Bucket is one in Cloud Storage.
type Bucket struct {
	Service  string `yaml:"service"`  // reads and writes it
	Variable string `yaml:"variable"` // by which that service is told its name
	Public   bool   `yaml:"public"`   // anybody may read its objects
	Uploads  bool   `yaml:"uploads"`  // that service signs addresses to write to: its account may sign as itself
}

// BucketName is what a declared bucket is called in a project: names are the whole world's.
func BucketName(project, id string) string { return project + "-" + id }

// Gateway is the one caller that is no service.
const Gateway = "gateway"

// Subscription carries the events of one topic to one service, named <topic>-<service>.
type Subscription struct {
	Topic      string        `yaml:"topic"`
	Service    string        `yaml:"service"`
	Types      []string      `yaml:"types"` // the ce-types that are brought; none: all
	MinBackoff time.Duration `yaml:"min_backoff"`
	MaxBackoff time.Duration `yaml:"max_backoff"`
	Attempts   int           `yaml:"attempts"`    // deliveries before the dead letter, 5 to 100
	DeadLetter string        `yaml:"dead_letter"` // topic, and the subscription that keeps what lands there
}

// Queue holds the tasks of one service.
type Queue struct {
	Service             string        `yaml:"service"`
	DispatchesPerSecond float64       `yaml:"dispatches_per_second"` // 1 to 500
	OnALaptop           float64       `yaml:"on_a_laptop"`           // the same where what bounds it is not there; 0: no other
	Concurrent          int32         `yaml:"concurrent"`
	MinBackoff          time.Duration `yaml:"min_backoff"`
	MaxBackoff          time.Duration `yaml:"max_backoff"`
	Attempts            int32         `yaml:"attempts"`
}

// Job is a scheduled call of an internal method with an empty request.
type Job struct {
	Cron      string `yaml:"cron"` // five fields, UTC
	Service   string `yaml:"service"`
	Procedure string `yaml:"procedure"` // package.Service/Method
}

// Read reads and checks the file at path.
func Read(path string) (*Declared, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func parse(text []byte) (*Declared, error) {
	var d Declared
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil {
		return nil, err
	}
	return &d, errors.Join(d.faults()...)
}
