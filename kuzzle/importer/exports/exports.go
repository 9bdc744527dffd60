package exports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Export is what a system exports. Its texts are for people.
type Export struct {
	// System is the name of the system, Format that of the format for --format.
	System, Format string
	// Files are the forms of its files, each with the means to get it if that is not obvious.
	Files []string
	// Known are the columns or members that the files are recognised by.
	Known string
	// Comes names what is imported.
	Comes string
	// Stays names what is not, each with the reason.
	Stays string
	// Flags are those that the import needs, and for what; "" for none.
	Flags string
}

// All returns the exports, sorted by system.
func All() []Export {
	return slices.SortedFunc(slices.Values(slices.Concat(rows, applications)), func(a, b Export) int {
		return cmp.Compare(strings.ToLower(a.System), strings.ToLower(b.System))
	})
}

const (
	width  = 80
	indent = 8
)

// Print writes the exports, for a terminal of 80 columns.
func Print(out io.Writer) error {
	var text strings.Builder
	for _, e := range All() {
		fmt.Fprintf(&text, "%s (--format %s)\n", e.System, e.Format)
		for _, part := range []struct{ name, value string }{
			{"files", strings.Join(e.Files, "; ")}, {"known", "by " + e.Known}, {"comes", e.Comes}, {"stays", e.Stays}, {"flags", e.Flags},
		} {
			write(&text, part.name, part.value)
		}
		text.WriteByte('\n')
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// write writes a text beside its name, in lines that fit.
func write(out *strings.Builder, name, value string) {
	at := 0
	for _, word := range strings.Fields(value) {
		switch {
		case at == 0:
			at, _ = fmt.Fprintf(out, "  %-*s%s", indent-2, name, word)
		case at+1+len(word) > width:
			out.WriteByte('\n')
			at, _ = fmt.Fprintf(out, "%-*s%s", indent, "", word)
		default:
			more, _ := fmt.Fprintf(out, " %s", word)
			at += more
		}
	}
	if at > 0 {
		out.WriteByte('\n')
	}
}
