package records

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// recordBytes is the approximate size of a record without its texts.
const recordBytes = 400

// Encode returns the encoding of encoding/json. It is faster, because an import
// writes a million records.
func (r *Record) Encode() ([]byte, error) {
	size := recordBytes + len(r.F) + len(r.A) + len(r.T)
	for _, part := range []*string{r.Content, r.Account, r.Auth} {
		if part != nil {
			size += len(*part) * 5 / 4 // quotes are escaped
		}
	}
	o := objectWriter{dst: append(make([]byte, 0, size), '{')}
	o.optionalText("id", r.ID)
	o.truth("live", r.Live)
	o.text("inc", r.Inc)
	o.number("n", r.N)
	o.list("op", r.Op)
	o.optionalText("moved", r.Moved)
	o.number("ver", r.Version)
	o.number("epoch", r.Epoch)
	if r.Expires != nil {
		o.number("expires", *r.Expires)
	}
	if len(r.Claims) > 0 {
		o.list("claims", r.Claims)
	}
	if len(r.Latches) > 0 {
		o.any("latches", r.Latches)
	}
	o.given("content", r.Content)
	o.given("account", r.Account)
	o.given("auth", r.Auth)
	o.number("gen", r.Gen)
	o.raw("f", r.F)
	o.raw("a", r.A)
	o.raw("t", r.T)
	if r.Died != 0 {
		o.number("died", r.Died)
	}
	if len(r.Out) > 0 {
		o.any("out", r.Out)
	}
	if r.Due {
		o.truth("due", true)
	}
	return o.end()
}

// Encode returns the encoding of encoding/json.
func (c *Claim) Encode() ([]byte, error) {
	o := objectWriter{dst: append(make([]byte, 0, recordBytes), '{')}
	o.text("of", string(c.Of))
	o.text("owner", c.Owner)
	o.text("inc", c.Inc)
	if c.Latch {
		o.truth("latch", true)
	}
	if c.Settled {
		o.truth("settled", true)
	}
	o.list("op", c.Op)
	o.number("at", c.At)
	return o.end()
}

// objectWriter writes the members of an object.
type objectWriter struct {
	dst []byte
	err error
}

func (o *objectWriter) name(name string) {
	if o.dst[len(o.dst)-1] != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = append(o.dst, '"')
	o.dst = append(o.dst, name...)
	o.dst = append(o.dst, `":`...)
}

func (o *objectWriter) text(name, value string) {
	o.name(name)
	o.dst = plainjson.AppendString(o.dst, value)
}

func (o *objectWriter) optionalText(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *objectWriter) given(name string, value *string) {
	if value != nil {
		o.text(name, *value)
	}
}

func (o *objectWriter) truth(name string, value bool) {
	o.name(name)
	o.dst = strconv.AppendBool(o.dst, value)
}

func (o *objectWriter) number(name string, value int64) {
	o.name(name)
	o.dst = strconv.AppendInt(o.dst, value, 10)
}

func (o *objectWriter) list(name string, values []string) {
	o.name(name)
	if values == nil {
		o.dst = append(o.dst, "null"...)
		return
	}
	o.dst = append(o.dst, '[')
	for i, value := range values {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		o.dst = plainjson.AppendString(o.dst, value)
	}
	o.dst = append(o.dst, ']')
}

// raw writes JSON on one line, as a _bulk requires.
func (o *objectWriter) raw(name string, value json.RawMessage) {
	switch {
	case len(value) == 0:
	case bytes.IndexByte(value, '\n') >= 0:
		o.any(name, value)
	default:
		o.name(name)
		o.dst = append(o.dst, value...)
	}
}

func (o *objectWriter) any(name string, value any) {
	o.name(name)
	text, err := cluster.Encode(value)
	o.dst, o.err = append(o.dst, text...), err
}

func (o *objectWriter) end() ([]byte, error) { return append(o.dst, '}'), o.err }
