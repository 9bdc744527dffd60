package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// drawEvery is how often progress is drawn on a terminal, lineEvery how often it is printed
// without one.
const (
	drawEvery = 100 * time.Millisecond
	lineEvery = 10 * time.Second
)

// barWidth is the length of a bar in characters.
const barWidth = 20

// gauge shows progress: a bar on a terminal, else a line from time to time.
type gauge struct {
	out io.Writer
	// total is the end of the bar; 0 is unknown.
	total int64
	// columns returns the width of the terminal; it is nil if there is none.
	columns func() int
	// drawn is the length of the line that is on the terminal.
	drawn int
	told  time.Time
}

// newGauge returns a gauge up to total; 0 is unknown.
func newGauge(at console, total int64) *gauge {
	if file, ok := at.err.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return &gauge{out: file, total: total, columns: func() int {
			columns, _, _ := term.GetSize(int(file.Fd())) // 0 is unknown
			return columns
		}}
	}
	return &gauge{out: at.notes(), total: total, told: time.Now()}
}

// show shows the progress. A line begins with heading, for which a bar has no
// room.
func (g *gauge) show(done int64, heading, text string) {
	now := time.Now()
	switch since := now.Sub(g.told); {
	case g.columns == nil && since >= lineEvery:
		fmt.Fprintf(g.out, "%s  %s\n", heading, text)
	case g.columns != nil && since >= drawEvery:
		bar := ""
		if g.total > 0 {
			full := int(barWidth * min(max(done, 0), g.total) / g.total)
			bar = "[" + strings.Repeat("=", full) + strings.Repeat(" ", barWidth-full) + "]  "
		}
		g.draw(bar, text)
	default:
		return
	}
	g.told = now
}

// draw replaces the line on the terminal. One that is longer than the terminal's could not
// be replaced, so the bar is left out or the text is cut.
func (g *gauge) draw(bar, text string) {
	line := bar + text
	if columns := g.columns(); columns > 0 && len(line) >= columns {
		line = text[:min(len(text), columns-1)]
	}
	fmt.Fprintf(g.out, "\r%-*s\r%s", g.drawn, "", line)
	g.drawn = len(line)
}

// end removes the bar.
func (g *gauge) end() {
	if g.columns != nil {
		g.draw("", "")
	}
}
