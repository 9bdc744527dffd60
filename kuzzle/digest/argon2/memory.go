package argon2

import "unsafe"

// Memory is what hashes work in, one at a time. Make it with NewMemory.
type Memory struct {
	blocks []block
	// free gives back what is not the Go heap's.
	free func()
}

// NewMemory makes memory of size bytes, rounded up to KiB, to be given back by
// Free.
func NewMemory(size int64) *Memory {
	n := (size + blockSize - 1) / blockSize
	if m := mapped(n); m != nil {
		return m
	}
	return &Memory{blocks: make([]block, n)}
}

// Size is in bytes.
func (m *Memory) Size() int64 { return int64(len(m.blocks)) * blockSize }

// Words is the memory as numbers, for other hashes to work in.
func (m *Memory) Words() []uint32 {
	if len(m.blocks) == 0 {
		return nil
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(&m.blocks[0])), m.Size()/4)
}

// Wipe overwrites everything.
func (m *Memory) Wipe() { clear(m.blocks) }

// Free wipes the memory and gives it back; it cannot be used any more.
func (m *Memory) Free() {
	if m.free == nil {
		m.Wipe()
	} else {
		m.free() // the kernel gives no page to anybody before it is wiped
	}
	m.blocks, m.free = nil, nil
}
