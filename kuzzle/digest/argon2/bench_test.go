//go:build unix

package argon2

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkKey tells what a hash of the usual cost takes of the processor, by us
// and by golang.org/x/crypto. The two take turns, so that the ratio holds on a
// machine that has other things to do.
func BenchmarkKey(b *testing.B) {
	p := Params{Kind: ID, Memory: 19 << 10, Passes: 2, Lanes: 1, Salt: []byte("0123456789abcdef")}
	password := []byte("correct horse")
	lent := NewMemory(p.Size())
	defer lent.Free()
	var ours, others time.Duration
	n := 0
	for b.Loop() {
		began := processor(b)
		p.Key(b.Context(), lent, 1, password, 32)
		between := processor(b)
		reference(p, password, 32)
		ours += between - began
		others += processor(b) - between
		n++
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours.Seconds()*1000/float64(n), "cpu-ms/ours")
	b.ReportMetric(others.Seconds()*1000/float64(n), "cpu-ms/x-crypto")
	b.ReportMetric(others.Seconds()/ours.Seconds(), "times-as-fast")
}

// processor is the time that this process took of it, its collector included.
func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
