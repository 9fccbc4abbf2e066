package page

import (
	"encoding/json"
	"strings"

	"github.com/issho-shop/issho/internal/fault"
)

// SealJSON is Seal for a cursor that is a value; it always answers a token. A value that JSON cannot hold is a panic.
func SealJSON(s *Sealer, cursor any, scope ...string) string {
	body, err := json.Marshal(cursor)
	if err != nil {
		panic(err)
	}
	return s.Seal(string(body), scope...)
}

// OpenJSON answers the cursor of a token that SealJSON made, zero for the first page. A cursor that another version of the
// program wrote otherwise is refused as a strange token is: PAGE_TOKEN_INVALID.
func OpenJSON[C any](s *Sealer, token string, scope ...string) (cursor C, err error) {
	body, err := s.Open(token, scope...)
	if err != nil || body == "" {
		return cursor, err
	}
	read := json.NewDecoder(strings.NewReader(body))
	read.DisallowUnknownFields()
	if err := read.Decode(&cursor); err != nil {
		return cursor, fault.New(fault.PageTokenInvalid).Because(err)
	}
	return cursor, nil
}

// Cut answers a page of what was found, of which one more than size tells whether there is a next page, and the token of
// that: the cursor of the page's last one.
func Cut[T, C any](s *Sealer, found []T, size int, cursor func(T) C, scope ...string) (page []T, next string) {
	if len(found) <= size {
		return found, ""
	}
	return found[:size], SealJSON(s, cursor(found[size-1]), scope...)
}
