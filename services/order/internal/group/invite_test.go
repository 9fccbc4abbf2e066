package group

import (
	"strings"
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

func TestInvite(t *testing.T) {
	invites, err := NewInvites(strings.Repeat("k", 32))
	if err != nil {
		t.Fatal(err)
	}
	want := Invite{GroupID: "grp_a", InviterID: "hanako", EndsAt: start}
	token := invites.Seal(want)
	if strings.Contains(token, "hanako") {
		t.Error("the token tells who invites")
	}
	got, err := invites.Open(token, start)
	if err != nil || got != want {
		t.Fatalf("Open = %+v, %v, want %+v", got, err, want)
	}
	other, err := NewInvites(strings.Repeat("o", 32))
	if err != nil {
		t.Fatal(err)
	}
	altered := "A" + token[1:]
	if altered == token {
		altered = "B" + token[1:]
	}
	refused := map[string]struct {
		by    *Invites
		token string
		at    time.Time
	}{
		"altered":         {invites, altered, start},
		"cut":             {invites, token[:20], start},
		"not base64":      {invites, "%%%", start},
		"another's key":   {other, token, start},
		"ended long ago":  {invites, token, start.Add(afterlife + time.Second)},
		"nothing at all":  {invites, "", start},
		"a short invite":  {invites, "AAAA", start},
		"a longer invite": {invites, token + "AAAA", start},
	}
	for name, test := range refused {
		t.Run(name, func(t *testing.T) {
			if _, err := test.by.Open(test.token, test.at); fault.ReasonOf(err) != fault.InviteInvalid {
				t.Errorf("Open = %v, want INVITE_INVALID", err)
			}
		})
	}
	if _, err := NewInvites("short"); err == nil {
		t.Error("a short key was taken")
	}
}
