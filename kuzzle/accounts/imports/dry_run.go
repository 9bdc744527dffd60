package imports

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Wish is what a row of a dry run would have here, by keyed hashes: what
// [DryRun] compares it with other rows by.
type Wish struct {
	// User is the kuid, that of the user who is here already if there is one; a
	// number of its own where the kuid is still to be drawn.
	User uint64 `json:"user"`
	// Key is the name by which the user is known again, 0 for the kuid.
	Key uint64 `json:"key,omitempty"`
	// Row is all that the row says.
	Row uint64 `json:"row"`
	// Names are what it would claim.
	Names []WishedName `json:"names,omitempty"`
	// Met tells that the user is here already.
	Met bool `json:"met,omitempty"`
	// Of tells that the row is no user, but would belong to one who is not here.
	Of bool `json:"of,omitempty"`
}

// WishedName is a name that a row wants, and what kind of identifier it is.
type WishedName struct {
	Kind string `json:"kind"`
	Name uint64 `json:"name"`
}

// wish is made of a row once it is known whom it meets, nil for nobody.
func (in *importing) wish(p *plannedRow, same *users.User) (*Wish, error) {
	w := &Wish{Row: binary.BigEndian.Uint64(p.user.Provenance.Row)}
	switch {
	case same != nil:
		w.User, w.Met = wishHash(in.key, wishedUser, same.Kuid), true
	case p.row.ID != "":
		w.User = wishHash(in.key, wishedUser, p.row.ID)
	default:
		w.User = rand.Uint64()
	}
	if p.row.Key.Kind != "" {
		// By its spelling, since rows that only look the same are different users.
		spelling := users.Naming{Exact: in.names.Naming().Exact}
		key, err := spelling.ClaimKey("", p.row.Key)
		if err != nil {
			return nil, err
		}
		w.Key = wishHash(in.key, wishedName, key)
	}
	for strategy, id := range p.user.Claimed() {
		keys, err := in.names.Naming().ClaimKeys(strategy, id)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			w.Names = append(w.Names, WishedName{id.Kind, wishHash(in.key, wishedName, key)})
		}
	}
	return w, nil
}

// What of a row is hashed.
const (
	wishedUser = "user"
	wishedName = "name"
)

// wishHash is under the key of rows' fingerprints.
func wishHash(key []byte, what, value string) uint64 {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(what + "\x00" + value))
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

// DryRunNames is how many users and names a [DryRun] remembers at most,
// which takes about 100 MiB: those of a million users with three names each.
const DryRunNames = 4_000_000

// DryRun remembers what a dry run would have written, so that a row is told
// what it will meet: another row that wants the same name, or is the same user.
// Names that a merge would take from a user count as that user's still; and a name
// that rows close to each other want, one to be made and one to be merged with its
// credentials, may go to the other one of them.
type DryRun struct {
	limit int
	full  bool
	// owners has the user of every name that would be claimed, rows what the
	// last row said of every user who would be written.
	owners, rows map[uint64]uint64
}

// NewDryRun makes one that remembers so many users and names.
func NewDryRun(limit int) *DryRun {
	return &DryRun{limit: limit, owners: map[uint64]uint64{}, rows: map[uint64]uint64{}}
}

// Full tells that what rows want is remembered no more. They are still compared
// with what was remembered before.
func (r *DryRun) Full() bool { return r.full }

// Judge tells what becomes of a row, and remembers it. Alone is what becomes of it
// as far as the store tells; with the same status and no error that stands. Rows
// are judged in their order.
func (r *DryRun) Judge(how Import, w *Wish, alone Imported) (Imported, error) {
	user, met := w.User, w.Met || w.Key == 0
	if owner, held := r.owners[w.Key]; w.Key != 0 && held {
		user, met = owner, true
	}
	before, written := r.rows[user]
	if w.Of {
		if written || r.full {
			return RowCreated, nil
		}
		return alone, nil
	}
	status, err := alone, error(nil)
	switch {
	case written && met:
		status, err = r.meet(how, w.Row == before, alone)
	case written: // the kuid is another row's, and by its key this is somebody else
		return RowFailed, ErrRowAgain.New()
	}
	claims := status == RowCreated || status == RowMerged && how.MergeCredentials
	if claims {
		for _, wanted := range w.Names {
			if owner, held := r.owners[wanted.Name]; held && owner != user {
				return RowFailed, strategies.ErrTaken.New(wanted.Kind)
			}
		}
	}
	if claims || status == RowMerged {
		r.remember(w, user, claims)
	}
	return status, err
}

// meet is what becomes of a row whose user another row wrote.
func (r *DryRun) meet(how Import, same bool, alone Imported) (Imported, error) {
	switch {
	case same:
		return RowUnchanged, nil
	case how.OnConflict == ConflictSkip:
		return RowSkipped, ErrRowAgain.New()
	case how.OnConflict == ConflictMerge && how.MergeCredentials && alone == RowFailed:
		return RowFailed, nil // a name is somebody else's
	case how.OnConflict == ConflictMerge:
		return RowMerged, nil
	}
	return RowFailed, ErrRowAgain.New()
}

func (r *DryRun) remember(w *Wish, user uint64, claims bool) {
	if r.full = r.full || len(r.owners)+len(r.rows)+len(w.Names) >= r.limit; r.full {
		if _, known := r.rows[user]; !known {
			return
		}
		claims = false
	}
	r.rows[user] = w.Row
	if !claims {
		return
	}
	for _, wanted := range w.Names {
		r.owners[wanted.Name] = user
	}
}
