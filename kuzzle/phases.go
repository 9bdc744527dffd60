package main

import (
	"fmt"
	"time"
)

// phase is the progress of one part of a long command; at is the present part.
type phase struct {
	name, of    string
	done, total int64
}

// phaseMeter shows the progress of a command that processes everything several
// times, each time from the beginning.
type phaseMeter struct {
	at    console
	gauge *gauge
	first phase
	began time.Time
}

func (m *phaseMeter) tell(p phase) {
	if m.gauge == nil || m.first.name != p.name {
		m.end()
		m.gauge, m.first, m.began = newGauge(m.at, p.total), p, time.Now()
	}
	m.gauge.show(p.done, p.name, m.text(p))
}

func (m *phaseMeter) text(p phase) string {
	rate := float64(p.done-m.first.done) / max(time.Since(m.began).Seconds(), 0.001)
	left := ""
	if rate > 0 && p.total > p.done {
		left = "  eta " + time.Duration(float64(p.total-p.done)/rate*float64(time.Second)).Round(time.Second).String()
	}
	part := 100.0
	if p.total > 0 {
		part = min(100*float64(p.done)/float64(p.total), 100)
	}
	if p.of != "" {
		p.of = " " + p.of
	}
	return fmt.Sprintf("%s%s  %d of about %d  %.0f %%  %.0f/s%s", p.name, p.of, p.done, p.total, part, rate, left)
}

func (m *phaseMeter) end() {
	if m.gauge != nil {
		m.gauge.end()
	}
}
