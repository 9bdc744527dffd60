package digest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/hex"
	"strings"
	"unicode/utf16"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
)

const (
	// maxPassword is the longest password, in bytes, for which a recipe's cost is bounded;
	// logins read none that is longer.
	maxPassword = 4096
	// maxSlow is the largest number of slow functions in a recipe, and maxWork that of the
	// bytes that its other functions read.
	maxSlow = 4
	maxWork = 1 << 18
	// maxSized is above any size that maxWork allows.
	maxSized = 1 << 30
)

// part is a compiled part of a recipe.
type part struct {
	eval func(r *run) []byte
	// size is the largest size in bytes for a password of a length.
	size func(password int) int
	// fixed is the size if it is the same for every password, else 0.
	fixed int
	// args are the arguments that are computed.
	args []*part
	// slow are the functions of the part that take time.
	slow []kdf

	// password tells whether the part depends on the password, carries whether it contains
	// the password itself, tail whether it ends with it, folds whether passwords that differ
	// in case are the same, text whether it is text and no bytes, hash whether it is the
	// result of a hash.
	password, carries, tail, folds, text, hash bool
	// reach is the number of bytes up to the last one of the password itself.
	reach func(password int) int
}

// run is one computation.
type run struct {
	ctx      context.Context
	pool     *Pool
	password []byte
	// ended is set when the context ended, ignored when a function ignores the zeros at the
	// end of the password.
	ended, ignored bool
}

func endsInZero(password []byte) bool { return bytes.HasSuffix(password, []byte{0}) }

// work is the number of bytes that the functions read and write for a password of a length.
func (p *part) work(password int) int64 {
	sum := int64(p.size(password))
	for _, arg := range p.args {
		sum += arg.work(password)
	}
	return min(sum, maxSized)
}

// inside returns the part whose bytes the digest encodes.
func (p *part) inside(root *recipe.Part) *part {
	if root.Name == "hex" || root.Name == "base64" {
		return p.args[0]
	}
	return p
}

func constant(value []byte) *part {
	return &part{
		eval: func(*run) []byte { return value }, size: func(int) int { return len(value) }, reach: func(int) int { return 0 },
		fixed: len(value), text: true,
	}
}

func thePassword() *part {
	same := func(length int) int { return length }
	return &part{eval: func(r *run) []byte { return r.password }, size: same, reach: same, password: true, carries: true, tail: true, text: true}
}

// mapped is a function of one part that changes its bytes and hides nothing.
func (p *part) mapped(size func(int) int, eval func([]byte) []byte) *part {
	out := *p
	out.args, out.hash = []*part{p}, false
	out.eval = func(r *run) []byte { return eval(p.eval(r)) }
	out.size = func(n int) int { return min(size(p.size(n)), maxSized) }
	out.reach = func(n int) int { return size(p.reach(n)) }
	if p.fixed > 0 {
		out.fixed = size(p.fixed)
	}
	return &out
}

// joined is one part after another.
func joined(parts []*part) *part {
	out := &part{args: parts, text: true}
	known := true
	for _, p := range parts {
		out.slow = append(out.slow, p.slow...)
		out.password, out.carries, out.folds = out.password || p.password, out.carries || p.carries, out.folds || p.folds
		out.text, out.tail = out.text && p.text, p.tail
		out.fixed += p.fixed
		known = known && p.fixed > 0
	}
	if !known {
		out.fixed = 0
	}
	out.eval = func(r *run) (all []byte) {
		for _, p := range parts {
			all = append(all, p.eval(r)...)
		}
		return all
	}
	out.size = func(n int) (sum int) {
		for _, p := range parts {
			sum = min(sum+p.size(n), maxSized)
		}
		return sum
	}
	out.reach = func(n int) (last int) {
		sum := 0
		for _, p := range parts {
			if p.carries {
				last = sum + p.reach(n)
			}
			sum += p.size(n)
		}
		return last
	}
	return out
}

// hashed is a part of a fixed size that reveals nothing of its arguments.
func hashed(size int, args []*part, eval func(r *run) []byte) *part {
	out := joined(args)
	return &part{
		eval: eval, args: args, slow: out.slow, password: out.password, folds: out.folds, hash: true,
		size: func(int) int { return size }, reach: func(int) int { return 0 }, fixed: size,
	}
}

func hashOf(a algorithm, p *part) *part {
	return hashed(a.size, []*part{p}, func(r *run) []byte { return a.of(p.eval(r)) })
}

func hmacOf(a algorithm, key, p *part) *part {
	return hashed(a.size, []*part{key, p}, func(r *run) []byte {
		r.ignored = r.ignored || key.tail && endsInZero(r.password)
		mac := hmac.New(a.new, key.eval(r))
		mac.Write(p.eval(r))
		return mac.Sum(nil)
	})
}

// slowly is a slow function of a part.
func slowly(k kdf, size int, p *part) *part {
	_, pads := k.(padding)
	out := hashed(size, []*part{p}, func(r *run) []byte {
		given := p.eval(r)
		if r.ended {
			return nil
		}
		r.ignored = r.ignored || pads && p.tail && endsInZero(r.password)
		sum := r.pool.derive(r.ctx, k, given, size)
		r.ended = sum == nil
		return sum
	})
	out.slow = append(out.slow, k)
	return out
}

func inHex(p *part) *part {
	out := p.mapped(func(n int) int { return 2 * n }, func(b []byte) []byte { return hex.AppendEncode(nil, b) })
	out.text, out.tail = true, false
	return out
}

func inBase64(p *part) *part {
	out := p.mapped(std64.EncodedLen, func(b []byte) []byte { return std64.AppendEncode(nil, b) })
	out.text, out.tail = true, false
	return out
}

// inUTF16 is UTF-16 in little-endian order, as .NET's Encoding.Unicode writes text.
func inUTF16(p *part) *part {
	out := p.mapped(func(n int) int { return 2 * n }, func(b []byte) []byte {
		var out []byte
		for _, unit := range utf16.Encode([]rune(string(b))) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return out
	})
	out.text = false
	return out
}

// cased changes the case of text. A letter may have more bytes in another case, except for
// the letters of an encoded hash.
func cased(p *part, change func(string) string) *part {
	size := func(n int) int { return n }
	if p.carries {
		size = func(n int) int { return 2 * n }
	}
	out := p.mapped(size, func(b []byte) []byte { return []byte(change(string(b))) })
	out.folds = p.folds || p.carries
	return out
}

func lower(p *part) *part { return cased(p, strings.ToLower) }
func upper(p *part) *part { return cased(p, strings.ToUpper) }
