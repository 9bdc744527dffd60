package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/dumps"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/kinds"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/systems"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// reader makes rows of a file. Next returns io.EOF after the last one; any other error ends
// the file. Faults of a single row are in the row.
type reader interface{ Next() (*Row, error) }

// leaver is a reader that knows which columns it left out.
type leaver interface{ Unused() []string }

// jsonFormats returns the decoders of the formats whose users are JSON values.
func jsonFormats(o Options) map[string]decoder {
	layouts := tables(o)
	decoders := map[string]decoder{
		"json":       flat(o.Map),
		"django":     djangoObjects(layouts["django"], o),
		"cognito":    cognitoObjects(layouts["cognito"], o),
		"auth0":      decodeAuth0,
		clerkFormat:  decodeClerk,
		"firebase":   func(text []byte, _ string, r *Row) error { return decodeFirebase(text, r, o.Firebase) },
		"keycloak":   decodeKeycloak,
		"kratos":     decodeKratos,
		kuzzleFormat: decodeKuzzleUser,
	}
	for name, decode := range decoders {
		decoders[name] = nullable(name, decode)
	}
	for name, l := range layouts {
		if decoders[name] == nil && l.header == nil && name != "csv" {
			decoders[name] = objects(l, o.Map)
		}
	}
	for name, read := range systems.Readers() {
		decoders[name] = foreign(name, read, o)
	}
	return decoders
}

const (
	ldifFormat   = "ldif"
	kuzzleFormat = kinds.Kuzzle
	clerkFormat  = kinds.Clerk
)

// Formats returns the names of all formats, sorted.
func Formats() []string { return slices.Clone(formats()) }

var formats = sync.OnceValue(func() []string {
	names := slices.Collect(maps.Keys(tables(Options{})))
	names = slices.AppendSeq(names, maps.Keys(jsonFormats(Options{})))
	names = append(names, ldifFormat)
	slices.Sort(names)
	return slices.Compact(names)
})

// open detects the format of a text and returns its reader.
func open(in *bufio.Reader, o Options) (reader, string, error) {
	head, err := in.Peek(texts.Peeked)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, "", err
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return nil, "", texts.ErrEmpty
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if reason := values.Unreadable(string(line[:min(len(line), 1024)])); reason != "" && !halved(line) {
		return nil, "", texts.Broken("it is not text: %s", reason)
	}
	switch {
	case text[0] == '{' || text[0] == '[':
		return openJSON(in, text, o)
	case dumps.Is(text):
		return open(bufio.NewReaderSize(dumps.Read(in), texts.Peeked), o)
	case o.Format == ldifFormat || texts.IsLDIF(text):
		return &ldif{entries: texts.NewEntries(in)}, ldifFormat, nil
	}
	name := o.Format
	if name == "" {
		name = kinds.OfTable(string(line))
	}
	l, ok := tables(o)[name]
	if !ok {
		return nil, name, texts.Broken("it is not JSON, and the format %s is JSON", name)
	}
	if name == "firebase" && kinds.OfTable(string(line)) != name {
		return nil, name, texts.Broken("its columns are not those of firebase auth:export, which writes no header")
	}
	r, err := openTable(in, l, o.Map)
	if err != nil {
		return nil, name, err
	}
	if o.keeps() {
		r.unused = nil
	}
	if err := r.keepFor(o); err != nil {
		return nil, name, err
	}
	return r, name, nil
}

// halved reports whether a text is only cut inside a character.
func halved(line []byte) bool {
	return len(line) > 1024 && values.Unreadable(string(bytes.ToValidUTF8(line[:1024], nil))) == ""
}

func openJSON(in *bufio.Reader, head []byte, o Options) (reader, string, error) {
	keys, first := texts.Outline(head)
	s := texts.Values
	switch {
	case head[0] == '[':
		s = texts.Array
	case texts.OnOneLine(head):
		s = texts.Lines
	}
	name := o.Format
	if name == "" {
		name = kinds.OfJSON(keys, first)
	}
	decode, ok := jsonFormats(o)[name]
	if !ok {
		return nil, name, texts.Broken("it is JSON, and the format %s is not JSON", name)
	}
	if name == clerkFormat && (s == texts.Array || s == texts.Values || keys[texts.ListMember]) {
		s = texts.Pages
	}
	e, decode := texts.NewElements(in, s), noticing(name, decode)
	if head[0] == '{' && name == kuzzleFormat {
		return &securities{jsonReader: jsonReader{elements: e, decode: decode}}, name, nil
	}
	if inner, path := texts.Nested(keys); inner != "" && (head[0] == '[') == (path == nil) {
		err := e.Among(inner, path...)
		return &jsonReader{elements: e, decode: decode}, name, err
	}
	list := texts.ListOf(keys)
	if keys["realm"] {
		list = "users"
	}
	if head[0] == '{' && list != "" {
		if err := e.Within(list); err != nil {
			return nil, name, err
		}
	}
	return &jsonReader{elements: e, decode: decode}, name, nil
}
