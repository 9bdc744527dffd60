package importer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
)

// Source is where rows come from that do not lie in a file.
type Source struct {
	// format names it, about tells it from others of its kind.
	format, about string
	open          func(ctx context.Context, at *place) (sourceReader, error)
}

// sourceReader reads a source. Its rows carry their places.
type sourceReader interface {
	reader
	// total is how many rows there are, about.
	total() int64
	// remarks are what to tell the user at the end.
	remarks() []string
	// done is called when everything was written, close in any case.
	done()
	close()
}

// input is what a run reads, whatever it is.
type input struct {
	in     reader
	format string
	// packed counts the bytes of the file as it lies there, measured those of
	// its text.
	packed, measured *counter
}

// openInput opens what the run reads and finds out whether it is what the
// checkpoint, if any, is about.
func (r *Run) openInput(ctx context.Context, o Options) (input, Checkpoint, error) {
	if r.Source != nil {
		return r.openSource(ctx)
	}
	i := input{packed: &counter{from: r.From}}
	raw := bufio.NewReaderSize(i.packed, peeked)
	head, err := raw.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return i, Checkpoint{}, err
	}
	mark, err := r.mark(head)
	if err != nil {
		return i, mark, err
	}
	text, err := unpack(raw)
	if err != nil {
		return i, mark, err
	}
	i.measured = &counter{from: text}
	i.in, i.format, err = open(bufio.NewReaderSize(i.measured, peeked), o)
	return i, mark, err
}

func (r *Run) openSource(ctx context.Context) (input, Checkpoint, error) {
	i := input{format: r.Source.format, packed: &counter{}, measured: &counter{}}
	mark, err := r.mark([]byte(r.Source.about))
	if err != nil {
		return i, mark, err
	}
	var at *place
	if len(mark.Place) > 0 {
		at = new(place)
		if err := json.Unmarshal(mark.Place, at); err != nil {
			return i, mark, ErrOtherRun
		}
	}
	i.in, err = r.Source.open(ctx, at)
	return i, mark, err
}

// mark is the checkpoint to go on from, or a fresh one.
func (r *Run) mark(about []byte) (Checkpoint, error) {
	mark := Checkpoint{File: fileKey(about), Options: optionsKey(r.Options)}
	if r.Resume == nil {
		return mark, nil
	}
	if r.Resume.File != mark.File || r.Resume.Options != mark.Options {
		return mark, ErrOtherRun
	}
	return *r.Resume, nil
}
