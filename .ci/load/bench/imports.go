package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Number of imported rows: enough that the program's start does not matter.
const (
	embeddedRows = 60_000
	clusterRows  = 60_000
)

// fewRows is the number of rows that a large import is compared with. flat is the
// maximum ratio of their memory.
const (
	fewRows = 10_000
	flat    = 1.2
)

func (b *bench) rowsOr(rows int) int {
	if b.rows > 0 {
		return b.rows
	}
	return rows
}

// imports compares kuzzle import with a program that has the same rows in memory
// and writes them into SQLite.
func (b *bench) imports() error {
	rows, turn := b.rowsOr(embeddedRows), 0
	file, few := filepath.Join(b.dir, "users.csv"), filepath.Join(b.dir, "few.csv")
	if err := errors.Join(os.WriteFile(file, bcryptUsers(0, rows), 0o600), os.WriteFile(few, bcryptUsers(0, fewRows), 0o600)); err != nil {
		return err
	}
	name := func() string { return fmt.Sprintf("turn%d", turn) }
	bare := func(kind string) measure {
		return func() (result, error) {
			dir := filepath.Join(b.dir, "rows-"+kind+name())
			if err := os.Mkdir(dir, 0o700); err != nil {
				return result{}, err
			}
			defer os.RemoveAll(dir)
			return b.command("baseline", "rows", filepath.Join(b.importedInto(name()), "kuzzle.db"), dir, kind)
		}
	}
	all, err := b.inTurn(
		func() (result, error) {
			_ = os.RemoveAll(b.importedInto(name())) // from the turn before
			turn++
			return b.imported(file, name(), rows)
		},
		bare("claimed"), bare("indexed"),
		func() (result, error) {
			defer os.RemoveAll(b.importedInto("few"))
			return b.imported(few, "few", fewRows)
		},
	)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("`kuzzle import`, %d bcrypt rows", rows)
	b.table.compare(what, all[0], all[1], "SQLite alone, the same documents and claims, batches of 2000:", importShare, 0)
	b.table.compare(what, all[0], all[2], "SQLite alone, the same documents, claims and index entries, batches of 2000:", importShare, 0)
	b.table.most("memory of it", all[0].Peak, flat*all[3].Peak, "MiB", fmt.Sprintf("%d rows: %.1f MiB", fewRows, all[3].Peak))
	return nil
}

// importedInto returns the data directory of an import.
func (b *bench) importedInto(name string) string { return filepath.Join(b.dir, "importer-"+name) }

// imported imports a file; on a cluster into indexes whose names begin with name.
func (b *bench) imported(file, name string, rows int) (result, error) {
	args, env := b.onCluster(name)
	cmd := exec.Command(filepath.Join(b.bin, "kuzzle"), slices.Concat([]string{"import", file, "--data", b.importedInto(name)}, args)...)
	cmd.Env, cmd.Dir = append(os.Environ(), env...), b.dir
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return result{}, errors.Join(err, errors.New(string(out)))
	}
	took, used := time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	r := result{RPS: float64(rows) / took.Seconds(), CPU: used.Seconds() * 1000 / float64(rows)}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.Peak = float64(usage.Maxrss) / 1024
	}
	return r, nil
}

// bcryptUsers returns a file of users in the form of an export.
func bcryptUsers(from, n int) []byte {
	var out bytes.Buffer
	out.WriteString("id,username,email,first_name,password_digest,password_hasher\n")
	for i := range n {
		i += from
		fmt.Fprintf(&out, "u%d,user%d,user%d@example.com,Name %d,$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG,bcrypt\n", i, i, i, i)
	}
	return out.Bytes()
}
