package importer_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestSameFileAtOnce: imports of the same file at the same time create every user once, and each of
// them counts every row.
func TestSameFileAtOnce(t *testing.T) {
	const runs = 3
	for _, c := range []struct {
		name     string
		rows     int
		open     func() *bench
		conflict imports.Conflict
	}{
		{"sqlite", imports.MaxImportRows + 200, func() *bench { return newBench(t, t.TempDir()) }, imports.ConflictFail},
		{"sqlite, merged", imports.MaxImportRows + 200, func() *bench { return newBench(t, t.TempDir()) }, imports.ConflictMerge},
		{"elasticsearch", 600, func() *bench { return newCluster(t) }, imports.ConflictMerge},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, rows := c.open(), int64(c.rows)
			var all sync.WaitGroup
			var created atomic.Int64
			for range runs {
				all.Go(func() {
					p, report, err := b.bring(t, strings.NewReader(manyRows(c.rows)), importer.Options{OnConflict: c.conflict})
					if err != nil || p.Created+p.Unchanged+p.Merged != rows {
						t.Errorf("%+v, %v\n%.500s", p.Counts, err, report)
					}
					created.Add(p.Created)
				})
			}
			all.Wait()
			if n := created.Load(); n != rows || b.users() != rows {
				t.Errorf("%d users were created, there are %d", n, b.users())
			}
		})
	}
}
