package maintenance

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The largest number of reported collisions, and of users in each.
const (
	MaxCollisions = 20
	MaxHolders    = 10
)

// Collision is a name that would mean several users. It does not contain the name.
type Collision struct {
	// Holders are some of the users, at most MaxHolders, in the order of kuids; Count is their
	// total number.
	Holders []Holder
	Count   int
}

// Holder is a user of a collision, and the strategies with the name.
type Holder struct {
	Kuid       string
	Strategies []string
}

// fingerprintsHeld is how many fingerprints of keys, of 8 bytes each, a round holds.
const fingerprintsHeld = 4 << 20

// fingerprints are the fingerprints of one part of the keys: those that end in the bits of part. If
// they become too many, the number of parts doubles.
type fingerprints struct {
	seed maphash.Seed
	// parts is a power of two, and part the number of one of them.
	part, parts uint64
	most        int
	all         []uint64
}

func (f *fingerprints) of(key string) uint64 { return maphash.String(f.seed, key) }

func (f *fingerprints) add(key string) {
	print := f.of(key)
	if print&(f.parts-1) != f.part {
		return
	}
	if f.all = append(f.all, print); len(f.all) < f.most || f.part > 0 {
		return // later parts have about the same size
	}
	f.parts *= 2
	f.all = slices.DeleteFunc(f.all, func(print uint64) bool { return print&(f.parts-1) != f.part })
}

// twice returns the fingerprints that were added more than once, and continues with the next part.
func (f *fingerprints) twice() []uint64 {
	slices.Sort(f.all)
	var found []uint64
	for i := 1; i < len(f.all); i++ {
		if f.all[i] == f.all[i-1] && (len(found) == 0 || found[len(found)-1] != f.all[i]) {
			found = append(found, f.all[i])
		}
	}
	f.all = f.all[:0]
	f.part++
	return found
}

// check counts the names that would mean several users, and finds the users of some of them. It
// reads all users once for each part of the fingerprints, and once more if it found collisions.
func (r *Reclaim) check(ctx context.Context, done *Reclaimed) error {
	prints := fingerprints{seed: maphash.MakeSeed(), parts: 1, most: fingerprintsHeld}
	shown := map[uint64]bool{}
	for prints.part < prints.parts {
		users, err := r.eachUser(ctx, func(_ *users.User, keys []string) error {
			for _, key := range keys {
				prints.add(key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		done.Users = users
		found := prints.twice()
		done.Collided += int64(len(found))
		for _, print := range found[:min(len(found), MaxCollisions-len(shown))] {
			shown[print] = true
		}
	}
	if len(shown) == 0 {
		return nil
	}
	return r.name(ctx, &prints, shown, done)
}

// name finds the users of fingerprints.
func (r *Reclaim) name(ctx context.Context, prints *fingerprints, shown map[uint64]bool, done *Reclaimed) error {
	met := map[string]*Collision{}
	_, err := r.eachUser(ctx, func(u *users.User, keys []string) error {
		for _, key := range keys {
			if !shown[prints.of(key)] {
				continue
			}
			c := met[key]
			if c == nil {
				c = new(Collision)
				met[key] = c
			}
			if c.Count++; c.Count <= MaxHolders {
				c.Holders = append(c.Holders, Holder{Kuid: u.Kuid, Strategies: u.Bearing(key, r.rule())})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range met {
		if c.Count > 1 {
			done.Collisions = append(done.Collisions, *c)
		}
	}
	// Different keys may have the same fingerprint.
	done.Collided -= int64(len(shown) - len(done.Collisions))
	slices.SortFunc(done.Collisions, func(a, b Collision) int { return strings.Compare(a.Holders[0].Kuid, b.Holders[0].Kuid) })
	return nil
}

// eachUser calls pass for all users with their keys under the new rule, in the order of kuids, and
// returns the number of users.
func (r *Reclaim) eachUser(ctx context.Context, pass func(u *users.User, keys []string) error) (int64, error) {
	progress := ReclaimProgress{Phase: ReclaimChecking, Total: r.users(ctx)}
	pages := storage.NewWalker(r.Store, storage.Users)
	for {
		r.Progress(progress)
		page, err := pages.Next(ctx)
		if err != nil || len(page) == 0 {
			return progress.Done, err
		}
		for i := range page {
			u, err := users.ReadUser(page[i].Document)
			if err != nil {
				return 0, fmt.Errorf("user %q: %w", page[i].ID, err)
			}
			keys, err := u.Claims(r.rule())
			if err == nil {
				err = pass(u, keys)
			}
			if err != nil {
				return 0, fmt.Errorf("user %q: %w", u.Kuid, err)
			}
		}
		progress.Done += int64(len(page))
	}
}
