package config

// Source is a kind of place that values come from.
type Source string

// The sources; each wins over those before it.
const (
	FromDefault Source = "default"
	FromFile    Source = "file"
	FromEnv     Source = "env"
	FromFlag    Source = "flag"
	// FromProgram is a program that embeds the server.
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

// Origin tells where a value came from.
type Origin struct {
	Source Source
	// Name is the file's name, the variable or the flag; empty for a default.
	Name string
	// As is the path it was given under when that is not its own.
	As string
}

// String writes an origin as "env KUZZLE_DATA".
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

// Origins tells for the path of each key that is not at its default where its
// value came from; keys below a free section have entries of their own, such
// as strategies.local.requirePassword. A missing entry is a default.
type Origins map[string]Origin
