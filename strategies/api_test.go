package strategies_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the api.txt files anew")

// surfaces lists the packages that other programs build on, by the folder of their api.txt.
var surfaces = map[string][]string{
	".":                 {".", "strategytest"},
	"../kuzzle/api":     {"."},
	"../kuzzle/backend": {"."},
	"../kuzzle/storage": {".", "storagetest"},
}

// TestAPI compares the exported declarations of these packages with their api.txt files, so that no
// change goes unnoticed. After an intended change, update the files with
//
//	go test ./strategies -run TestAPI -update
func TestAPI(t *testing.T) {
	for folder, packages := range surfaces {
		var lines []string
		for _, dir := range packages {
			lines = append(lines, exported(t, filepath.Join(folder, dir))...)
		}
		slices.Sort(lines)
		got := strings.Join(lines, "\n") + "\n"
		golden := filepath.Join(folder, "api.txt")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("the API differs from %s (-api.txt +code); if that is meant: go test ./strategies -run TestAPI -update\n%s", golden, diff)
		}
	}
}

// exported lists a package's exported declarations, one a line.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			for _, line := range describe(decl) {
				lines = append(lines, "pkg "+file.Name.Name+", "+line)
			}
		}
	}
	return lines
}

func describe(decl ast.Decl) []string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return describeFunc(decl)
	case *ast.GenDecl:
		var lines []string
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				lines = append(lines, describeType(spec)...)
			case *ast.ValueSpec:
				lines = append(lines, describeValues(decl.Tok, spec)...)
			}
		}
		return lines
	}
	return nil
}

func describeFunc(decl *ast.FuncDecl) []string {
	if !decl.Name.IsExported() {
		return nil
	}
	signature := strings.TrimPrefix(source(decl.Type), "func")
	if decl.Recv == nil {
		return []string{"func " + decl.Name.Name + signature}
	}
	receiver := source(decl.Recv.List[0].Type)
	if !ast.IsExported(strings.TrimPrefix(receiver, "*")) {
		return nil
	}
	return []string{"method (" + receiver + ") " + decl.Name.Name + signature}
}

func describeValues(kind token.Token, spec *ast.ValueSpec) []string {
	var lines []string
	for i, name := range spec.Names {
		if !name.IsExported() {
			continue
		}
		line := kind.String() + " " + name.Name
		if spec.Type != nil {
			line += " " + source(spec.Type)
		}
		if i < len(spec.Values) {
			line += " = " + source(spec.Values[i])
		}
		lines = append(lines, line)
	}
	return lines
}

func describeType(spec *ast.TypeSpec) []string {
	if !spec.Name.IsExported() {
		return nil
	}
	head := "type " + spec.Name.Name + parameters(spec.TypeParams)
	if spec.Assign.IsValid() {
		head += " ="
	}
	var kind string
	var members *ast.FieldList
	switch of := spec.Type.(type) {
	case *ast.StructType:
		kind, members = " struct", of.Fields
	case *ast.InterfaceType:
		kind, members = " interface", of.Methods
	default:
		return []string{head + " " + source(of)}
	}
	lines := []string{head + kind}
	for _, member := range members.List {
		of := source(member.Type)
		if member.Tag != nil {
			of += " " + member.Tag.Value
		}
		if len(member.Names) == 0 {
			lines = append(lines, fmt.Sprintf("%s%s, embeds %s", head, kind, of))
		}
		for _, name := range member.Names {
			if name.IsExported() {
				lines = append(lines, fmt.Sprintf("%s%s, %s %s", head, kind, name.Name, strings.TrimPrefix(of, "func")))
			}
		}
	}
	return lines
}

// source prints an expression on one line.
func source(node any) string {
	var out bytes.Buffer
	if err := printer.Fprint(&out, token.NewFileSet(), node); err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// parameters returns the type parameters of a generic type, or "" if it has none.
func parameters(list *ast.FieldList) string {
	if list == nil {
		return ""
	}
	var all []string
	for _, field := range list.List {
		for _, name := range field.Names {
			all = append(all, name.Name+" "+source(field.Type))
		}
	}
	return "[" + strings.Join(all, ", ") + "]"
}
