package results

import "github.com/ncruces/go-sqlite3"

// Value returns the value of a column.
func Value(s *sqlite3.Stmt, col int) any {
	switch s.ColumnType(col) {
	case sqlite3.INTEGER:
		return s.ColumnInt64(col)
	case sqlite3.FLOAT:
		return s.ColumnFloat(col)
	case sqlite3.NULL:
		return nil
	}
	return s.ColumnText(col)
}
