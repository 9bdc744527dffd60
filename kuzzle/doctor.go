package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type doctor struct {
	config.Flags
	Repair  bool `help:"First repair what a crash left behind: names without an owner, wrong counts."`
	Compact bool `help:"First remove expired documents and free their space. Writes may wait meanwhile."`
	JSON    bool `name:"json" help:"Print JSON: findings, each with level, about, problem and remedy, what was done, and the store's schema with its history."`
}

// Help is shown below the flags.
func (doctor) Help() string {
	return "Examines the data directory, the master key, the configuration, the store and, on Elasticsearch, the cluster, and prints each " +
		"problem with its remedy, whether a server runs or not. It changes nothing unless a flag requests that. " +
		"It also shows the store's schema and its upgrades. A starting server upgrades data of an earlier version, and so do --repair and --compact. " +
		"Exit status: 0 healthy, notes aside; 1 degraded: it works, with less than it should have; 2 misconfigured: a server does not start like this, or would work on the wrong data."
}

// Run prints the findings.
func (d *doctor) Run(ctx context.Context, at console) error {
	examined, err := d.examine(ctx)
	if err != nil {
		return err
	}
	if d.JSON {
		err = at.printJSON(examined)
	} else {
		err = printExamination(at, examined)
	}
	if err != nil {
		return err
	}
	return verdict(examined.Findings)
}

func (d *doctor) examine(ctx context.Context) (backend.Examination, error) {
	from := d.Sources(os.Environ())
	cfg, _, err := config.Load(from)
	if err != nil {
		return misconfigured(err)
	}
	server, err := connect(ctx, cfg)
	if err != nil {
		return backend.Examination{}, err
	}
	if server != nil {
		defer server.close()
		return d.ask(ctx, server)
	}
	return d.examineStopped(ctx, from, cfg)
}

// examineStopped examines data that no server of this machine uses.
func (d *doctor) examineStopped(ctx context.Context, from config.Sources, cfg config.Config) (backend.Examination, error) {
	examined := backend.Examine(ctx, cfg)
	if !examined.Fits() || examined.Older() && !d.Repair && !d.Compact {
		return examined, nil
	}
	server, err := open(from)
	if err != nil {
		examined.Findings = append(examined.Findings, backend.Refused(err))
		return examined, nil
	}
	defer server.close()
	more, err := d.ask(ctx, server)
	for _, f := range examined.Findings {
		// An earlier finding may be repaired by now, unless only the earlier look can
		// see it.
		if !slices.Contains(more.Findings, f) && !d.Repair && !d.Compact {
			more.Findings = append(more.Findings, f)
		}
	}
	return more, err
}

func (d *doctor) ask(ctx context.Context, server operator) (examined backend.Examination, err error) {
	answer, err := server.ask(ctx, backend.AdminRequest{Checkup: &backend.Checkup{Repair: d.Repair, Compact: d.Compact}})
	if err == nil {
		err = json.Unmarshal(answer, &examined)
	}
	return examined, err
}

// misconfigured converts problems of a configuration to findings.
func misconfigured(err error) (examined backend.Examination, _ error) {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return examined, err
	}
	for _, problem := range problems {
		examined.Findings = append(examined.Findings, backend.Finding{Level: backend.Misconfigured, About: "configuration", Problem: problem.String()})
	}
	return examined, nil
}

func printExamination(at console, examined backend.Examination) error {
	for _, line := range examined.Done {
		if _, err := fmt.Fprintf(at.out, "done: %s\n", line); err != nil {
			return err
		}
	}
	if examined.Store != nil {
		if _, err := fmt.Fprintf(at.out, "store: %s\n", examined.Store); err != nil {
			return err
		}
		for _, line := range examined.Store.History {
			if _, err := fmt.Fprintf(at.out, "store: %s\n", line); err != nil {
				return err
			}
		}
	}
	for _, f := range examined.Findings {
		remedy := ""
		if f.Remedy != "" {
			remedy = "; " + f.Remedy
		}
		if _, err := fmt.Fprintf(at.out, "%s: %s: %s%s\n", f.Level, f.About, f.Problem, remedy); err != nil {
			return err
		}
	}
	if verdict(examined.Findings) != nil {
		return nil
	}
	_, err := fmt.Fprintln(at.out, "healthy")
	return err
}

// verdict returns nil if there are only notes.
func verdict(found []backend.Finding) error {
	count := map[string]int{}
	for _, f := range found {
		count[string(f.Level)]++
	}
	switch wrong := count[string(backend.Misconfigured)]; {
	case wrong > 0:
		return usageError(fmt.Sprintf("misconfigured: %d found", wrong))
	case count[string(backend.Degraded)] > 0:
		return fmt.Errorf("degraded: %d found", count[string(backend.Degraded)])
	}
	return nil
}
