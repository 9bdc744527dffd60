package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// lineEvery is how often progress is printed without a terminal.
const lineEvery = 10 * time.Second

// gauge shows progress: a bar on a terminal, else a line from time to time.
type gauge struct {
	out  io.Writer
	bar  *progressbar.ProgressBar
	told time.Time
}

// newGauge returns a gauge up to total; 0 is unknown.
func newGauge(at console, total int64) *gauge {
	g := &gauge{out: at.notes(), told: time.Now()}
	if file, ok := at.err.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if total == 0 {
			total = -1
		}
		g.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(at.err), progressbar.OptionSetWidth(20),
			progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
	}
	return g
}

// show shows the progress. A line begins with heading, for which a bar has no
// room.
func (g *gauge) show(done int64, heading, text string) {
	if g.bar != nil {
		g.bar.Describe(text)
		_ = g.bar.Set64(done) // an undrawable bar is no reason to stop
		return
	}
	if now := time.Now(); now.Sub(g.told) >= lineEvery {
		g.told = now
		fmt.Fprintf(g.out, "%s  %s\n", heading, text)
	}
}

func (g *gauge) end() {
	if g.bar != nil {
		_ = g.bar.Finish() // as above
	}
}
