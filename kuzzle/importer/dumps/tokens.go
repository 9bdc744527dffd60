package dumps

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// token is a word, a string, a quoted name, or one of the marks ( ) , ;
type token struct {
	text   string
	quoted bool
}

func (t token) is(word string) bool { return !t.quoted && strings.EqualFold(t.text, word) }

func (t token) mark(text string) bool { return !t.quoted && t.text == text }

// value returns the value of a row that the token is, "" for none.
func (t token) value() string {
	if t.quoted {
		return fromHex(t.text, `\x`)
	}
	text, _, _ := strings.Cut(t.text, "::") // a cast
	if strings.EqualFold(text, "null") || strings.EqualFold(text, "default") {
		return ""
	}
	return fromHex(text, "0x")
}

// fromHex returns the text that a value of bytes stands for, which dumps write in hexadecimal; the
// value itself if it stands for none.
func fromHex(value, prefix string) string {
	digits, is := strings.CutPrefix(value, prefix)
	if plain, err := hex.DecodeString(digits); is && err == nil && values.Unreadable(string(plain)) == "" {
		return string(plain)
	}
	return value
}

// outsideStrings returns the beginning of a dump without the texts in quotes. It ends at the first
// of them that has a backslash, at PostgreSQL's $ quotes, and at rows of a COPY statement: where
// those end depends on the kind of dump.
func outsideStrings(head []byte) (seen []byte) {
	for len(head) > 0 {
		length := 1
		switch c := head[0]; {
		case bytes.HasPrefix(head, []byte("--")), c == '#':
			length = past(head, "\n")
		case bytes.HasPrefix(head, []byte("/*")):
			length = past(head, "*/")
		case bytes.HasPrefix(head, []byte("stdin;")), c == '$':
			return seen
		case c == '\'' || c == '"':
			length = 1 + past(head[1:], string(c))
			if bytes.IndexByte(head[:length], '\\') >= 0 {
				return seen
			}
			head = head[length:]
			continue
		}
		seen, head = append(seen, head[:length]...), head[length:]
	}
	return seen
}

// past returns the length of a text up to the end of a mark, or its whole length.
func past(text []byte, mark string) int {
	if at := bytes.Index(text, []byte(mark)); at >= 0 {
		return at + len(mark)
	}
	return len(text)
}

// tokens splits SQL.
type tokens struct {
	in *bufio.Reader
	// backslashes tells whether \ precedes special characters in strings.
	backslashes bool
}

const marks = "(),;"

// next returns the next token. Comments and commands of a client are none. Of a longer text
// than a row it returns the beginning.
func (s *tokens) next() (token, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return token{}, err
		}
		after, _ := s.in.Peek(1) // none is fine
		switch {
		case c <= ' ':
		case strings.IndexByte(marks, c) >= 0:
			return token{text: string(c)}, nil
		case c == '-' && string(after) == "-", c == '#' && s.backslashes, c == '\\':
			err = s.restOfLine()
		case c == '/' && string(after) == "*":
			_, _ = s.in.Discard(1)
			err = s.past("*/")
		case c == '$' && !s.backslashes:
			err = s.dollars()
		case c == '\'', c == '"', c == '`':
			text, err := s.string(c, s.backslashes && c != '`')
			return token{text, true}, err
		default:
			return s.word(c)
		}
		if err != nil {
			return token{}, err
		}
	}
}

// word reads a word. A string that it is the prefix of is the token instead.
func (s *tokens) word(c byte) (token, error) {
	text := []byte{c}
	for {
		c, err := s.in.ReadByte()
		switch {
		case err != nil:
			return token{text: string(text)}, nil // the next token meets the error
		case c == '\'':
			prefix := strings.ToLower(string(text))
			value, err := s.string(c, s.backslashes || prefix == "e")
			if plain, wrong := hex.DecodeString(value); prefix == "x" && wrong == nil {
				value = string(plain)
			}
			return token{value, true}, err
		case c <= ' ', strings.IndexByte(marks+"`\"", c) >= 0:
			_ = s.in.UnreadByte() // a byte was read just before
			return token{text: string(text)}, nil
		case len(text) < texts.MaxBytes:
			text = append(text, c)
		}
	}
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v', '0': 0, 'Z': 0x1a}

// string reads up to the closing quote, which is doubled inside.
func (s *tokens) string(quote byte, backslashes bool) (string, error) {
	var text []byte
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return "", cut(err)
		}
		switch {
		case c == quote:
			if after, _ := s.in.Peek(1); len(after) == 0 || after[0] != quote {
				return string(text), nil
			}
			_, _ = s.in.Discard(1)
		case c == '\\' && backslashes:
			if c, err = s.in.ReadByte(); err != nil {
				return "", cut(err)
			}
			if plain, is := escapes[c]; is {
				c = plain
			}
		}
		if len(text) <= texts.MaxBytes {
			text = append(text, c)
		}
	}
}

// dollars skips a string of PostgreSQL between two of the same $tag$.
func (s *tokens) dollars() error {
	head, _ := s.in.Peek(64)
	end := bytes.IndexByte(head, '$')
	if end < 0 || bytes.ContainsAny(head[:end], " \n\t'\"") {
		return nil
	}
	tag := "$" + string(head[:end+1])
	_, _ = s.in.Discard(end + 1)
	return s.past(tag)
}

// past skips up to a text and the text itself.
func (s *tokens) past(text string) error {
	last := text[len(text)-1]
	var tail []byte
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return cut(err)
		}
		if tail = append(tail, c); len(tail) > len(text) {
			tail = append(tail[:0], tail[1:]...)
		}
		if c == last && string(tail) == text {
			return nil
		}
	}
}

func (s *tokens) restOfLine() error {
	for {
		_, err := s.in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// skip skips a statement of which a token was read.
func (s *tokens) skip(t token) (err error) {
	for err == nil && !t.mark(";") {
		t, err = s.next()
	}
	return err
}

// name reads a table's name, which may follow its schema's, and the token after it.
func (s *tokens) name() (string, token, error) {
	name := ""
	for {
		t, err := s.next()
		switch {
		case err != nil:
			return "", t, err
		case !t.quoted && strings.ContainsAny(t.text[:1], marks), name != "" && !t.quoted && !strings.HasPrefix(t.text, ".") && !strings.HasSuffix(name, "."):
			return name, t, nil
		case name == "" && (t.is("if") || t.is("not") || t.is("exists") || t.is("only")):
		case len(name)+len(t.text) > longestName:
			return "", t, texts.Broken("the name of a table in it is longer than %d bytes", longestName)
		default:
			name += t.text
		}
	}
}

// unescaped returns a field of COPY's text, "" for no value.
func unescaped(field string) string {
	if field == `\N` || !strings.Contains(field, `\`) {
		return strings.TrimPrefix(field, `\N`)
	}
	var text strings.Builder
	for i := 0; i < len(field); i++ {
		c := field[i]
		if c == '\\' && i+1 < len(field) {
			i++
			c = field[i]
			if plain, is := escapes[c]; is && c != '0' && c != 'Z' {
				c = plain
			}
		}
		text.WriteByte(c)
	}
	return text.String()
}
