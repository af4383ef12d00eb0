package provision

import (
	"testing"
	"time"
)

func TestEntry_loops(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		count int64
		over  time.Duration
		said  Verdict
		want  bool
	}{
		"six within a few seconds":    {6, 4 * time.Second, Served, true},
		"six at the pace's bound":     {6, 50 * time.Second, Served, true},
		"a timer every quarter":       {6, 75 * time.Second, Served, false},
		"five":                        {5, time.Second, Served, false},
		"the phone had it already":    {9, time.Second, NotModified, false},
		"an hour of half-minute ones": {120, time.Hour, Served, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (Entry{At: at, LastAt: at.Add(tc.over), Count: tc.count, Verdict: tc.said}).loops(); got != tc.want {
				t.Errorf("loops %v, want %v", got, tc.want)
			}
		})
	}
}
