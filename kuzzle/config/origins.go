package config

// Source is a kind of source of values.
type Source string

// The sources. Each wins over the ones before it.
const (
	FromDefault Source = "default"
	FromFile    Source = "file"
	FromEnv     Source = "env"
	FromFlag    Source = "flag"
	// FromProgram means a program that embeds the server.
	FromProgram Source = "program"
)

func (s Source) rank() int {
	switch s {
	case FromFile:
		return 1
	case FromEnv:
		return 2
	case FromFlag:
		return 3
	}
	return 0
}

// Origin is the source of a value.
type Origin struct {
	Source Source
	// Name is the name of the file, the variable or the flag; empty for a
	// default.
	Name string
	// As is the path under which it was given, if that is not the key's own.
	As string
}

// String returns an origin in the form "env KUZZLE_DATA".
func (o Origin) String() string {
	text := string(o.Source)
	if text == "" {
		text = string(FromDefault)
	}
	if o.Name != "" {
		text += " " + o.Name
	}
	if o.As != "" {
		text += " (" + o.As + ")"
	}
	return text
}

// Origins maps the path of each key that is not at its default to the source of
// its value. Keys below a free section have their own entries, such as
// strategies.local.requirePassword. A missing entry is a default.
type Origins map[string]Origin
