package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/reread"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
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
	remarker
	// total is how many rows there are, about.
	total() int64
	// done is called when everything was written, close in any case.
	done()
	close()
}

// remarker is a reader that has something to tell the user at the end.
type remarker interface{ remarks() []string }

// input is what a run reads, whatever it is.
type input struct {
	in     reader
	again  *reread.Reader
	format string
	// packed counts the bytes of the file as it lies there, measured those of its text.
	packed, measured *texts.Counter
	// passwords are what the file's fields called password hold.
	passwords passwords
}

// openInput opens what the run reads and finds out whether it is what the
// checkpoint, if any, is about.
func (r *Run) openInput(ctx context.Context, o Options) (input, Checkpoint, error) {
	if r.Source != nil {
		return r.openSource(ctx)
	}
	i := input{again: reread.New(ctx, r.From, r.Spool), packed: &texts.Counter{}, measured: &texts.Counter{}}
	i.packed.From = i.again
	raw := bufio.NewReaderSize(i.packed, texts.Peeked)
	head, err := raw.Peek(texts.Peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return i, Checkpoint{}, err
	}
	about, order := fileKey(head), ""
	text, err := texts.Unpack(raw)
	if err != nil {
		return i, Checkpoint{}, err
	}
	i.measured.From = text
	in := bufio.NewReaderSize(i.measured, texts.Peeked)
	seen, _ := in.Peek(texts.Peeked) // whatever is wrong is met again
	seen = bytes.Clone(seen)
	i.in, i.format, err = open(in, o)
	if s, ok := i.in.(*securities); ok && err == nil {
		order, err = i.arrange(s, in)
	}
	if err != nil {
		return i, Checkpoint{}, err
	}
	if err := i.survey(seen, o); err != nil {
		return i, Checkpoint{}, err
	}
	i.again.Once()
	mark, err := r.mark(about, order)
	return i, mark, err
}

// text is the file's, from where it stands.
func (i *input) text(from io.Reader) (*bufio.Reader, error) {
	i.packed.Bytes = 0
	text, err := texts.Unpack(bufio.NewReaderSize(from, texts.Peeked))
	if err != nil {
		return nil, err
	}
	i.measured.From = text
	return bufio.NewReaderSize(i.measured, texts.Peeked), nil
}

func (r *Run) openSource(ctx context.Context) (input, Checkpoint, error) {
	i := input{format: r.Source.format, packed: &texts.Counter{}, measured: &texts.Counter{}}
	mark, err := r.mark(fileKey([]byte(r.Source.about)), "")
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

// mark is the checkpoint to go on from, or a fresh one. Rows that come in another
// order than that of the file are not those that an earlier run has counted.
func (r *Run) mark(file, order string) (Checkpoint, error) {
	mark := Checkpoint{File: file, Options: optionsKey(r.Options), Order: order}
	if r.Resume == nil {
		return mark, nil
	}
	if r.Resume.File != mark.File || r.Resume.Options != mark.Options || r.Resume.Order != mark.Order {
		return mark, ErrOtherRun
	}
	return *r.Resume, nil
}
