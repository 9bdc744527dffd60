package recipe

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a recipe: its length in bytes, the calls inside one another, and the calls,
// names, texts and numbers in all.
const (
	MaxText  = 1024
	MaxDepth = 64
	MaxParts = 128
)

// Kind is the kind of a part.
type Kind uint8

// The kinds of parts.
const (
	Call Kind = iota
	Name
	Text
	Number
)

// Part is a recipe, or a part of one.
type Part struct {
	Kind Kind
	// Name is the name of a function or a value, in lower case with underscores.
	Name string
	// Text is the text between quotes. It may be a secret.
	Text   string
	Number int64
	Args   []*Part
	// At is the position of the part in the recipe; the first character has position 1.
	At int
}

// Error is a fault of a recipe. It contains no text in quotes.
type Error struct {
	// At is the position of the fault, 0 for the whole recipe.
	At     int
	Reason string
}

func (e *Error) Error() string {
	if e.At == 0 {
		return e.Reason
	}
	return fmt.Sprintf("at character %d: %s", e.At, e.Reason)
}

// Fault returns an [Error] about the part.
func (p *Part) Fault(reason string, args ...any) error {
	return &Error{p.At, fmt.Sprintf(reason, args...)}
}

// Parse reads a recipe. Errors are of type [Error].
func Parse(text string) (*Part, error) {
	switch {
	case len(text) > MaxText:
		return nil, &Error{0, fmt.Sprintf("it has %d bytes, at most %d are allowed", len(text), MaxText)}
	case !utf8.ValidString(text):
		return nil, &Error{0, "it is not valid UTF-8"}
	}
	r := reader{text: text}
	p, err := r.part(1)
	if r.next(); err == nil && r.at < len(text) {
		err = r.fault("nothing may follow the recipe")
	}
	if err == nil && p.Kind != Call {
		err = p.Fault("a recipe begins with a function, as in bcrypt(password)")
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// reader reads a recipe from left to right.
type reader struct {
	text  string
	at    int
	parts int
}

func (r *reader) fault(reason string, args ...any) error {
	return &Error{utf8.RuneCountInString(r.text[:r.at]) + 1, fmt.Sprintf(reason, args...)}
}

// next skips blanks and returns the next byte, 0 at the end.
func (r *reader) next() byte {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

func (r *reader) part(depth int) (*Part, error) {
	c := r.next()
	if r.parts++; r.parts > MaxParts {
		return nil, r.fault("the recipe has more than %d parts", MaxParts)
	}
	p := &Part{At: utf8.RuneCountInString(r.text[:r.at]) + 1}
	switch {
	case isLetter(c):
		p.Kind, p.Name = Name, strings.ReplaceAll(strings.ToLower(r.run(isNamed)), "-", "_")
		if r.next() != '(' {
			return p, nil
		}
		if depth > MaxDepth {
			return nil, p.Fault("more than %d calls are inside one another", MaxDepth)
		}
		p.Kind = Call
		return p, r.args(p, depth)
	case isDigit(c):
		digits := r.run(isDigit)
		number, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			number = 1<<63 - 1 // the ceilings refuse it
		}
		p.Kind, p.Number = Number, number
		return p, nil
	case c == '\'' || c == '"':
		text, _, ends := strings.Cut(r.text[r.at+1:], string(c))
		if !ends {
			return nil, p.Fault("the text in quotes does not end")
		}
		r.at += len(text) + 2
		p.Kind, p.Text = Text, text
		return p, nil
	case r.at == len(r.text):
		return nil, p.Fault("the recipe ends too early")
	}
	return nil, p.Fault("a function, a name, a number or a text in quotes is needed here")
}

func (r *reader) args(p *Part, depth int) error {
	r.at++ // (
	for {
		arg, err := r.part(depth + 1)
		if err != nil {
			return err
		}
		p.Args = append(p.Args, arg)
		switch r.next() {
		case ',':
			r.at++
		case ')':
			r.at++
			return nil
		default:
			return r.fault("a comma or a closing bracket is needed here")
		}
	}
}

func (r *reader) run(of func(byte) bool) string {
	start := r.at
	for r.at < len(r.text) && of(r.text[r.at]) {
		r.at++
	}
	return r.text[start:r.at]
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }
func isNamed(c byte) bool  { return isLetter(c) || isDigit(c) || c == '-' }

// String writes the recipe in one spelling.
func (p *Part) String() string { return p.write(true) }

// Shown is String without the texts in quotes.
func (p *Part) Shown() string { return p.write(false) }

func (p *Part) write(whole bool) string {
	var out strings.Builder
	p.writeTo(&out, whole)
	return out.String()
}

func (p *Part) writeTo(out *strings.Builder, whole bool) {
	switch p.Kind {
	case Number:
		out.WriteString(strconv.FormatInt(p.Number, 10))
	case Text:
		quote, text := "'", "…"
		if whole {
			text = p.Text
		}
		if strings.Contains(text, quote) {
			quote = `"`
		}
		out.WriteString(quote + text + quote)
	default:
		out.WriteString(p.Name)
	}
	if p.Kind != Call {
		return
	}
	for i, arg := range p.Args {
		if i == 0 {
			out.WriteByte('(')
		} else {
			out.WriteString(", ")
		}
		arg.writeTo(out, whole)
	}
	out.WriteByte(')')
}
