package argon2

import "testing"

func TestMemory(t *testing.T) {
	for _, size := range []int64{0, 1, blockSize, 63 << 10, 2 << 20, 19<<20 + 1, 64 << 20} {
		m := NewMemory(size)
		if got, want := m.Size(), (size+blockSize-1)/blockSize*blockSize; got != want {
			t.Errorf("%d bytes: %d, want %d", size, got, want)
		}
		dirty(t, m)
		m.Wipe()
		for i := range m.blocks {
			if m.blocks[i] != (block{}) {
				t.Fatalf("%d bytes: block %d is not wiped", size, i)
			}
		}
		m.Free()
		m.Free()
		if m.Size() != 0 {
			t.Errorf("%d bytes are left of %d after Free", m.Size(), size)
		}
	}
}

// dirty writes to every block, which must be empty before.
func dirty(t *testing.T, m *Memory) {
	for i := range m.blocks {
		if m.blocks[i] != (block{}) {
			t.Fatalf("block %d of new memory is not empty", i)
		}
		for j := range m.blocks[i] {
			m.blocks[i][j] = uint64(i+j) | 1
		}
	}
}
