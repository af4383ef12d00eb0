package provision

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// asked is all that an answer with a device's own file depends on besides the
// database and the settings of the program.
type asked struct {
	device string
	clear  bool
	proof  identity.Proof
	why    string
	sight  vendors.Sighting
}

// kept is an answer with a device's own file that stands as delivered already, to be
// given again as long as nothing that it was made of has changed. The file is
// sealed, so that a dump of the memory tells no secret by itself.
type kept struct {
	device   device.Device
	revision string
	reason   string
	answer   Answer // without the file
	file     []byte
	every    time.Duration // how long to wait for the phone's next fetch
}

// keptRoom is what a kept answer weighs besides its file, in bytes.
const keptRoom = 2048

// shelf holds the answers that were made lately.
type shelf struct {
	*db.Memo[asked, kept]
	seal cipher.AEAD
}

// newShelf makes one. The tables are all from which ownFile and what it calls read.
func newShelf(d *db.DB) shelf {
	block, err := aes.NewCipher(secret.Random(32))
	if err != nil {
		panic(err) // the key has the right length
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // so has the block
	}
	weigh := func(k kept) int { return len(k.file) + keptRoom }
	return shelf{db.NewMemo[asked](d, limit.RenderedBytes, weigh,
		"devices", "sites", "device_states", "revisions", "revision_parts", "commands", "freezes", "secrets", "data_keys", "device_secrets", "pki_roots"), seal}
}

func askedBy(r Request, c caller) asked {
	why := "" // a path token's reason tells nothing of itself
	if c.who.Proof() != identity.PathToken {
		why = c.why
	}
	return asked{c.who.DeviceID(), r.Door.Clear(), c.who.Proof(), why, c.sight}
}

// again gives an answer that is kept. What the freeze switch holds is not.
func (s *Service) again(r Request, v verdict, c caller) (verdict, db.Moment, bool) {
	k, at, ok := s.shelf.Get(askedBy(r, c))
	if !ok || s.Commands.Frozen(k.device) {
		return v, at, false
	}
	body, err := s.shelf.seal.Open(nil, nil, k.file, nil)
	if err != nil { // the key is this process's own
		return v, at, false
	}
	v.device, v.own, v.settled = k.device, true, true
	v.entry.Revision, v.answer = k.revision, k.answer
	v.answer.Body = body
	s.seen(r, k.device, c.sight, k.every)
	return v.say(Served, k.reason), at, true
}

// keep puts an answer with a device's own file onto the shelf, where nothing remains
// to be done about the delivery.
func (s *Service) keep(ctx context.Context, r Request, v *verdict, c caller, at db.Moment, every time.Duration) {
	if v.entry.Verdict != Served || v.device.Config.Delivered != v.entry.Revision {
		return
	}
	if waits, err := s.Commands.Waiting(ctx, v.device.ID, v.entry.Revision); err != nil || waits {
		return // it is looked at again when the file is out
	}
	v.settled = true
	if len(v.entry.Findings) > 0 {
		return
	}
	k := kept{device: v.device, revision: v.entry.Revision, reason: v.entry.Reason, answer: v.answer, every: every}
	k.answer.Body, k.file = nil, s.shelf.seal.Seal(nil, nil, v.answer.Body, nil)
	s.shelf.Put(askedBy(r, c), k, at)
}
