package api

import (
	"reflect"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Decoder is an argument type that decodes itself. Decode is called only when the client
// gave a value; name is the name by which the client knows the argument.
type Decoder interface {
	Decode(name string, value any) error
}

// Typed is a [Decoder] that names the JSON type of its values, such as "boolean", for
// descriptions of the API.
type Typed interface{ JSONType() string }

// Nullable is a [Decoder] that takes null for what is left out.
type Nullable interface{ TakesNull() }

// plan is how the fields of an argument struct are filled, in order: the order
// of the fields is the order in which a client hears of what is wrong.
//
// Tags: `arg:"name"` reads a path, query or frame argument; `body:"a.b"` a value inside
// the body; `body:"."` the body itself. Options after the name:
//
//	required   absent is a fault (for body fields, no body is one too)
//	id         an empty string counts as absent
//	default=x  what an absent value becomes
//	legacy     an array that may come as a comma list
//
// Field types: string, int, bool, []any, []string, map[string]any, any (the value as it
// is), and every type whose pointer is a [Decoder].
type plan struct {
	fields []field
	// strict lists the members that a request may have; nil allows all.
	strict *strict
}

type source uint8

const (
	fromArgs source = iota
	fromBody
	wholeBody
)

type field struct {
	source       source
	name         string
	path         []string
	index        []int
	kind         reflect.Type
	decoder      bool
	nullable     bool
	required     bool
	id           bool
	legacy       bool
	fallback     string
	hasFallback  bool
	fallbackBool bool
}

var (
	decoderType = reflect.TypeFor[Decoder]()
	// refreshType is the only argument type for which null is a value.
	refreshType = reflect.TypeFor[Refresh]()
)

func compilePlan(args reflect.Type) *plan {
	if args.Kind() != reflect.Struct {
		panic("api: arguments are a struct, not " + args.String())
	}
	p := &plan{}
	p.collect(args, nil)
	return p
}

// collect adds the tagged fields of a struct. The fields of an embedded struct take the
// position of that struct. reflect.VisibleFields would take most of the time that a
// server needs to build its table, only to distinguish fields of the same name.
func (p *plan) collect(args reflect.Type, above []int) {
	p.fields = slices.Grow(p.fields, args.NumField())
	for i := range args.NumField() {
		f := args.Field(i)
		index := append(slices.Clip(above), i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			p.collect(f.Type, index)
		} else if tag, ok := f.Tag.Lookup("arg"); ok {
			p.fields = append(p.fields, newField(f, index, fromArgs, tag))
		} else if tag, ok := f.Tag.Lookup("body"); ok {
			p.fields = append(p.fields, newField(f, index, fromBody, tag))
		}
	}
}

func newField(f reflect.StructField, index []int, from source, tag string) field {
	parts := strings.Split(tag, ",")
	out := field{source: from, name: parts[0], index: index, kind: f.Type}
	out.decoder = reflect.PointerTo(f.Type).Implements(decoderType)
	out.nullable = f.Type == refreshType
	if from == fromBody {
		if out.name == "." {
			out.source = wholeBody
		}
		out.path = strings.Split(out.name, ".")
		out.name = "body." + out.name
	}
	for _, option := range parts[1:] {
		switch value, isDefault := strings.CutPrefix(option, "default="); {
		case isDefault:
			out.fallback, out.hasFallback, out.fallbackBool = value, true, value == "true"
		case option == "required":
			out.required = true
		case option == "id":
			out.id = true
		case option == "legacy":
			out.legacy = true
		default:
			panic("api: unknown option " + option + " in the tag of " + f.Name)
		}
	}
	return out
}

// decode fills args from req. In a dialect with AllViolations the error is the first
// violation, with all of them in its Errors. In Kuzzle's dialect it is the first
// violation alone.
func (p *plan) decode(req *Request, into any) error {
	var violations []*fault.Error
	args := reflect.ValueOf(into).Elem()
	for i := range p.fields {
		err := p.fields[i].decode(req, args.FieldByIndex(p.fields[i].index))
		if err == nil {
			continue
		}
		violation, ok := fault.From(err)
		if !ok || !req.dialect().AllViolations {
			return err
		}
		violations = append(violations, violation)
	}
	if p.strict != nil {
		violations = append(violations, p.strict.violations(req)...)
	}
	if len(violations) == 0 {
		return nil
	}
	if !req.dialect().AllViolations {
		return violations[0]
	}
	whole := *violations[0]
	whole.Errors = violations
	return &whole
}

func (f *field) decode(req *Request, into reflect.Value) error {
	value, given, err := f.lookup(req)
	if err != nil {
		return err
	}
	if !given {
		return f.absent(req, into)
	}
	if f.decoder {
		return into.Addr().Interface().(Decoder).Decode(f.name, value)
	}
	return f.set(req, into, value)
}

// lookup finds the raw value; given reports whether the value counts as present.
func (f *field) lookup(req *Request) (value any, given bool, err error) {
	switch f.source {
	case fromArgs:
		value, given = req.Args[f.name]
		given = value != nil || given && f.nullable
		if f.id && value == "" {
			given = false
		}
	case wholeBody:
		value, given = req.Body, req.Body != nil
		if f.required && !given {
			return nil, false, assert.BodyRequired.New()
		}
		if _, isArray := value.([]any); isArray && f.kind.Kind() == reflect.Map {
			return nil, false, assert.InvalidType.New("body", "object")
		}
	case fromBody:
		if req.Body == nil && f.required {
			return nil, false, assert.BodyRequired.New()
		}
		value, given = dig(req.BodyObject(), f.path)
	}
	return value, given, nil
}

func (f *field) absent(req *Request, into reflect.Value) error {
	if f.required {
		return assert.Missing.New(f.name)
	}
	if !f.hasFallback {
		return nil
	}
	if f.decoder {
		return into.Addr().Interface().(Decoder).Decode(f.name, f.fallback)
	}
	if f.kind.Kind() == reflect.Bool {
		into.SetBool(f.fallbackBool)
		return nil
	}
	return f.set(req, into, f.fallback)
}

func (f *field) set(req *Request, into reflect.Value, value any) error {
	switch f.kind.Kind() {
	case reflect.Interface:
		into.Set(reflect.ValueOf(&value).Elem())
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return assert.InvalidType.New(f.name, "string")
		}
		into.SetString(text)
	case reflect.Int:
		number, ok := integer(value)
		if !ok {
			return assert.InvalidType.New(f.name, "integer")
		}
		into.SetInt(number)
	case reflect.Bool:
		flag, ok := f.flag(req, value)
		if !ok {
			return assert.InvalidType.New(f.name, "boolean")
		}
		into.SetBool(flag)
	case reflect.Map:
		object, ok := value.(map[string]any)
		if !ok {
			return assert.InvalidType.New(f.name, "object")
		}
		into.Set(reflect.ValueOf(object))
	case reflect.Slice:
		return f.setSlice(req, into, value)
	default:
		panic("api: no conversion to " + f.kind.String())
	}
	return nil
}

func (f *field) setSlice(req *Request, into reflect.Value, value any) error {
	list, ok := f.list(req, value)
	if !ok {
		return assert.InvalidType.New(f.name, "array")
	}
	if f.kind.Elem().Kind() != reflect.String {
		into.Set(reflect.ValueOf(list))
		return nil
	}
	texts, ok := Strings(list)
	if !ok {
		return assert.InvalidType.New(f.name, "string[]")
	}
	into.Set(reflect.ValueOf(texts))
	return nil
}

func dig(object map[string]any, path []string) (any, bool) {
	for _, key := range path[:len(path)-1] {
		object, _ = object[key].(map[string]any)
	}
	value, ok := object[path[len(path)-1]]
	return value, ok
}
