package argon2

import "unsafe"

// Memory is the working memory of one hash at a time. NewMemory makes it.
type Memory struct {
	blocks []block
	// free frees memory outside the Go heap.
	free func()
}

// NewMemory allocates memory of size bytes, rounded up to KiB. Free frees it.
func NewMemory(size int64) *Memory {
	n := (size + blockSize - 1) / blockSize
	if m := mapped(n); m != nil {
		return m
	}
	return &Memory{blocks: make([]block, n)}
}

// Size returns the size in bytes.
func (m *Memory) Size() int64 { return int64(len(m.blocks)) * blockSize }

// Words returns the memory as numbers, for other hash functions.
func (m *Memory) Words() []uint32 {
	if len(m.blocks) == 0 {
		return nil
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(&m.blocks[0])), m.Size()/4)
}

// Wipe overwrites everything.
func (m *Memory) Wipe() { clear(m.blocks) }

// Free wipes and frees the memory, which cannot be used any more.
func (m *Memory) Free() {
	if m.free == nil {
		m.Wipe()
	} else {
		m.free() // the kernel gives no page to anybody before it is wiped
	}
	m.blocks, m.free = nil, nil
}
