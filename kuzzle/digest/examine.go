package digest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Report describes a text that may be a digest. It contains no part of the text.
type Report struct {
	// Ambiguous is set if an import needs the hasher's name.
	Ambiguous bool `json:"ambiguous"`
	// Advice is the next step in words.
	Advice string `json:"advice"`
	// Candidates are the possible formats, the most likely first.
	Candidates []Finding `json:"candidates"`
}

// Finding is one format that a text may be of.
type Finding struct {
	Hasher     string         `json:"hasher"`
	Parameters map[string]any `json:"parameters,omitempty"`
	Strength   Strength       `json:"strength,omitempty"`
	// NeedsName is set if an import uses this format only by its name.
	NeedsName bool `json:"needsName,omitempty"`
	// Problem is the reason why it cannot be imported in this format.
	Problem string `json:"problem,omitempty"`
}

// Examine describes the digests that a text may be, without hashing.
func Examine(text string, most Ceilings) Report {
	text = Tidy(text)
	report := Report{Candidates: []Finding{}}
	for _, c := range Identify(text, most) {
		finding := Finding{Hasher: c.Format.Name(), NeedsName: c.Claim == NeedsName}
		if failure, ok := fault.From(c.Problem); ok {
			finding.Problem = failure.Message()
		} else {
			described := c.Digest.Describe()
			finding.Parameters, finding.Strength = described.Parameters, described.Strength
		}
		report.Candidates = append(report.Candidates, finding)
	}
	report.advise(text, most)
	return report
}

func (r *Report) advise(text string, most Ceilings) {
	d, err := Guess(text, most)
	failure, failed := fault.From(err)
	switch {
	case err == nil:
		r.Advice = "This is " + d.Describe().Hasher + "."
	case failed && failure.Kind == ErrAmbiguous:
		r.Ambiguous = true
		r.Advice = fmt.Sprintf("%s: %s? Say which by naming the hasher.", shape(text), strings.Join(r.likely(), " or "))
	case failed:
		r.Advice = failure.Message()
	}
}

func (r *Report) likely() []string {
	var names []string
	for _, c := range r.Candidates {
		if c.Problem == "" && !c.NeedsName {
			names = append(names, c.Hasher)
		}
	}
	return names
}

// shape describes a text without showing it.
func shape(text string) string {
	count := utf8.RuneCountInString(text)
	if only(text, hexDigits) {
		return fmt.Sprintf("%d hex digits", count)
	}
	return fmt.Sprintf("%d characters", count)
}

// Importable reports whether some format reads the text.
func (r *Report) Importable() bool {
	for _, c := range r.Candidates {
		if c.Problem == "" {
			return true
		}
	}
	return false
}
