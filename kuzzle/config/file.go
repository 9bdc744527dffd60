package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds of a configuration file.
const (
	maxFile  = 1 << 20 // bytes
	maxDepth = 32      // levels of nested objects and lists
)

// parse reads JSON with comments. Objects become map[string]any, lists []any,
// numbers json.Number. A repeated name in one object is an error, because one of
// the two values would be lost silently.
func parse(src []byte) (map[string]any, error) {
	src = stripComments(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")))
	if len(bytes.TrimSpace(src)) == 0 {
		return nil, nil
	}
	p := parser{src: src, json: json.NewDecoder(bytes.NewReader(src))}
	p.json.UseNumber()
	value, err := p.value(0)
	if err == nil {
		if _, more := p.json.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("nothing may follow the closing brace")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", p.line(), err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the file must be one JSON object, { … }")
	}
	return object, nil
}

type parser struct {
	src  []byte
	json *json.Decoder
}

func (p *parser) line() int {
	at := min(int(p.json.InputOffset()), len(p.src))
	return 1 + bytes.Count(p.src[:at], []byte("\n"))
}

var errTooEarly = errors.New("the file ends too early; is a brace or bracket missing?")

// token returns the next token, or errTooEarly at the end. Go 1.27 reports the
// end by a SyntaxError with this text, earlier versions by io's errors.
func (p *parser) token() (json.Token, error) {
	token, err := p.json.Token()
	var syntax *json.SyntaxError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input" {
		return nil, errTooEarly
	}
	return token, err
}

func (p *parser) value(depth int) (any, error) {
	token, err := p.token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d levels of nested objects", maxDepth)
	}
	switch token {
	case json.Delim('{'):
		return p.object(depth)
	case json.Delim('['):
		return p.list(depth)
	}
	return token, nil
}

func (p *parser) object(depth int) (any, error) {
	object := map[string]any{}
	for p.json.More() {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, errors.New("a name must be a text in double quotes")
		}
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("%q is given twice", name)
		}
		if object[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return object, p.close()
}

func (p *parser) list(depth int) (any, error) {
	list := []any{}
	for p.json.More() {
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, p.close()
}

func (p *parser) close() error {
	_, err := p.token()
	return err
}
