package main

import (
	"context"
	"fmt"
	"sync"
)

// setup prepares a load: variables, and requests made once whose answers become
// variables.
type setup struct {
	Vars  map[string]any `json:"vars"`
	Steps []*Scenario    `json:"steps"`
}

// runSetup runs a setup's steps in order and adds to vars.
func runSetup(file string, vars map[string]any) error {
	var doc setup
	if err := readFile(file, &doc); err != nil {
		return err
	}
	for name, value := range doc.Vars {
		if _, given := vars[name]; !given {
			vars[name] = value
		}
	}
	for _, step := range doc.Steps {
		if err := step.prepare(vars); err != nil {
			return err
		}
		if err := step.repeat(vars); err != nil {
			return fmt.Errorf("%s: %w", step.Name, err)
		}
	}
	return nil
}

// repeat makes the step's requests and collects from them, in order of {{n}}.
func (sc *Scenario) repeat(vars map[string]any) error {
	times, parallel := max(1, sc.Repeat), max(1, sc.Parallel)
	collected := map[string][]any{}
	for name := range sc.Collect {
		collected[name] = make([]any, times)
	}
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	var workers sync.WaitGroup
	for first := range min(parallel, times) {
		workers.Go(func() {
			var c connections
			defer c.close()
			for n := first; n < times && ctx.Err() == nil; n += parallel {
				if err := sc.once(&c, n, collected); err != nil {
					stop(err)
				}
			}
		})
	}
	workers.Wait()
	for name, values := range collected {
		vars[name] = values
	}
	return context.Cause(ctx)
}

func (sc *Scenario) once(c *connections, n int, collected map[string][]any) error {
	a, err := c.do(&sc.Request, &frame{n: int64(n)})
	if err != nil {
		return err
	}
	for name, path := range sc.Collect {
		value, err := a.take(path)
		if err != nil {
			return err
		}
		collected[name][n] = value
	}
	return nil
}
