package main

import (
	"fmt"
	"io"
	"runtime"
)

// row is a line of the table.
type row struct {
	what, ours, cpu, beside, ratio, bar string
	met                                 bool
}

// table is the output.
type table struct{ rows []row }

func (t *table) add(r row) {
	t.rows = append(t.rows, r)
}

func (t *table) print(to io.Writer) error {
	_, err := fmt.Fprintf(to, "%d cores, %s, %s/%s; medians of turns taken with the other.\n\n| what | here | server CPU | beside it | ratio | bar | met |\n|---|---|---|---|---|---|---|\n",
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, r := range t.rows {
		if err != nil {
			return err
		}
		met := "yes"
		switch {
		case r.bar == "":
			met = ""
		case !r.met:
			met = "**no**"
		}
		_, err = fmt.Fprintf(to, "| %s | %s | %s | %s | %s | %s | %s |\n", r.what, r.ours, r.cpu, r.beside, r.ratio, r.bar, met)
	}
	return err
}

// rate and milliseconds format numbers.
func rate(rps float64) string {
	if rps < 1000 {
		return fmt.Sprintf("%.1f/s", rps)
	}
	return fmt.Sprintf("%.0f/s", rps)
}

func milliseconds(ms float64) string { return fmt.Sprintf("%.3f ms", ms) }

func percent(ratio float64) string { return fmt.Sprintf("%.0f %%", ratio*100) }

// compare adds the row of a pair, with a minimum share of the other's rate and
// a maximum processor time (0 for no bar).
func (t *table) compare(what string, mine, its result, other string, share, mostCPU float64) {
	ratio := mine.RPS / its.RPS
	r := row{
		what: what, ours: rate(mine.RPS), cpu: milliseconds(mine.CPU), beside: other + " " + rate(its.RPS),
		ratio: percent(ratio), met: ratio >= share,
	}
	if share > 0 {
		r.bar = "≥ " + percent(share)
	}
	if its.CPU+its.EachCPU > 0 {
		r.beside += ", " + milliseconds(its.CPU+its.EachCPU)
	}
	if mostCPU > 0 {
		r.bar += fmt.Sprintf(", CPU ≤ %.2f ms", mostCPU)
		r.met = r.met && mine.CPU <= mostCPU
	}
	t.add(r)
}

// costs adds the row of a request with a maximum processor time, in ms.
func (t *table) costs(what string, r result, mostCPU float64) {
	t.add(row{what: what, ours: rate(r.RPS), cpu: milliseconds(r.CPU), bar: fmt.Sprintf("CPU ≤ %.2f ms", mostCPU), met: r.CPU <= mostCPU})
}

// most adds the row of a value with a maximum.
func (t *table) most(what string, got, bar float64, unit, beside string) {
	t.add(row{what: what, ours: fmt.Sprintf("%.1f %s", got, unit), beside: beside, bar: fmt.Sprintf("≤ %.0f %s", bar, unit), met: got <= bar})
}
