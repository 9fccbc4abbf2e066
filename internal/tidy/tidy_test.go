package tidy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"ハ\u3099ナナ\u202e\u0000": "バナナ", "Cafe\u0301": "Café", "👨‍👩‍👧 ﾊﾞﾅﾅ": "👨‍👩‍👧 ﾊﾞﾅﾅ", "一行\n\t二行\r": "一行\n\t二行", "\ufeffa\u2067b": "ab",
	} {
		if got := Text(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		once := Text(text)
		if Text(once) != once || strings.ContainsAny(once, "\x00\u202e\r") {
			t.Fatalf("%q becomes %q, then %q", text, once, Text(once))
		}
	})
}
