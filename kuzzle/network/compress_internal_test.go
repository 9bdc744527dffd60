package network

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkCompress measures what compressing an answer costs, by its size, and tells
// what is left of it.
func BenchmarkCompress(b *testing.B) {
	c := newCompressor()
	for _, size := range []int{256, 1024, 16 << 10, 256 << 10} {
		var text strings.Builder
		for i := 0; text.Len() < size; i++ {
			fmt.Fprintf(&text, `{"_id":"kuid-fancy-heron-%d","_source":{"profileIds":["default"],"name":"user %d","_kuzzle_info":{"author":"-1","createdAt":%d}}},`, i*7919%90_000, i, 1_796_015_282_613+i*977)
		}
		body := []byte(text.String()[:size])
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			left := 0
			for b.Loop() {
				short, _ := c.run("gzip", body)
				left = len(short)
			}
			b.ReportMetric(float64(left), "bytes")
		})
	}
}
