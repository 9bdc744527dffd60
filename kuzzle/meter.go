package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// lineEvery is how often progress is told where no terminal is.
const lineEvery = 10 * time.Second

// meter shows how far an import is: a bar on a terminal, else a line from time
// to time.
type meter struct {
	out   io.Writer
	name  string
	size  int64
	bar   *progressbar.ProgressBar
	began time.Time
	first *importer.Progress
	told  time.Time
}

func newMeter(at console, name string, size int64) *meter {
	m := &meter{out: at.err, name: name, size: size, began: time.Now()}
	m.told = m.began
	if file, ok := at.err.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		total := size
		if total == 0 {
			total = -1
		}
		m.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(at.err), progressbar.OptionSetWidth(20),
			progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
	}
	return m
}

func (m *meter) tell(p importer.Progress) {
	if m.first == nil {
		m.first = &p
	}
	if m.bar != nil {
		m.bar.Describe(m.text(p))
		_ = m.bar.Set64(p.Bytes) // a bar that cannot be drawn is no reason to stop
		return
	}
	if now := time.Now(); now.Sub(m.told) >= lineEvery {
		m.told = now
		fmt.Fprintf(m.out, "importing %s (%s)  %s\n", m.name, p.Format, m.text(p))
	}
}

// text is rows, rate and what is left; how many rows there are is known by how
// much of the file has been read.
func (m *meter) text(p importer.Progress) string {
	spent := time.Since(m.began)
	rate := float64(p.Rows-m.first.Rows) / max(spent.Seconds(), 0.001)
	rows := fmt.Sprintf("%d rows", p.Rows)
	left := ""
	if m.size > 0 && p.Bytes > 0 {
		part := min(float64(p.Bytes)/float64(m.size), 1)
		rows = fmt.Sprintf("%d of about %.0f  %.0f %%", p.Rows, float64(p.Rows)/part, 100*part)
		if rate > 0 {
			seconds := float64(p.Rows) * (1 - part) / part / rate
			left = "  eta " + time.Duration(seconds*float64(time.Second)).Round(time.Second).String()
		}
	}
	return fmt.Sprintf("%s  %.0f users/s%s   ok %d  skipped %d  failed %d", rows, rate, left, p.OK(), p.Skipped, p.Failed)
}

func (m *meter) end() {
	if m.bar != nil {
		_ = m.bar.Finish() // as above
	}
}
