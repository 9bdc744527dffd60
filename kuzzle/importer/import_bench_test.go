package importer_test

import (
	"bytes"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// BenchmarkEmbedded imports into SQLite; .ci/bench -only imports compares the
// command with rows that go into SQLite bare.
func BenchmarkEmbedded(b *testing.B) {
	d := newBench(b, b.TempDir())
	file := bcryptRows(b.N)
	b.ResetTimer()
	run := importer.Run{
		From: file, Sink: importer.Into(d.Accounts, operator), Report: importer.NewReport(new(bytes.Buffer)),
		Checkpoint: b.TempDir() + "/checkpoint",
	}
	p, err := run.Do(b.Context())
	if err != nil || p.Created != int64(b.N) {
		b.Fatal(p, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "users/s")
}
