package importer_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestOneBatchAhead: a batch is on its way before the one before it is waited
// for. Where one fails, those on their way are ended and waited for, and nothing
// after them begins. The first batch is a dry run of a few rows, which shows whether
// their keys meet users of another file.
func TestOneBatchAhead(t *testing.T) {
	broken := errors.New("broken")
	for _, run := range []struct {
		name  string
		fails int // of the batches, counted from 1
		how   importer.Options
		want  string
	}{
		{"good", 0, importer.Options{}, "begin 1, end 1, begin 2, begin 3, end 2, begin 4, end 3, end 4"},
		{"failing", 2, importer.Options{}, "begin 1, end 1, begin 2, begin 3, end 2, end 3 canceled"},
		{"a dry run", 0, importer.Options{DryRun: true}, "begin 1, end 1, begin 2, end 2, begin 3, end 3, begin 4, end 4"},
	} {
		t.Run(run.name, func(t *testing.T) {
			var steps []string
			begun := 0
			sink := func(ctx context.Context, _ imports.Import, rows importer.Batch) func() ([]importer.Outcome, error) {
				begun++
				name := string(rune('0' + begun))
				fails := begun == run.fails
				steps = append(steps, "begin "+name)
				return func() ([]importer.Outcome, error) {
					if ctx.Err() != nil {
						name += " canceled"
					}
					steps = append(steps, "end "+name)
					if fails {
						return nil, broken
					}
					return slices.Repeat([]importer.Outcome{{Status: imports.RowCreated}}, rows.Len()), nil
				}
			}
			_, err := (&importer.Run{
				From: strings.NewReader(manyRows(3 * imports.MaxImportRows)), Options: run.how, Sink: sink, Report: importer.NewReport(new(bytes.Buffer)),
			}).Do(t.Context())
			if (run.fails > 0) != errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(run.want, strings.Join(steps, ", ")); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEndBetweenRows: a run that ends while it writes a row again, without the address that another
// user has, still counts the rows of the batch that were written.
func TestEndBetweenRows(t *testing.T) {
	broken := errors.New("broken")
	calls := 0
	sink := importer.Serially(func(context.Context, imports.Import, importer.Batch) ([]importer.Outcome, error) {
		if calls++; calls > 1 {
			return nil, broken
		}
		return []importer.Outcome{{Status: imports.RowCreated}, {Status: imports.RowFailed, Field: "email", Taken: "email"}}, nil
	})
	p, err := (&importer.Run{
		From: strings.NewReader("id,username,email\n1,a,a@example.com\n2,b,b@example.com\n"), Options: importer.Options{Source: "x"}, Sink: sink,
		Report: importer.NewReport(new(bytes.Buffer)),
	}).Do(t.Context())
	if !errors.Is(err, broken) || p.Created != 1 || p.Failed != 1 {
		t.Errorf("got %v with %d created and %d failed, want the sink's error and one of each", err, p.Created, p.Failed)
	}
}
