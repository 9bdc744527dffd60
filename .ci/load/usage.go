package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// process is one line of /proc/*/stat.
type process struct {
	parent int
	cpu    float64 // seconds, ended children included
	rss    float64 // MiB
}

// Fields of /proc/*/stat after the name, and the unit of times.
const (
	statParent     = 1
	statUser       = 11
	statSystem     = 12
	statChildUser  = 13
	statChildSys   = 14
	statRSS        = 21
	ticksPerSecond = 100
)

// usage returns the CPU seconds and resident MiB of processes.
func usage(pids []int) (cpu, rss float64) {
	for _, pid := range pids {
		if p, ok := read(pid); ok {
			cpu += p.cpu
			rss += p.rss
		}
	}
	return cpu, rss
}

// family returns processes with their present descendants. It reads about every
// process of the machine, so it is not for every sample.
func family(pids []int) []int {
	if len(pids) == 0 {
		return nil
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
	return slices.Collect(maps.Keys(counted))
}

func processes() map[int]process {
	all := map[int]process{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		if p, ok := read(pid); ok {
			all[pid] = p
		}
	}
	return all
}

// read reads one process; ok is false if it has ended.
func read(pid int) (p process, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) <= statRSS {
		return p, false
	}
	number := func(i int) float64 { v, _ := strconv.ParseFloat(fields[i], 64); return v }
	return process{
		parent: int(number(statParent)),
		cpu:    (number(statUser) + number(statSystem) + number(statChildUser) + number(statChildSys)) / ticksPerSecond,
		rss:    number(statRSS) * float64(os.Getpagesize()) / (1 << 20),
	}, true
}
