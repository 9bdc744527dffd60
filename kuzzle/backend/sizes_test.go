package backend_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Limits for a reader's memory: the methods of one type, and the lines of one
// package without its tests.
const (
	mostMethods = 40
	mostLines   = 5000
)

// TestSizes checks every type and every package against these limits.
func TestSizes(t *testing.T) {
	methods, lines := sizes(t)
	hold(t, "methods", methods, mostMethods)
	hold(t, "lines", lines, mostLines)
}

// hold compares sizes with a bound.
func hold(t *testing.T, what string, sizes map[string]int, most int) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		if sizes[name] > most {
			t.Errorf("%s has %d %s, and at most %d fit in a head: split it along its seams", name, sizes[name], what, most)
		}
	}
}

// sizes counts the methods of each type and the lines of each package, tests aside.
func sizes(t *testing.T) (methods, lines map[string]int) {
	t.Helper()
	methods, lines = map[string]int{}, map[string]int{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root && (strings.HasPrefix(name, ".") || name == "testdata" || nested(file)):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder := path.Dir(strings.TrimPrefix(filepath.ToSlash(file), root+"/"))
		lines[folder] += bytes.Count(text, []byte("\n"))
		for _, declared := range parsed.Decls {
			if f, is := declared.(*ast.FuncDecl); is && f.Recv != nil {
				methods[folder+"."+receiver(f.Recv.List[0].Type)]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return methods, lines
}

// receiver is the name of a method's type.
func receiver(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.StarExpr:
		return receiver(of.X)
	case *ast.IndexExpr:
		return receiver(of.X)
	case *ast.IndexListExpr:
		return receiver(of.X)
	case *ast.Ident:
		return of.Name
	}
	return ""
}
