package importer_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// bcryptRows is a file of users with bcrypt digests, as an export has them.
func bcryptRows(n int) *bytes.Reader {
	var out bytes.Buffer
	out.WriteString("id,username,email,first_name,password_digest,password_hasher\n")
	for i := range n {
		fmt.Fprintf(&out, "u%d,user%d,user%d@example.com,Name %d,$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG,bcrypt\n", i, i, i, i)
	}
	return bytes.NewReader(out.Bytes())
}

// BenchmarkCluster imports into Elasticsearch; .ci/bench elasticsearch compares
// the command with a bare loader.
func BenchmarkCluster(b *testing.B) {
	d := newCluster(b)
	file := bcryptRows(b.N)
	b.ResetTimer()
	run := importer.Run{From: file, Sink: importer.Into(d.Accounts, operator), Report: importer.NewReport(new(bytes.Buffer))}
	p, err := run.Do(b.Context())
	if err != nil || p.Created != int64(b.N) {
		b.Fatal(p, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "users/s")
}
