package recipe

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

const (
	// MaxPassword is the longest password, in bytes, for which a recipe's cost is bounded;
	// logins read none that is longer.
	MaxPassword = 4096
	// MaxSlow is the largest number of slow functions in a recipe, and MaxWork that of the
	// bytes that its other functions read.
	MaxSlow = 4
	MaxWork = 1 << 18
	// maxSized is above any size that MaxWork allows.
	maxSized = 1 << 30
)

// Step is a compiled part of a recipe.
type Step struct {
	Eval func(r *Run) []byte
	// Size is the largest size in bytes for a password of a length.
	Size func(password int) int
	// Fixed is the size if it is the same for every password, else 0.
	Fixed int
	// Before is the number of bytes in front of the first one that depends on the password.
	Before int
	// Args are the arguments that are computed.
	Args []*Step
	// Slow are the functions of the part that take time.
	Slow []Slow

	// Password tells whether the part depends on the password, Carries whether it contains
	// the password itself, Tail whether it ends with it, Folds whether passwords that differ
	// in case are the same, Text whether it is text and no bytes, Hash whether it is the
	// result of a hash.
	Password, Carries, Tail, Folds, Text, Hash bool
	// Reach is the number of bytes up to the last one of the password itself.
	Reach func(password int) int
}

// Run is one computation of a recipe.
type Run struct {
	// Password is the password, and Derive computes a slow function; it returns nil when the
	// context of the run ended.
	Password []byte
	Derive   func(k Slow, text []byte, size int) []byte
	// Ended is set when the context ended, Ignored when a function ignores the zeros at the
	// end of the password.
	Ended, Ignored bool
}

// Slow is a function that takes time, made by the caller.
type Slow any

// EndsInZero reports whether a password ends in a zero byte.
func EndsInZero(password []byte) bool { return len(password) > 0 && password[len(password)-1] == 0 }

// Work is the number of bytes that the functions read and write for a password of a length.
func (p *Step) Work(password int) int64 {
	sum := int64(p.Size(password))
	for _, arg := range p.Args {
		sum += arg.Work(password)
	}
	return min(sum, maxSized)
}

// Inside returns the part whose bytes the digest encodes.
func (p *Step) Inside(root *Part) *Step {
	if root.Name == "hex" || root.Name == "base64" {
		return p.Args[0]
	}
	return p
}

func constant(value []byte) *Step {
	return &Step{
		Eval: func(*Run) []byte { return value }, Size: func(int) int { return len(value) }, Reach: func(int) int { return 0 },
		Fixed: len(value), Text: true,
	}
}

func thePassword() *Step {
	same := func(length int) int { return length }
	return &Step{Eval: func(r *Run) []byte { return r.Password }, Size: same, Reach: same, Password: true, Carries: true, Tail: true, Text: true}
}

// mapped is a function of one part that changes its bytes and hides nothing.
func (p *Step) mapped(size func(int) int, eval func([]byte) []byte) *Step {
	out := *p
	out.Args, out.Hash = []*Step{p}, false
	out.Eval = func(r *Run) []byte { return eval(p.Eval(r)) }
	out.Size = func(n int) int { return min(size(p.Size(n)), maxSized) }
	out.Reach = func(n int) int { return size(p.Reach(n)) }
	if p.Fixed > 0 {
		out.Fixed = size(p.Fixed)
	}
	out.Before = size(p.Before)
	return &out
}

// joined is one part after another.
func joined(parts []*Step) *Step {
	out := &Step{Args: parts, Text: true}
	known := true
	for _, p := range parts {
		if !out.Password {
			out.Before += p.Before
			if !p.Password {
				out.Before += p.Size(0)
			}
		}
		out.Slow = append(out.Slow, p.Slow...)
		out.Password, out.Carries, out.Folds = out.Password || p.Password, out.Carries || p.Carries, out.Folds || p.Folds
		out.Text, out.Tail = out.Text && p.Text, p.Tail
		out.Fixed += p.Fixed
		known = known && p.Fixed > 0
	}
	if !known {
		out.Fixed = 0
	}
	out.Eval = func(r *Run) (all []byte) {
		for _, p := range parts {
			all = append(all, p.Eval(r)...)
		}
		return all
	}
	out.Size = func(n int) (sum int) {
		for _, p := range parts {
			sum = min(sum+p.Size(n), maxSized)
		}
		return sum
	}
	out.Reach = func(n int) (last int) {
		sum := 0
		for _, p := range parts {
			if p.Carries {
				last = sum + p.Reach(n)
			}
			sum += p.Size(n)
		}
		return last
	}
	return out
}

// hashed is a part of a fixed size that reveals nothing of its arguments.
func hashed(size int, args []*Step, eval func(r *Run) []byte) *Step {
	out := joined(args)
	return &Step{
		Eval: eval, Args: args, Slow: out.Slow, Password: out.Password, Folds: out.Folds, Hash: true,
		Size: func(int) int { return size }, Reach: func(int) int { return 0 }, Fixed: size,
	}
}

func hashOf(a Hash, p *Step) *Step {
	return hashed(a.size, []*Step{p}, func(r *Run) []byte { return a.sum(p.Eval(r)) })
}

func hmacOf(a Hash, key, p *Step) *Step {
	return hashed(a.size, []*Step{key, p}, func(r *Run) []byte {
		r.Ignored = r.Ignored || key.Tail && EndsInZero(r.Password)
		mac := hmac.New(a.new, key.Eval(r))
		mac.Write(p.Eval(r))
		return mac.Sum(nil)
	})
}

// slowly is a slow function of a part.
func slowly(k Slow, pads bool, size int, p *Step) *Step {
	out := hashed(size, []*Step{p}, func(r *Run) []byte {
		given := p.Eval(r)
		if r.Ended {
			return nil
		}
		r.Ignored = r.Ignored || pads && p.Tail && EndsInZero(r.Password)
		sum := r.Derive(k, given, size)
		r.Ended = sum == nil
		return sum
	})
	out.Slow = append(out.Slow, k)
	return out
}

func inHex(p *Step) *Step {
	out := p.mapped(func(n int) int { return 2 * n }, func(b []byte) []byte { return hex.AppendEncode(nil, b) })
	out.Text, out.Tail = true, false
	return out
}

func inBase64(p *Step) *Step {
	out := p.mapped(base64.StdEncoding.EncodedLen, func(b []byte) []byte { return base64.StdEncoding.AppendEncode(nil, b) })
	out.Text, out.Tail = true, false
	return out
}

// inUTF16 is UTF-16 in little-endian order, as .NET's Encoding.Unicode writes text.
func inUTF16(p *Step) *Step {
	out := p.mapped(func(n int) int { return 2 * n }, func(b []byte) []byte {
		var out []byte
		for _, unit := range utf16.Encode([]rune(string(b))) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return out
	})
	out.Text = false
	return out
}

// cased changes the case of text. A letter may have more bytes in another case, except for
// the letters of an encoded hash.
func cased(p *Step, change func(string) string) *Step {
	size := func(n int) int { return n }
	if p.Carries {
		size = func(n int) int { return 2 * n }
	}
	out := p.mapped(size, func(b []byte) []byte { return []byte(change(string(b))) })
	out.Folds, out.Before = p.Folds || p.Carries, p.Before
	return out
}

func lower(p *Step) *Step { return cased(p, strings.ToLower) }
func upper(p *Step) *Step { return cased(p, strings.ToUpper) }
