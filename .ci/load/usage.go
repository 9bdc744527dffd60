package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// process is one line of /proc/*/stat.
type process struct {
	parent int
	cpu    float64 // seconds, ended children included
	rss    float64 // MiB
}

// Fields of /proc/*/stat counted from behind the name, and the unit of times.
const (
	statParent     = 1
	statUser       = 11
	statSystem     = 12
	statChildUser  = 13
	statChildSys   = 14
	statRSS        = 21
	ticksPerSecond = 100
)

// usage is the CPU seconds and resident MiB of processes and their descendants.
func usage(pids []int) (cpu, rss float64) {
	if len(pids) == 0 {
		return 0, 0
	}
	all := processes()
	counted := map[int]bool{}
	for _, pid := range pids {
		counted[pid] = true
	}
	for grew := true; grew; {
		grew = false
		for pid, p := range all {
			if !counted[pid] && counted[p.parent] {
				counted[pid], grew = true, true
			}
		}
	}
	for pid := range counted {
		cpu += all[pid].cpu
		rss += all[pid].rss
	}
	return cpu, rss
}

func processes() map[int]process {
	all := map[int]process{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) <= statRSS {
			continue
		}
		number := func(i int) float64 { v, _ := strconv.ParseFloat(fields[i], 64); return v }
		all[pid] = process{
			parent: int(number(statParent)),
			cpu:    (number(statUser) + number(statSystem) + number(statChildUser) + number(statChildSys)) / ticksPerSecond,
			rss:    number(statRSS) * float64(os.Getpagesize()) / (1 << 20),
		}
	}
	return all
}
