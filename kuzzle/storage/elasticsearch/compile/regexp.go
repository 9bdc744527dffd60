package compile

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Regexp implements query.Translator. The tree of the pattern is written in Lucene's
// syntax, which has other shorthands.
func (c *Compiler) Regexp(n query.Regexp) (clause, error) {
	tree, err := n.Tree()
	if err != nil {
		return nil, err
	}
	field, err := c.spelled(n.Field, "regexp")
	if err != nil {
		return nil, err
	}
	if field == "" {
		return nothing, nil
	}
	var out strings.Builder
	writeTree(&out, tree)
	return clause{"regexp": clause{field: clause{"value": out.String(), "flags": "NONE"}}}, nil
}

// anyCharacter is one character, a line's end too.
const anyCharacter = "(.|\n)"

func writeTree(out *strings.Builder, tree *syntax.Regexp) {
	switch tree.Op {
	case syntax.OpEmptyMatch:
		out.WriteString("()")
	case syntax.OpLiteral:
		for _, r := range tree.Rune {
			if tree.Flags&syntax.FoldCase != 0 {
				writeFolded(out, r)
			} else {
				writePlain(out, r)
			}
		}
	case syntax.OpCharClass:
		writeClass(out, tree.Rune)
	case syntax.OpAnyChar:
		out.WriteString(anyCharacter)
	case syntax.OpAnyCharNotNL:
		out.WriteString("[^\n]")
	case syntax.OpConcat:
		for _, part := range tree.Sub {
			writeGroup(out, part)
		}
	case syntax.OpAlternate:
		out.WriteByte('(')
		for i, part := range tree.Sub {
			if i > 0 {
				out.WriteByte('|')
			}
			writeGroup(out, part)
		}
		out.WriteByte(')')
	default:
		writeGroup(out, tree.Sub[0])
		out.WriteString(times(tree))
	}
}

func writeGroup(out *strings.Builder, tree *syntax.Regexp) {
	out.WriteByte('(')
	writeTree(out, tree)
	out.WriteByte(')')
}

// times is how often what stands before it may be there.
func times(tree *syntax.Regexp) string {
	switch tree.Op {
	case syntax.OpStar:
		return "*"
	case syntax.OpPlus:
		return "+"
	case syntax.OpQuest:
		return "?"
	case syntax.OpRepeat:
		most := ""
		if tree.Max >= 0 {
			most = strconv.Itoa(tree.Max)
		}
		return "{" + strconv.Itoa(tree.Min) + "," + most + "}"
	}
	return "" // a group
}

func writePlain(out *strings.Builder, r rune) {
	if r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		out.WriteByte('\\')
	}
	out.WriteRune(r)
}

// writeClass writes pairs of the first and the last characters of ranges.
func writeClass(out *strings.Builder, ranges []rune) {
	out.WriteByte('[')
	for i := 0; i+1 < len(ranges); i += 2 {
		writePlain(out, ranges[i])
		if ranges[i] < ranges[i+1] {
			out.WriteByte('-')
			writePlain(out, ranges[i+1])
		}
	}
	out.WriteByte(']')
}

// Fuzzy implements query.Translator.
func (c *Compiler) Fuzzy(n query.Fuzzy) (clause, error) {
	field, err := c.spelled(n.Field, "fuzzy")
	switch {
	case err != nil:
		return nil, err
	case field == "":
		return nothing, nil
	}
	n.Value = c.spelling(n.Field, n.Value)
	if n.Edits == 0 {
		return clause{"term": clause{field: clause{"value": n.Value}}}, nil
	}
	return clause{"fuzzy": clause{field: clause{
		"value": n.Value, "fuzziness": n.Edits, "prefix_length": n.Prefix, "transpositions": n.Transpositions, "rewrite": "constant_score",
	}}}, nil
}

// spelling is how a text is compared with a field.
func (c *Compiler) spelling(f query.Field, text string) string {
	if f.Area != query.Content {
		return text
	}
	return c.Schema.Spelling(f.Path, text)
}
