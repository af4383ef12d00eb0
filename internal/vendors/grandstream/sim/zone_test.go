package sim

import (
	"testing"
	"time"
)

func TestZone(t *testing.T) {
	t.Parallel()
	winter, summer := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		zone, rule     string
		winter, summer string
	}{
		"the guide's example form": {ownZone, "MTZ+6MDT+5,M4.1.0,M11.1.0", "06:00", "07:00"},
		"south of the equator":     {ownZone, "CLT+4CLST+3,M9.1.6,M4.1.6", "09:00", "08:00"},
		"without summer time":      {ownZone, "IST-5:30", "17:30", "17:30"},
		"nonsense":                 {ownZone, "x", "12:00", "12:00"},
		"nothing":                  {ownZone, "", "12:00", "12:00"},
		"not chosen":               {"auto", "MTZ+6MDT+5,M4.1.0,M11.1.0", "12:00", "12:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc := zone(map[string]string{"datetime.timezone": tc.zone, "datetime.timezone.custom": tc.rule})
			if w, s := winter.In(loc).Format("15:04"), summer.In(loc).Format("15:04"); w != tc.winter || s != tc.summer {
				t.Fatalf("noon UTC is %s and %s", w, s)
			}
		})
	}
}

func FuzzZone(f *testing.F) {
	f.Add("MTZ+6MDT+5,M4.1.0,M11.1.0")
	f.Add("\n\x00")
	f.Fuzz(func(t *testing.T, rule string) {
		loc := zone(map[string]string{"datetime.timezone": ownZone, "datetime.timezone.custom": rule})
		_ = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).In(loc).Format(time.RFC3339)
	})
}
