package argon2

import (
	"context"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/blake2b"
)

// The versions. RFC 9106 defines only 1.3. Version 1.0, from before 2016, overwrites the
// memory of the earlier pass.
const (
	Version    = 0x13
	OldVersion = 0x10
)

// Kind is the way in which a hash chooses the blocks that it refers back to. The numbers are
// the RFC's.
type Kind uint32

// The kinds: D depends on computed data, I on the position alone, ID on the position in the
// first half of the first pass and on data thereafter.
const (
	D  Kind = 0
	I  Kind = 1
	ID Kind = 2
)

// Params are the parameters of a tag besides the password and its own length.
type Params struct {
	Kind Kind
	// Old selects OldVersion.
	Old bool
	// Memory is in KiB; less than 8 per lane counts as that.
	Memory uint32
	// Passes over the memory, at least 1.
	Passes uint32
	// Lanes, at least 1, can be computed at once.
	Lanes uint8
	Salt  []byte
	// Secret and Data are the RFC's K and X, usually empty.
	Secret, Data []byte
}

// syncPoints is the number of times in a pass that the lanes wait for one another.
const syncPoints = 4

// blocks returns the number of blocks, of a KiB each, of a hash.
func (p Params) blocks() uint32 {
	step := syncPoints * uint32(p.Lanes)
	return max(p.Memory/step, 2) * step
}

// Size returns the memory that Key needs, in bytes.
func (p Params) Size() int64 { return int64(p.blocks()) * blockSize }

// Key computes the tag of size bytes, at least 4. It works in the given memory, which nobody
// else may use meanwhile. The memory's old content does not matter; the content that Key
// leaves is secret. At most threads lanes run at once, each in a goroutine that ends before
// Key does.
//
// It returns nil when ctx ends first. It panics when the memory is too small or a parameter
// below its least.
func (p Params) Key(ctx context.Context, in *Memory, threads int, password []byte, size uint32) []byte {
	if p.Passes < 1 || p.Lanes < 1 || size < 4 {
		panic("argon2: passes, lanes or size out of range")
	}
	if in.Size() < p.Size() {
		panic("argon2: the memory lent is too small")
	}
	if tag, ok := p.elsewhere(password, size); ok {
		return tag
	}
	h := &run{Params: p, ctx: ctx, memory: in.blocks[:p.blocks()], threads: max(threads, 1), looks: make([]look, p.Lanes)}
	h.lane = uint32(len(h.memory)) / uint32(p.Lanes)
	h.segment = h.lane / syncPoints
	h.start(password, size)
	if !h.fill() {
		return nil
	}
	return h.tag(size)
}

// run is one hash being computed.
type run struct {
	Params
	ctx    context.Context
	memory []block
	// lane and segment are their lengths in blocks.
	lane, segment uint32
	threads       int
	// looks are the positions that the lanes refer back to.
	looks []look
}

// start makes the first two blocks of each lane (RFC 9106, 3.2, steps 1 to 4).
func (r *run) start(password []byte, size uint32) {
	seed := make([]byte, blake2b.Size+8)
	r.seed(seed[:0], password, size)
	var bytes [blockSize]byte
	for lane := range uint32(r.Lanes) {
		binary.LittleEndian.PutUint32(seed[blake2b.Size+4:], lane)
		for i := range uint32(2) {
			binary.LittleEndian.PutUint32(seed[blake2b.Size:], i)
			stretch(bytes[:], seed)
			r.memory[lane*r.lane+i].read(&bytes)
		}
	}
	clear(seed)
	clear(bytes[:])
}

// seed appends H_0 to into.
func (r *run) seed(into, password []byte, size uint32) {
	h := newBlake(blake2b.Size)
	version := uint32(Version)
	if r.Old {
		version = OldVersion
	}
	numbers(h, uint32(r.Lanes), size, r.Memory, r.Passes, version, uint32(r.Kind))
	for _, part := range [][]byte{password, r.Salt, r.Secret, r.Data} {
		numbers(h, uint32(len(part)))
		_, _ = h.Write(part) // never fails
	}
	h.Sum(into)
}

// tag mixes the last blocks of the lanes into the result (steps 7 and 8).
func (r *run) tag(size uint32) []byte {
	var last block
	for lane := range uint32(r.Lanes) {
		last.xor(&r.memory[(lane+1)*r.lane-1])
	}
	var bytes [blockSize]byte
	last.write(&bytes)
	tag := make([]byte, size)
	stretch(tag, bytes[:])
	clear(bytes[:])
	clear(last[:])
	return tag
}

// stretch fills out with H'(in), the hash of variable length (RFC 9106, 3.3).
func stretch(out, in []byte) {
	var sum [blake2b.Size]byte
	h := newBlake(min(len(out), blake2b.Size))
	numbers(h, uint32(len(out)))
	_, _ = h.Write(in) // never fails
	h.Sum(sum[:0])
	const half = blake2b.Size / 2
	for len(out) > blake2b.Size {
		out = out[copy(out, sum[:half]):]
		if len(out) >= blake2b.Size {
			sum = blake2b.Sum512(sum[:])
			continue
		}
		h = newBlake(len(out))
		_, _ = h.Write(sum[:]) // never fails
		h.Sum(sum[:0])
	}
	copy(out, sum[:])
	clear(sum[:])
}

func newBlake(size int) hash.Hash {
	h, err := blake2b.New(size, nil)
	if err != nil {
		panic(err) // only for sizes that no caller asks for
	}
	return h
}

// numbers writes as the RFC does, in 32 bits, the lowest first.
func numbers(to hash.Hash, all ...uint32) {
	var bytes [4]byte
	for _, n := range all {
		binary.LittleEndian.PutUint32(bytes[:], n)
		_, _ = to.Write(bytes[:]) // never fails
	}
}
