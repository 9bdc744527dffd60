package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// floods runs many concurrent logins, with right passwords to different
// accounts, while another client sends /_me.
func (b *bench) floods() error {
	alone, err := b.inTurn(
		func() (result, error) { return b.argon2id("library") },
		func() (result, error) { return b.argon2id("server") },
	)
	if err != nil {
		return err
	}
	var flood, me result
	var failures [2]error
	var both sync.WaitGroup
	both.Go(func() { flood, failures[0] = b.tolerantLoad("login", b.ours, "-c", strconv.Itoa(b.flood)) })
	both.Go(func() { me, failures[1] = b.load("me", b.ours, "-c", "4", "-pace", "10ms") })
	both.Wait()
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	workers := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	bound := loadedMiB + argon2MostWorkers*float64(workers)*argon2MiB + float64(b.flood)*connectionMiB
	b.table.compare(fmt.Sprintf("logins while %d connections want to", b.flood), flood, alone[0], libraryAlone, floodShare, 0)
	b.table.compare("the same", flood, alone[1], serverAlone, 0, 0)
	b.table.most("`GET /_me` meanwhile, p99", me.P99, floodP99, "ms", "")
	b.table.most("memory meanwhile", flood.Peak, bound, "MiB", fmt.Sprintf("60 + %d × %d × %d MiB + 30 KiB a connection", argon2MostWorkers, workers, argon2MiB))
	return nil
}

// settle is how long a server is left alone before it counts as idle.
const settle = 2 * time.Second

// idle measures a server that was started on existing data.
func (b *bench) idle() (err error) {
	b.ours.stop()
	if b.ours, err = b.launchOurs(); err != nil {
		return err
	}
	time.Sleep(settle)
	status, err := os.ReadFile("/proc/" + b.ours.pid() + "/status")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		return err
	}
	b.table.most("memory idle", kib/1024, idleMiB, "MiB", "")
	return nil
}

// startTurns is higher than for other measurements, because a start is short.
const startTurns = 9

// starts measures from exec to the first good answer.
func (b *bench) starts() error {
	var ours, bare []time.Duration
	for range startTurns {
		b.stop()
		var err error
		if b.ours, err = b.launchOurs(); err != nil {
			return err
		}
		ours = append(ours, b.ours.took)
		if b.bare, err = b.launchBare(""); err != nil {
			return err
		}
		bare = append(bare, b.bare.took)
	}
	slices.Sort(ours)
	slices.Sort(bare)
	mine, its := ours[startTurns/2], bare[startTurns/2]
	ratio := float64(mine) / float64(its)
	b.table.add(row{
		what: "start to healthy, on existing data", ours: milliseconds(mine.Seconds() * 1000),
		beside: "bare net/http: " + milliseconds(its.Seconds()*1000), ratio: fmt.Sprintf("%.1f ×", ratio),
		bar: fmt.Sprintf("≤ %d ×", startTimes), met: ratio <= startTimes,
	})
	return nil
}
