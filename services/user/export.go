package main

import (
	"context"
	"encoding/json"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// partSize is when an export's part is full, in bytes. Firestore takes a megabyte a document.
const partSize = 512 << 10

// entry is what an export holds of a record.
type entry struct {
	Service string          `json:"service"`
	Kind    string          `json:"kind"`
	ID      string          `json:"id,omitempty"`
	Data    json.RawMessage `json:"data"`
}

// exported names the services that an export asks, in this order.
func (s *userServer) exported() []string {
	var names []string
	for _, k := range s.keepers {
		names = append(names, k.name)
	}
	return names
}

// export asks the service whose turn it is for the next page, and answers the parts that hold it.
func (s *userServer) export(ctx context.Context, j *job.Job) ([]firedb.Write, error) {
	step := j.Next()
	k, ok := s.keeper(step.Service)
	if !ok { // of a revision that knew another service
		j.Exported(0, 0, "", s.now())
		return nil, nil
	}
	records, token, err := k.export(ctx, j.CustomerID, j.PageToken)
	if err != nil {
		return nil, fault.FromRPC(err, k.name)
	}
	texts, err := packed(k.name, records)
	if err != nil {
		return nil, err
	}
	var parts []firedb.Write
	for i, text := range texts {
		parts = append(parts, job.PutPart(s.db, *j, j.Parts+i+1, text))
	}
	j.Exported(int64(len(records)), len(parts), token, s.now())
	return parts, nil
}

// packed writes records as JSON arrays of about partSize at most.
func packed(service string, records []*typev1.UserRecord) ([]string, error) {
	var texts []string
	var part []entry
	size := 0
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		text, err := json.Marshal(part)
		texts, part, size = append(texts, string(text)), nil, 0
		return err
	}
	for _, r := range records {
		if size+len(r.GetJson()) > partSize {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		part = append(part, entry{service, r.GetKind(), r.GetId(), json.RawMessage(r.GetJson())})
		size += len(r.GetJson()) + len(service) + len(r.GetKind()) + len(r.GetId()) + 50
	}
	err := flush()
	return texts, err
}
