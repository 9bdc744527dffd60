package digest

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
)

// recipeKDF computes the sum that a recipe describes.
type recipeKDF struct {
	*recipe.Step
	// outer is the function of the digest itself, nil if the recipe has all parameters.
	outer kdf
	// before changes the outer function's input, as the format of the digest requires.
	before func([]byte) []byte
	// shownText is the recipe without secrets.
	shownText string
}

// under puts the digest's own function around the others.
func (k recipeKDF) under(root *recipe.Part, inner *stored) (*stored, error) {
	_, isBcrypt := inner.ways[0].(bcryptKDF)
	rounds, grows := inner.ways[0].(repeated)
	longest := k.Size(recipe.MaxPassword)
	switch {
	case isBcrypt && !k.Step.Text:
		return nil, root.Args[0].Fault(rawBytes)
	case isBcrypt && k.Before > MaxBcryptPassword-minSum:
		return nil, root.Args[0].Fault("bcrypt reads %d bytes, and the password begins behind %d: too many passwords would be right", MaxBcryptPassword, k.Before)
	case grows && longest > maxCryptInput:
		return nil, root.Args[0].Fault("this digest takes longer for a longer text, and %d bytes are possible; at most %d are allowed: only a hash may be given to it", longest, maxCryptInput)
	}
	out := &stored{sum: inner.sum, insecure: inner.insecure && len(k.Slow) == 0}
	for _, way := range inner.ways {
		if grows {
			way = grown{rounds, longest}
		}
		one := k
		one.outer, one.before = way, inner.prepare
		out.ways = append(out.ways, one)
	}
	return out, nil
}

const rawBytes = "bcrypt gets raw bytes, which it cuts at a zero byte: write hex(…) or base64(…) around them, as the other system does"

// maxCryptInput is the longest text that a recipe may give to a function which hashes it in
// every round: the base64 of SHA-512.
const maxCryptInput = 128

// grown is a function whose cost depends on the length of its input, for a bounded length.
type grown struct {
	repeated
	size int
}

func (k grown) effort() time.Duration {
	return k.repeated.effort() * time.Duration(k.repeated.blocks(k.size)) / time.Duration(k.repeated.blocks(usualPassword))
}

// parts returns all functions that take time.
func (k recipeKDF) parts() (all []kdf) {
	for _, one := range k.Slow {
		all = append(all, one.(kdf))
	}
	if k.outer != nil {
		all = append(all, k.outer)
	}
	return all
}

func (k recipeKDF) derive(ctx context.Context, password []byte, size int) []byte {
	return k.deriveIn(ctx, nil, password, size)
}

// deriveIn is derive in memory of the pool. A password that ends in zeros which a function
// ignores is hashed, and nothing is returned.
func (k recipeKDF) deriveIn(ctx context.Context, pool *Pool, password []byte, size int) []byte {
	r := recipe.Run{Password: password, Derive: func(slow recipe.Slow, text []byte, size int) []byte {
		return derive(ctx, pool, slow.(kdf), text, size)
	}}
	sum := k.Eval(&r)
	if k.outer != nil && !r.Ended {
		if k.before != nil {
			sum = k.before(sum)
		}
		_, keyed := k.outer.(padding)
		r.Ignored = r.Ignored || keyed && k.Tail && recipe.EndsInZero(password)
		sum = derive(ctx, pool, k.outer, sum, size)
	}
	if r.Ended || r.Ignored {
		return nil
	}
	return sum
}

// bounds are those of each slow function, for all of them together.
func (k recipeKDF) bounds(most Ceilings) []bound {
	all := []bound{
		{"the number of slow functions", int64(len(k.parts())), recipe.MaxSlow},
		{"the number of bytes hashed for the longest password", k.Work(recipe.MaxPassword), recipe.MaxWork},
	}
	for _, way := range k.parts() {
		for _, b := range way.bounds(most) {
			all = addBound(all, b)
		}
		if g, ok := way.(grown); ok {
			all = addBound(all, bound{"the number of blocks hashed for the longest password", g.repeated.blocks(g.size), 2 * g.mostBlocks(most)})
		}
	}
	return append(all, bound{"its time in milliseconds", k.effort().Milliseconds(), most.effort().Milliseconds()})
}

// addBound adds the value of a bound to the one with the same name.
func addBound(all []bound, b bound) []bound {
	for i := range all {
		if all[i].name == b.name {
			all[i].value = min(all[i].value, 1<<62) + min(b.value, 1<<62)
			return all
		}
	}
	return append(all, b)
}

func (k recipeKDF) shown() map[string]any {
	all := map[string]any{"recipe": k.shownText}
	if k.outer != nil {
		for name, value := range k.outer.shown() {
			all[name] = value
		}
	}
	return all
}

func (k recipeKDF) cost() (cost Cost) {
	for _, way := range k.parts() {
		one := way.cost()
		cost.Memory, cost.Lanes = max(cost.Memory, one.Memory), max(cost.Lanes, one.Lanes)
	}
	return cost
}

func (k recipeKDF) effort() time.Duration {
	sum := time.Microsecond + time.Duration(k.Work(usualPassword))*3*time.Nanosecond
	for _, way := range k.parts() {
		sum += min(way.effort(), time.Duration(1)<<60/recipe.MaxSlow)
	}
	return sum
}

// recommended is that of the function that takes longest.
func (k recipeKDF) recommended() time.Duration {
	longest, recommended := time.Duration(0), strongWithoutSuch
	for _, way := range k.parts() {
		if way.effort() > longest {
			longest, recommended = way.effort(), way.recommended()
		}
	}
	return recommended
}

// exact reports whether a sum is that of exactly one password: no function changes its case
// or cuts its end.
func (k recipeKDF) exact(password string) bool {
	if k.Folds {
		return false
	}
	_, cuts := k.outer.(bcryptKDF)
	return !cuts || k.Reach(len(password)) < MaxBcryptPassword
}
