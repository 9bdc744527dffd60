package logins

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// decoyPurpose is the purpose of the key that picks decoys.
	decoyPurpose = "accounts.decoy"
	// maxDecoys is the number of password classes that decoys imitate: the most common ones.
	maxDecoys = 32
)

// decoy is a record that no password matches, of one class of the users' passwords. users is the
// number of users with that class.
type decoy struct {
	class    string
	users    float64
	verifier strategies.PasswordVerifier
	record   strategies.Record
}

// RefreshDecoys counts the cost classes of the users' passwords, as far as searches see them, so
// that unknown names cost the same in the same proportions. It takes one aggregation, and reads one
// user for each new class. Before the first call, unknown names cost the same as new users.
func (ls *Logins) RefreshDecoys(ctx context.Context) error {
	page, err := ls.Store.Search(ctx, storage.Users, query.Search{Aggregations: []query.Aggregation{
		{Name: users.ClassKey, Kind: query.TermsAggregation, Field: classField, Size: maxDecoys},
	}})
	if err != nil {
		return err
	}
	known := map[string]decoy{}
	if before := ls.decoys.Load(); before != nil {
		for _, d := range *before {
			known[d.class] = d
		}
	}
	var all []decoy
	for class, users := range buckets(page.Aggregations[users.ClassKey]) {
		d, ok := known[class]
		if !ok {
			if d, ok, err = ls.decoyOf(ctx, class); err != nil {
				return err
			}
		}
		if d.users = users; ok {
			all = append(all, d)
		}
	}
	ls.decoys.Store(&all)
	return nil
}

var classField = query.Field{Area: query.Account, Path: users.ClassKey}

// buckets reads an aggregation in the shape for clients.
func buckets(aggregation any) map[string]float64 {
	counts := map[string]float64{}
	read, _ := aggregation.(map[string]any)
	list, _ := read["buckets"].([]any)
	for _, one := range list {
		bucket, _ := one.(map[string]any)
		class, named := bucket["key"].(string)
		if !named {
			continue
		}
		switch n := bucket["doc_count"].(type) {
		case int64:
			counts[class] = float64(n)
		case float64:
			counts[class] = n
		}
	}
	return counts
}

// decoyOf makes a decoy from the password of a user of a class.
func (ls *Logins) decoyOf(ctx context.Context, class string) (decoy, bool, error) {
	page, err := ls.Store.Search(ctx, storage.Users, query.Search{Where: query.Terms{Field: classField, Values: []any{class}}, Size: 1})
	if err != nil || len(page.Hits) == 0 {
		return decoy{}, false, err
	}
	u, err := ls.users.Read(ctx, page.Hits[0].ID)
	if errors.Is(err, users.ErrUserNotFound) {
		return decoy{}, false, nil
	}
	if err != nil {
		return decoy{}, false, err
	}
	for _, r := range u.Records {
		if ls.Registry.CostClass(r) != class {
			continue
		}
		d := decoy{class: class, verifier: ls.Registry.Verifier(r.Strategy), record: ls.Registry.Verifier(r.Strategy).Decoy()}
		if varied, ok := d.verifier.(strategies.Varied); ok {
			if d.record, err = varied.DecoyLike(r); err != nil {
				ls.Log.WarnContext(ctx, "a class of passwords has no decoy", "class", class, "cause", err)
				return decoy{}, false, nil
			}
		}
		return d, true, nil
	}
	return decoy{}, false, nil
}

// decoy returns the decoy for an unknown identifier. It is always the same for a name, and names
// are spread over the classes in the proportions of the users. If the numbers change, only as many
// names change their class as users did.
func (ls *Logins) decoy(id strategies.Identifier) (strategies.PasswordVerifier, strategies.Record) {
	key, err := ls.Sealer.Derive(decoyPurpose)
	all := ls.decoys.Load()
	if err != nil || all == nil || len(*all) == 0 {
		return ls.usualDecoy()
	}
	folded, best := users.Fold(id.Value), -1.0
	var picked decoy
	for _, d := range *all {
		// The class with the highest weighted draw wins (rendezvous hashing).
		if lot := -d.users / math.Log(draw(key, folded, d.class)); lot > best {
			best, picked = lot, d
		}
	}
	return picked.verifier, picked.record
}

// unfit returns a record like r that no password matches.
func (ls *Logins) unfit(verifier strategies.PasswordVerifier, r strategies.Record) strategies.Record {
	varied, ok := verifier.(strategies.Varied)
	if !ok {
		return verifier.Decoy()
	}
	like, err := varied.DecoyLike(r)
	if err != nil {
		return verifier.Decoy()
	}
	return like
}

// draw returns a number between 0 and 1, both excluded, for a name and a class.
func draw(key []byte, name, class string) float64 {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	mac.Write([]byte{0})
	mac.Write([]byte(class))
	const bits = 52
	n := binary.BigEndian.Uint64(mac.Sum(nil)) >> (64 - bits)
	return (float64(n) + 0.5) / (1 << bits)
}

// usualDecoy returns the decoy of the keeper, or without one of the family's first strategy.
func (ls *Logins) usualDecoy() (strategies.PasswordVerifier, strategies.Record) {
	if _, keeper := ls.Registry.Keeper(); keeper != nil {
		return keeper, keeper.Decoy()
	}
	family := ls.Registry.Family()
	if len(family) == 0 {
		return nil, strategies.Record{}
	}
	first := ls.Registry.Verifier(family[0])
	return first, first.Decoy()
}
