package manager

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"sync"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// beats are the last reports of phones, by their digests: a report that says what
// the last one said needs nothing but the twin. What is kept is only ever what this
// node took in, and for beatLife, since another node may have heard something else.
type beats struct {
	seed  maphash.Seed
	shard [beatShards]beatShard
}

type beatShard struct {
	mu sync.Mutex // guards of
	of map[string]beat
}

type beat struct {
	told    uint64 // digest
	every   time.Duration
	until   time.Time
	session string // in whose answer the last command went out
}

const (
	beatShards = 64
	beatLife   = 10 * time.Minute
)

func newBeats() *beats {
	b := &beats{seed: maphash.MakeSeed()}
	for i := range b.shard {
		b.shard[i].of = map[string]beat{}
	}
	return b
}

func (b *beats) at(deviceID string) *beatShard {
	return &b.shard[maphash.String(b.seed, deviceID)%beatShards]
}

// digest is what two reports have in common that tell the same.
func (b *beats) digest(p Phone, address, agent string) uint64 {
	var h maphash.Hash
	h.SetSeed(b.seed)
	t := p.Told
	for _, s := range []string{string(p.Protocol), t.Maker, t.OUI, t.Class, t.Serial, t.Model, t.Software, t.Hardware, t.Address, t.Root, t.Version, string(t.Status), t.Subnet, t.VLAN, t.User, t.UserID, t.Number, t.Proxy,
		t.Location, t.Region, t.Agent, p.Call.URL, p.Call.UDP, address, agent} {
		var n [4]byte
		binary.LittleEndian.PutUint32(n[:], uint32(len(s))) //nolint:gosec // texts of a message are short
		_, _ = h.Write(n[:])                                // of a hash never fails
		_, _ = h.WriteString(s)                             // the same
	}
	return h.Sum64()
}

func (b *beats) get(deviceID string) (beat, bool) {
	s := b.at(deviceID)
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.of[deviceID]
	return one, ok
}

func (b *beats) put(deviceID string, one beat) {
	s := b.at(deviceID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.of[deviceID]; !ok && len(s.of) >= limit.ReportersKept/beatShards {
		for other := range s.of { // any will do: its next report is compared with the database
			delete(s.of, other)
			break
		}
	}
	s.of[deviceID] = one
}

// Beat is a report of a phone that holds no session: what it told, whence, and how
// it calls itself. Every says how often the device is to report; it is asked only
// where that is not known yet.
type Beat struct {
	Phone   Phone
	Session string // of the report, in the phone's own words
	Door    string
	Address string
	Agent   string
	Every   func(context.Context, device.Device) (time.Duration, error)
}

// Heard is what a report was.
type Heard struct {
	News    bool // it told something that its last one did not
	Booted  bool // it is not the report in whose answer the last command went out, sent once more
	Before  device.Status
	Pending bool // a command may wait
}

// Beats takes a report in. What says the same as the last one costs no more than the
// twin; anything else is Arrive's.
func (s *Service) Beats(ctx context.Context, who identity.Reporter, b Beat) (Heard, error) {
	d := who.Device()
	now := s.DB.Now()
	sum := s.beats.digest(b.Phone, b.Address, b.Agent)
	last, known := s.beats.get(d.ID)
	anew := b.Session == "" || b.Session != last.session
	if known && last.told == sum && last.until.After(now) {
		s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: now, Address: b.Address, Door: b.Door, UserAgent: b.Agent,
			Firmware: b.Phone.Told.Software, Status: b.Phone.Told.Status, Reach: device.Online, ExpectedBy: now.Add(2*last.every + reportGrace)})
		return Heard{Before: b.Phone.Told.Status, Pending: s.Commands.Pending(d.ID), Booted: anew}, nil
	}
	var err error
	if b.Phone.Every, err = b.Every(ctx, d); err != nil {
		return Heard{}, err
	}
	before, err := s.saidBefore(ctx, d.ID)
	if err != nil {
		return Heard{}, err
	}
	if _, err := s.Arrive(ctx, who, b.Phone, b.Door, b.Address, b.Agent); err != nil {
		return Heard{}, err
	}
	s.beats.put(d.ID, beat{told: sum, every: b.Phone.Every, until: now.Add(beatLife), session: last.session})
	return Heard{News: !known || last.told != sum, Before: before.Status, Pending: s.Commands.Pending(d.ID), Booted: anew}, nil
}

// saidBefore is what a phone told before; nothing where it never reported.
func (s *Service) saidBefore(ctx context.Context, deviceID string) (Told, error) {
	p, err := s.Phone(ctx, deviceID)
	if fault.Is(err, fault.NotFound) {
		return Told{}, nil
	}
	return p.Told, err
}

// HandedIn notes in whose answer commands went out, so that the same report, sent
// once more because its answer was lost, is not taken for a new start.
func (s *Service) HandedIn(deviceID, session string) {
	one, _ := s.beats.get(deviceID)
	one.session = session
	s.beats.put(deviceID, one)
}
