package network

import "sync"

const (
	// newBuffer is the size of a new buffer.
	newBuffer = 2 << 10
	// maxPooledBuffer is the size of the largest buffer that is kept for the
	// next request.
	maxPooledBuffer = 128 << 10
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, newBuffer); return &b }}

func takeBuffer() *[]byte { return buffers.Get().(*[]byte) }

func giveBuffer(b *[]byte) {
	if cap(*b) < newBuffer || cap(*b) > maxPooledBuffer {
		return
	}
	*b = (*b)[:0]
	buffers.Put(b)
}
