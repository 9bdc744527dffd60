package imports

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Wish is the data that a row of a dry run would have here, as keyed hashes, by which [DryRun]
// compares rows.
type Wish struct {
	// User is the kuid, that of an existing user if there is one, or a unique number if the kuid
	// would be generated.
	User uint64 `json:"user"`
	// Key is the name by which the user is recognised, 0 for the kuid.
	Key uint64 `json:"key,omitempty"`
	// Row is the hash of the whole row.
	Row uint64 `json:"row"`
	// Names are the names that the row would claim.
	Names []WishedName `json:"names,omitempty"`
	// Met is set if the user exists here already.
	Met bool `json:"met,omitempty"`
	// Of is set if the row is no user, but belongs to a user who does not exist here.
	Of bool `json:"of,omitempty"`
}

// WishedName is a name that a row would claim, with its kind of identifier.
type WishedName struct {
	Kind string `json:"kind"`
	Name uint64 `json:"name"`
}

// wish returns the Wish of a row. same is the existing user whom the row means, nil for none.
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
		// Compare the spelling, since rows that only look the same are different users.
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

// The kinds of hashed data.
const (
	wishedUser = "user"
	wishedName = "name"
)

// wishHash hashes with the key for rows' fingerprints.
func wishHash(key []byte, what, value string) uint64 {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(what + "\x00" + value))
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

// DryRunNames is the largest number of users and names that a [DryRun] remembers, in about 100 MiB:
// those of a million users with three names each.
const DryRunNames = 4_000_000

// DryRun remembers what a dry run would have written, so that it knows when a row meets another row
// that wants the same name, or is the same user. It is not exact in two cases. Names that a merge
// would take from a user still count as that user's. And if two rows close to each other want the
// same name, one for a new user and one in a merge with credentials, either may get it.
type DryRun struct {
	limit int
	full  bool
	// owners maps every name that would be claimed to its user. rows maps every user who would be
	// written to the last row about the user.
	owners, rows map[uint64]uint64
}

// NewDryRun returns a DryRun that remembers at most limit users and names.
func NewDryRun(limit int) *DryRun {
	return &DryRun{limit: limit, owners: map[uint64]uint64{}, rows: map[uint64]uint64{}}
}

// Full reports whether the limit is reached and further rows are not remembered. They are still
// compared with the remembered ones.
func (r *DryRun) Full() bool { return r.full }

// Judge returns the result of a row, and remembers the row. alone is its result by the store only;
// if the status is the same and there is no error, that result stands. Rows are passed in their
// order.
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
	case written: // another row has the kuid, and by its key this is another user
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

// meet returns the result of a row whose user another row would have written.
func (r *DryRun) meet(how Import, same bool, alone Imported) (Imported, error) {
	switch {
	case same:
		return RowUnchanged, nil
	case how.OnConflict == ConflictSkip:
		return RowSkipped, ErrRowAgain.New()
	case how.OnConflict == ConflictMerge && how.MergeCredentials && alone == RowFailed:
		return RowFailed, nil // another user has the name
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
