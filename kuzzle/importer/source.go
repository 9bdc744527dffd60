package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/reread"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/resume"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// Source is a source of rows that is not a file.
type Source struct {
	// format is its name, about distinguishes it from others of its kind.
	format, about string
	open          func(ctx context.Context, at *place) (sourceReader, error)
}

// sourceReader reads a source. Its rows have their positions.
type sourceReader interface {
	reader
	remarker
	// total returns the approximate number of rows.
	total() int64
	// done is called after everything was written, close always.
	done()
	close()
}

// remarker is a reader with notes for the user at the end.
type remarker interface{ remarks() []string }

// foreseer is a source that has looked at all of its rows when it is open.
type foreseer interface {
	sourceReader
	outlook() Outlook
}

// input is the input of a run, a file or a source.
type input struct {
	in     reader
	again  *reread.Reader
	format string
	// packed counts the bytes of the file as stored, measured those of its text.
	packed, measured *texts.Counter
	// passwords tells what the file's password fields hold.
	passwords passwords
}

// openInput opens the run's input and checks that it is the checkpoint's.
func (r *Run) openInput(ctx context.Context, o Options) (input, Checkpoint, error) {
	if r.Source != nil {
		return r.openSource(ctx, o)
	}
	i := input{again: reread.New(ctx, r.From, r.Spool), packed: &texts.Counter{}, measured: &texts.Counter{}}
	i.packed.From = i.again
	raw := bufio.NewReaderSize(i.packed, texts.Peeked)
	head, err := raw.Peek(texts.Peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return i, Checkpoint{}, err
	}
	about, order := resume.Key(head), ""
	text, err := texts.Unpack(raw)
	if err != nil {
		return i, Checkpoint{}, err
	}
	i.measured.From = text
	in := bufio.NewReaderSize(i.measured, texts.Peeked)
	seen, _ := in.Peek(texts.Peeked) // reading meets any error again
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
	if err := i.confirm(r, o, seen); err != nil {
		return i, Checkpoint{}, err
	}
	i.again.Once()
	mark, err := r.mark(about, order)
	return i, mark, err
}

// text returns the text of the file, from its present position.
func (i *input) text(from io.Reader) (*bufio.Reader, error) {
	i.packed.Bytes = 0
	text, err := texts.Unpack(bufio.NewReaderSize(from, texts.Peeked))
	if err != nil {
		return nil, err
	}
	i.measured.From = text
	return bufio.NewReaderSize(i.measured, texts.Peeked), nil
}

func (r *Run) openSource(ctx context.Context, o Options) (input, Checkpoint, error) {
	i := input{format: r.Source.format, packed: &texts.Counter{}, measured: &texts.Counter{}}
	mark, err := r.mark(resume.Key([]byte(r.Source.about)), "")
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
	if i.in, err = r.Source.open(ctx, at); err != nil {
		return i, mark, err
	}
	if f, knows := i.in.(foreseer); knows && r.Confirm != nil && o.Keep == "" {
		if err = r.ask(f.outlook()); err != nil {
			f.close()
		}
	}
	return i, mark, err
}

// mark returns the checkpoint to resume from, or a new one. A checkpoint of another row
// order does not count.
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
