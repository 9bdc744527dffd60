package main

import (
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// meter shows the progress of an import.
type meter struct {
	*gauge
	name  string
	began time.Time
	first *importer.Progress
}

func newMeter(at console, name string, size int64) *meter {
	return &meter{gauge: newGauge(at, size), name: name, began: time.Now()}
}

func (m *meter) tell(p importer.Progress) {
	if m.first == nil {
		m.first = &p
	}
	if p.Total > 0 {
		m.total, p.Bytes = p.Total, p.Rows
	}
	m.show(p.Bytes, fmt.Sprintf("importing %s (%s)", m.name, p.Format), m.text(p))
}

// text returns rows, rate and remaining time; the number of rows is estimated
// from the part of the file that was read.
func (m *meter) text(p importer.Progress) string {
	spent := time.Since(m.began)
	rate := float64(p.Rows-m.first.Rows) / max(spent.Seconds(), 0.001)
	rows := fmt.Sprintf("%d rows", p.Rows)
	left := ""
	if m.total > 0 && p.Bytes > 0 {
		part := min(float64(p.Bytes)/float64(m.total), 1)
		rows = fmt.Sprintf("%d of about %.0f  %.0f %%", p.Rows, float64(p.Rows)/part, 100*part)
		if rate > 0 {
			seconds := float64(p.Rows) * (1 - part) / part / rate
			left = "  eta " + time.Duration(seconds*float64(time.Second)).Round(time.Second).String()
		}
	}
	return fmt.Sprintf("%s  %.0f users/s%s   ok %d  skipped %d  failed %d", rows, rate, left, p.OK(), p.Skipped, p.Failed)
}
