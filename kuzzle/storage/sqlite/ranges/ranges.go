package ranges

import (
	"math/bits"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Range is one index range.
type Range struct {
	SQL  string
	Args []any
	// Distinct means that it returns no document twice.
	Distinct bool
}

// First returns the beginning of a range.
func (r Range) First(rows int64) Range {
	r.SQL, r.Args = "SELECT * FROM ("+r.SQL+" LIMIT ?)", append(append([]any{}, r.Args...), rows)
	return r
}

// maxPoints is the maximum number of single values in one statement.
const maxPoints = 256

// Of returns the index ranges of the spans, with single values combined.
func Of(sql, column string, args []any, spans []mapping.Span) []Range {
	var parts []Range
	var single []any
	flush := func() {
		if len(single) == 0 {
			return
		}
		distinct := len(single) == 1
		// Few shapes of statement: the number of parameters is a power of two.
		places := 1 << bits.Len(uint(len(single)-1))
		for len(single) < places {
			single = append(single, single[0])
		}
		in := sql + " AND " + column + " IN (?" + strings.Repeat(",?", places-1) + ")"
		parts = append(parts, Range{SQL: in, Args: append(append([]any{}, args...), single...), Distinct: distinct})
		single = nil
	}
	for _, s := range spans {
		if s.Low != nil && s.Low == s.High && !s.LowOpen && !s.HighOpen {
			if single = append(single, s.Low); len(single) == maxPoints {
				flush()
			}
			continue
		}
		parts = append(parts, ofSpan(sql, column, args, s))
	}
	flush()
	return parts
}

func ofSpan(sql, column string, args []any, s mapping.Span) Range {
	r := Range{SQL: sql, Args: append([]any{}, args...)}
	if s.Low != nil {
		r.SQL += " AND " + column + map[bool]string{false: ">=?", true: ">?"}[s.LowOpen]
		r.Args = append(r.Args, s.Low)
	}
	if s.High != nil {
		r.SQL += " AND " + column + map[bool]string{false: "<=?", true: "<?"}[s.HighOpen]
		r.Args = append(r.Args, s.High)
	}
	return r
}

// Together returns the SQL that returns each document of some ranges once, and its
// arguments.
func Together(parts []Range) (string, []any) {
	if len(parts) == 1 {
		part := parts[0]
		if part.Distinct {
			return part.SQL, part.Args
		}
		return "SELECT DISTINCT doc FROM (" + part.SQL + ")", part.Args
	}
	var sql []string
	var args []any
	for _, part := range parts {
		sql = append(sql, part.SQL)
		args = append(args, part.Args...)
	}
	return strings.Join(sql, " UNION "), args
}
