package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// settings are the flags of the command line.
type settings struct {
	scenario, setup string
	varsIn, varsOut string
	sets            assignments
	run             runSettings
	pids            string
}

func main() {
	var s settings
	flag.StringVar(&s.scenario, "s", "", "scenario file")
	flag.StringVar(&s.setup, "setup", "", "run this setup file once instead, and write -vars-out")
	flag.StringVar(&s.varsIn, "vars", "", "variables file (JSON object)")
	flag.StringVar(&s.varsOut, "vars-out", "", "where a setup writes its variables")
	flag.IntVar(&s.run.conns, "c", 16, "connections")
	flag.DurationVar(&s.run.measured, "d", 8*time.Second, "measured time")
	flag.DurationVar(&s.run.warmUp, "warmup", 3*time.Second, "warm-up, not counted")
	flag.IntVar(&s.run.pipeline, "pipeline", 1, "WebSocket: requests in flight on each connection")
	flag.DurationVar(&s.run.pace, "pace", 0, "HTTP: rest of each connection between two requests")
	flag.StringVar(&s.pids, "pids", "", "comma-separated server pids; their trees' CPU and memory are reported")
	flag.Var(&s.sets, "var", "key=value, over -vars (repeatable)")
	flag.Parse()
	if err := s.do(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func (s *settings) do() error {
	vars, err := s.variables()
	if err != nil {
		return err
	}
	if s.setup != "" {
		return s.prepare(vars)
	}
	for _, text := range strings.FieldsFunc(s.pids, func(r rune) bool { return r == ',' || r == ' ' }) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		s.run.watch = append(s.run.watch, pid)
	}
	sc, err := loadScenario(s.scenario, vars)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(run(sc, s.run))
}

// variables returns the variables of the file, overridden by those of the
// command line. Each run has its own {{run}}, so that its names are new.
func (s *settings) variables() (map[string]any, error) {
	vars := map[string]any{}
	if s.varsIn != "" {
		text, err := os.ReadFile(s.varsIn)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &vars); err != nil {
			return nil, fmt.Errorf("%s: %w", s.varsIn, err)
		}
	}
	for _, set := range s.sets {
		key, value, _ := strings.Cut(set, "=")
		vars[key] = value
	}
	vars["run"] = strconv.FormatInt(time.Now().UnixMilli(), 36)
	return vars, nil
}

func (s *settings) prepare(vars map[string]any) error {
	if err := runSetup(s.setup, vars); err != nil {
		return err
	}
	text, err := json.MarshalIndent(vars, "", " ")
	if err != nil {
		return err
	}
	if s.varsOut == "" {
		_, err = os.Stdout.Write(append(text, '\n'))
		return err
	}
	return os.WriteFile(s.varsOut, text, 0o600)
}

type assignments []string

func (a *assignments) String() string { return strings.Join(*a, " ") }

func (a *assignments) Set(text string) error { *a = append(*a, text); return nil }
