package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// result is the output of load and baseline for one turn.
type result struct {
	RPS      float64        `json:"rps"`
	P50      float64        `json:"p50_ms"`
	P99      float64        `json:"p99_ms"`
	CPU      float64        `json:"server_cpu_ms_per_req"`
	EachCPU  float64        `json:"cpu_ms_each"`
	Peak     float64        `json:"rss_peak_mib"`
	Requests int            `json:"requests"`
	Errors   int            `json:"errors"`
	Kinds    map[string]int `json:"error_kinds"`
}

// command runs a program that prints one JSON object.
func (b *bench) command(name string, args ...string) (result, error) {
	cmd := exec.Command(filepath.Join(b.bin, name), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("%s %v: %w", name, args, err)
	}
	var r result
	return r, json.Unmarshal(out, &r)
}

// load runs a scenario for one turn and fails unless every answer is good.
func (b *bench) load(scenario string, watched *process, more ...string) (result, error) {
	r, err := b.tolerantLoad(scenario, watched, more...)
	if err == nil && (r.Errors > 0 || r.Requests == 0) {
		err = fmt.Errorf("%s: %d good answers, and these: %v", scenario, r.Requests, r.Kinds)
	}
	return r, err
}

func (b *bench) tolerantLoad(scenario string, watched *process, more ...string) (result, error) {
	args := []string{"-s", filepath.Join(b.scenarios, scenario+".json"), "-vars", b.varsFile, "-d", b.turn.String(), "-warmup", "1s", "-pids", watched.pid()}
	for _, set := range b.vars {
		args = append(args, "-var", set)
	}
	return b.command("load", append(args, more...)...)
}

// measure runs one turn.
type measure func() (result, error)

// pair runs ours and the other in alternate turns, and returns the medians.
func (b *bench) pair(ours, other measure) (mine, its result, err error) {
	all, err := b.inTurn(ours, other)
	if err != nil {
		return mine, its, err
	}
	return all[0], all[1], nil
}

// inTurn runs all in turns, and returns the medians of each.
func (b *bench) inTurn(all ...measure) ([]result, error) {
	results := make([][]result, len(all))
	for range b.turns {
		for i, one := range all {
			r, err := one()
			if err != nil {
				return nil, err
			}
			results[i] = append(results[i], r)
		}
	}
	var of []result
	for _, each := range results {
		of = append(of, medians(each))
	}
	return of, nil
}

func medians(of []result) result {
	return result{
		RPS:     median(of, func(r result) float64 { return r.RPS }),
		P50:     median(of, func(r result) float64 { return r.P50 }),
		P99:     median(of, func(r result) float64 { return r.P99 }),
		CPU:     median(of, func(r result) float64 { return r.CPU }),
		EachCPU: median(of, func(r result) float64 { return r.EachCPU }),
		Peak:    slices.MaxFunc(of, func(a, b result) int { return int(a.Peak*100) - int(b.Peak*100) }).Peak,
	}
}

func median(of []result, field func(result) float64) float64 {
	var values []float64
	for _, r := range of {
		values = append(values, field(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
