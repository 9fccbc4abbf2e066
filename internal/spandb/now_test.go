package spandb

import (
	"testing"
	"time"
)

func TestTheTimeIsCountedOnFromTheLastLook(t *testing.T) {
	t.Parallel()
	asked := time.Now()
	told := asked.Add(3 * time.Second) // the database is ahead of this machine
	heard := asked.Add(5 * time.Millisecond)
	for _, c := range []struct {
		name  string
		look  *look
		after time.Duration // since it was heard
		want  time.Duration // since it was told
		ok    bool
	}{
		{"never looked", nil, 0, 0, false},
		{"at once", looked(told, asked, heard), 0, 0, true},
		{"a while later", looked(told, asked, heard), 9 * time.Second, 9 * time.Second, true},
		{"time to look again", looked(told, asked, heard), lookAgain, 0, false},
		{"a slow answer", looked(told, asked, asked.Add(tooSlow+1)), 0, 0, false},
	} {
		got, ok := c.look.now(heard.Add(c.after))
		if ok != c.ok || ok && !got.Equal(told.Add(c.want)) {
			t.Errorf("%s: %v, %t, want %v after what was told, %t", c.name, got, ok, c.want, c.ok)
		}
	}
}
