package compile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Prefix implements query.Translator.
func (c *Compiler) Prefix(n query.Prefix) (clause, error) {
	field, err := c.spelled(n.Field, "prefix")
	n.Value = c.spelling(n.Field, n.Value)
	switch {
	case err != nil:
		return nil, err
	case field == "":
		return nothing, nil
	case n.Value == "":
		return clause{"exists": clause{"field": field}}, nil
	case n.CaseInsensitive:
		return folded(field, append(query.Literal(n.Value), query.Part{Any: true})), nil
	}
	return clause{"prefix": clause{field: clause{"value": n.Value}}}, nil
}

// Wildcard implements query.Translator.
func (c *Compiler) Wildcard(n query.Wildcard) (clause, error) {
	field, err := c.spelled(n.Field, "wildcard")
	n.Pattern = c.spelling(n.Field, n.Pattern)
	parts := n.Parts()
	switch {
	case err != nil:
		return nil, err
	case field == "":
		return nothing, nil
	case len(parts) == 0:
		return clause{"term": clause{field: clause{"value": ""}}}, nil
	case len(parts) == 1 && parts[0].Any:
		return clause{"exists": clause{"field": field}}, nil
	case n.CaseInsensitive:
		return folded(field, parts), nil
	}
	return clause{"wildcard": clause{field: clause{"value": wildcardOf(parts)}}}, nil
}

// Contains implements query.Translator.
func (c *Compiler) Contains(n query.Contains) (clause, error) {
	text, err := n.Folded()
	if err != nil {
		return nil, err
	}
	var either []any
	for _, f := range n.Fields {
		key := mapping.Key{Area: mapping.Area(f.Area), Path: f.Path, Kind: mapping.Keyword}
		switch {
		case f.Area == query.ID && text == "":
			either = append(either, everything)
		case f.Area == query.ID:
			either = append(either, somewhere(layout.IDParts, text))
		case !mapping.ContainedKey(key):
			return nil, mapping.NotContained(f.Path)
		case text == "":
			either = append(either, clause{"exists": clause{"field": layout.AccountField(f.Path, mapping.Keyword)}})
		default:
			either = append(either, somewhere(layout.PartField(f.Path), text))
		}
	}
	if c.nested != "" {
		return nothing, nil
	}
	return anyOf(either), nil
}

// somewhere returns the query for a text within a value. A text with fewer
// characters than a word of the parts is within one of the words.
func somewhere(field, text string) clause {
	if utf8.RuneCountInString(text) >= mapping.MinPart {
		return clause{"match_phrase": clause{field: clause{"query": layout.Parts(text)}}}
	}
	parts := append([]query.Part{{Any: true}}, append(query.Literal(layout.PartsWord(text)), query.Part{Any: true})...)
	return clause{"wildcard": clause{field: clause{"value": wildcardOf(parts)}}}
}

func wildcardOf(parts []query.Part) string {
	var out strings.Builder
	for _, p := range parts {
		switch {
		case p.Any:
			out.WriteByte('*')
		case p.One:
			out.WriteByte('?')
		default:
			if strings.ContainsRune(`*?\`, p.Char) {
				out.WriteByte('\\')
			}
			out.WriteRune(p.Char)
		}
	}
	return out.String()
}

// folded returns a case-insensitive pattern. Elasticsearch itself folds ASCII
// only.
func folded(field string, parts []query.Part) clause {
	var out strings.Builder
	for _, p := range parts {
		switch {
		case p.Any:
			out.WriteString("(.|\n)*")
		case p.One:
			out.WriteString("(.|\n)")
		default:
			writeFolded(&out, p.Char)
		}
	}
	return clause{"regexp": clause{field: clause{"value": out.String(), "flags": "NONE"}}}
}

func writeFolded(out *strings.Builder, r rune) {
	for i, v := range query.Cases(r) {
		out.WriteByte("(|"[min(i, 1)])
		if v < 0x80 && !unicode.IsLetter(v) && !unicode.IsDigit(v) {
			out.WriteByte('\\')
		}
		out.WriteRune(v)
	}
	out.WriteByte(')')
}

// Match implements query.Translator.
func (c *Compiler) Match(n query.Match) (clause, error) {
	field := c.content(n.Field)
	if n.Field.Area != query.Content || field != nil && field.Kind != mapping.Text {
		return c.Terms(query.Terms{Field: n.Field, Values: []any{n.Text}})
	}
	words := mapping.Words(n.Text)
	if field == nil || len(words) == 0 || n.Needed(len(words)) > len(words) {
		return nothing, nil
	}
	should := make([]any, len(words))
	for i, word := range words {
		should[i] = clause{"term": clause{c.name(field): clause{"value": word}}}
	}
	return clause{"bool": clause{"should": should, "minimum_should_match": n.Needed(len(words))}}, nil
}

// openPhraseWords is the number of words that the prefix at the end of a phrase
// may stand for.
const openPhraseWords = 1000

// Phrase implements query.Translator.
func (c *Compiler) Phrase(n query.Phrase) (clause, error) {
	field := c.content(n.Field)
	if n.Field.Area != query.Content || field != nil && field.Kind != mapping.Text {
		if n.Prefix {
			return c.Prefix(query.Prefix{Field: n.Field, Value: n.Text})
		}
		return c.Terms(query.Terms{Field: n.Field, Values: []any{n.Text}})
	}
	words := mapping.Words(n.Text)
	if field == nil || len(words) == 0 {
		return nothing, nil
	}
	text := strings.Join(words, " ")
	if n.Prefix {
		return clause{"match_phrase_prefix": clause{c.name(field): clause{"query": text, "max_expansions": openPhraseWords}}}, nil
	}
	return clause{"match_phrase": clause{c.name(field): clause{"query": text}}}, nil
}
