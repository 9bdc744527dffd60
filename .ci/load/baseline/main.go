// Command baseline does the least that a server could do for the same answers, for a comparison on
// the same machine:
//
//	baseline serve ADDRESS DIR [URL...]
//	                                  answers each URL's path as that server did, header by header; /ws echoes;
//	                                  /users/_create and /ws/create write as commit does, into DIR
//	baseline argon2id DURATION BY     verifies passwords on all cores; BY is library (golang.org/x/crypto) or
//	                                  server (the server's own code, and nothing else)
//	baseline commit DURATION DIR KIND CALLERS
//	                                  writes users into SQLite, one transaction for all that wait; KIND is
//	                                  plain (one row each) or searchable (with the rows of an index)
//	baseline rows DATABASE DIR KIND   writes the users of a server's database into a new one, as rows that are
//	                                  ready to be bound; KIND is claimed (documents and claims) or indexed (with
//	                                  the rows of the index)
//	baseline bulk URL PREFIX KIND USERS REQUESTS EACH
//	                                  copies users that the server wrote under a prefix, by bare _bulk, with REQUESTS
//	                                  concurrent requests of EACH users; KIND is plain (users without claims) or
//	                                  claimed (with theirs)
//	baseline gather ADDRESS URL PREFIX
//	                                  answers each POST when a copy of a user that the server wrote is written by a
//	                                  _bulk, which waiting requests share
//
// All except the two servers print {"rps": …, "cpu_ms_each": …}. TOKEN in the environment is the
// bearer token for URLs.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "baseline:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: baseline serve ADDRESS DIR [URL...] | argon2id DURATION library|server | commit DURATION DIR plain|searchable CALLERS | rows DATABASE DIR claimed|indexed | bulk URL PREFIX plain|claimed USERS REQUESTS EACH | gather ADDRESS URL PREFIX")

func run(args []string) error {
	if len(args) < 2 {
		return errUsage
	}
	if args[0] == "serve" && len(args) > 2 {
		return serve(args[1], args[2], args[3:])
	}
	if args[0] == "gather" && len(args) == 4 {
		return gather(args[1], args[2], args[3])
	}
	if args[0] == "bulk" && len(args) == 7 {
		return bulkLoad(args[1:])
	}
	if args[0] == "rows" && len(args) == 4 {
		return writeRows(args[1], args[2], args[3])
	}
	lasts, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	began, before := time.Now(), cpu()
	var done int
	switch {
	case args[0] == "argon2id" && len(args) == 3 && (args[2] == byLibrary || args[2] == byServer):
		done, err = verify(lasts, args[2])
	case args[0] == "commit" && len(args) == 5:
		done, err = commit(lasts, args[2], args[3], args[4])
	default:
		return errUsage
	}
	if err != nil {
		return err
	}
	return printed(done, time.Since(began), cpu()-before)
}

func printed(done int, took, used time.Duration) error {
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"rps":         math.Round(float64(done)/took.Seconds()*10) / 10,
		"cpu_ms_each": used.Seconds() * 1000 / float64(done),
	})
}

// cpu returns the processor time that this process has used so far.
func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // cannot fail for the own process
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
