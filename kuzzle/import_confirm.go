package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// errDeclined ends an import that the user did not agree to.
var errDeclined = errors.New("nothing was imported")

// confirm returns the question about columns and keys that will be left out, nil if it is not asked:
// without a terminal, where nothing is written, and where an import goes on.
func (c *importUsers) confirm(at console) func(importer.Outlook) error {
	if c.DryRun || c.Resume || at.in == nil || !term.IsTerminal(int(at.in.Fd())) {
		return nil
	}
	return func(seen importer.Outlook) error {
		if err := list(at.notes(), seen); err != nil || c.Yes {
			return err
		}
		fmt.Fprint(at.err, "Import without them? [y/N] ")
		answer, err := bufio.NewReader(io.LimitReader(at.in, 80)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return nil
		}
		return errDeclined
	}
}

// mostListed is the number of columns or keys in a list for the terminal.
const mostListed = 20

// list prints the columns and keys that will be left out.
func list(to io.Writer, seen importer.Outlook) error {
	rows := fmt.Sprintf("of %d rows", seen.Rows)
	if !seen.Whole {
		rows = fmt.Sprintf("of the first %d rows", seen.Rows)
	}
	kind, remedy := "keys", "--keep unknown=private keeps them as metadata"
	if seen.Table {
		kind, remedy = "columns", "--map COLUMN=content.NAME keeps one, "+remedy
	}
	fmt.Fprintf(to, "These %s have no meaning here and will be left out; %s:\n", kind, remedy)
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for i, u := range seen.Unknown {
		if left := len(seen.Unknown) - i; i == mostListed && left > 1 {
			fmt.Fprintf(table, "  and %d more\n", left)
			break
		}
		example := u.Example
		if example != "" {
			example = "first " + example
		}
		fmt.Fprintf(table, "  %s\t%d %s\t%s\n", u.Name, u.Rows, rows, example)
	}
	return table.Flush()
}
