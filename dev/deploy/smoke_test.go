package main

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
)

// A service tells its reason readably as well, the gateway does not.
func TestReasonOf(t *testing.T) {
	told := func(encoding *base64.Encoding) []byte {
		var details []map[string]any
		err := fault.New(fault.NotFound).Connect("en")
		for _, d := range err.Details() {
			details = append(details, map[string]any{"type": d.Type(), "value": encoding.EncodeToString(d.Bytes())})
		}
		body, failure := json.Marshal(map[string]any{"code": "not_found", "message": err.Message(), "details": details})
		if failure != nil {
			t.Fatal(failure)
		}
		return body
	}
	for body, want := range map[string]string{
		string(told(base64.RawStdEncoding)): "NOT_FOUND",
		string(told(base64.StdEncoding)):    "NOT_FOUND",
		`{"code":"not_found"}`:              "",
		`<html>`:                            "",
		`{"details":[{"type":"google.rpc.ErrorInfo","value":"?"},{"type":"google.rpc.Help","value":""}]}`: "",
	} {
		if got := reasonOf([]byte(body)); got != want {
			t.Errorf("%s tells %q, want %q", body, got, want)
		}
	}
}
