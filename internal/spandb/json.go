package spandb

import (
	"encoding/json"
	"fmt"

	"cloud.google.com/go/spanner"
)

// JSON is a column of type JSON that holds a T. A NULL reads as the zero T, and a T that is null in JSON is written as NULL.
type JSON[T any] struct{ V T }

// EncodeSpanner is called by the client when the value is written.
func (j JSON[T]) EncodeSpanner() (any, error) {
	body, err := json.Marshal(j.V)
	return spanner.NullJSON{Value: json.RawMessage(body), Valid: string(body) != "null"}, err
}

// DecodeSpanner is called by the client when the value is read.
func (j *JSON[T]) DecodeSpanner(in any) error {
	switch s := in.(type) {
	case string:
		return json.Unmarshal([]byte(s), &j.V)
	case *string:
		return nil // NULL
	}
	return fmt.Errorf("a JSON column came as %T", in)
}

// MarshalJSON lets a row with such a column be written as JSON itself.
func (j JSON[T]) MarshalJSON() ([]byte, error) { return json.Marshal(j.V) }

// UnmarshalJSON is the reverse of MarshalJSON.
func (j *JSON[T]) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &j.V) }
