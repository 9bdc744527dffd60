package query

import (
	"regexp"
	"regexp/syntax"
)

// maxProgram is how many steps a regular expression may compile to.
const maxProgram = 1000

// syntaxOf is the syntax of patterns: RE2's, without classes of Unicode, and with a dot
// for every character.
const syntaxOf = syntax.Perl&^syntax.UnicodeGroups | syntax.DotNL

// Tree is the pattern taken apart. Faults: ErrBadRequest for what is no pattern, and for
// the ends of a line, a text or a word, since a pattern is about the whole value;
// ErrTooComplex.
func (r Regexp) Tree() (*syntax.Regexp, error) {
	flags := syntaxOf
	if r.CaseInsensitive {
		flags |= syntax.FoldCase
	}
	tree, err := syntax.Parse(r.Pattern, flags)
	if err != nil {
		return nil, ErrBadRequest.New("the pattern of a regexp has to be one of RE2's, without \\p").Because(err)
	}
	if !wholeValue(tree) {
		return nil, ErrBadRequest.New("the pattern of a regexp is about the whole value: leave out ^, $ and \\b")
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > maxProgram {
		return nil, ErrTooComplex.New("steps of a regexp", maxProgram)
	}
	return tree, nil
}

func wholeValue(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpNoMatch:
		return false
	}
	for _, part := range tree.Sub {
		if !wholeValue(part) {
			return false
		}
	}
	return true
}

// Compile makes what tells whether a value fits, in time that grows with the value and
// the pattern alone. Faults: those of Tree.
func (r Regexp) Compile() (*regexp.Regexp, error) {
	if _, err := r.Tree(); err != nil {
		return nil, err
	}
	flags := "s"
	if r.CaseInsensitive {
		flags = "si"
	}
	return regexp.Compile(`\A(?` + flags + `:` + r.Pattern + `)\z`)
}

// regexp reads {"<field>": "pattern"} and {"<field>": {"value": "pattern"}}.
func (p *parser) regexp(v any) (Node, error) {
	f := form{used: []string{"value", "case_insensitive"}, ignored: []string{"flags", "max_determinized_states", "rewrite"}}
	field, pattern, fold, err := p.spelled(v, f, "value")
	if err != nil {
		return nil, err
	}
	if len(pattern) > p.limits.Pattern {
		return nil, ErrTooComplex.New("bytes in the pattern of "+p.where(), p.limits.Pattern)
	}
	node := Regexp{Field: field, Pattern: pattern, CaseInsensitive: fold}
	if _, err := node.Tree(); err != nil {
		return nil, err
	}
	return node, p.count(1)
}
