package kinds

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// TestReadMembersAreKnown compares the lists with the structs that the importer decodes a user into.
func TestReadMembersAreKnown(t *testing.T) {
	decoders := map[string]string{
		"decodeAuth0": "auth0", "clerkUser": Clerk, "cognitoObjects": "cognito", "decodeFirebase": "firebase", "decodeKeycloak": "keycloak", "decodeKratos": "kratos",
		"decodeKuzzleUser": Kuzzle,
	}
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			name := ""
			switch n := n.(type) {
			case *ast.FuncDecl:
				name = n.Name.Name
			case *ast.TypeSpec:
				name = n.Name.Name
			}
			format := decoders[name]
			delete(decoders, name)
			if format == "" {
				return true
			}
			for _, name := range read(t, n) {
				if !Knows(format)(name) {
					t.Errorf("%s: %s is read, and not in the list", format, name)
				}
			}
			return false
		})
	}
	if len(decoders) > 0 {
		t.Errorf("there are no decoders %v", slices.Sorted(maps.Keys(decoders)))
	}
}

// read returns the names of the members of a type, or of a decoder's variable u.
func read(t *testing.T, decoder ast.Node) (names []string) {
	t.Helper()
	ast.Inspect(decoder, func(n ast.Node) bool {
		var of ast.Expr
		switch n := n.(type) {
		case *ast.TypeSpec:
			if n == decoder {
				of = n.Type
			}
		case *ast.ValueSpec:
			if n.Names[0].Name == "u" {
				of = n.Type
			}
		}
		object, is := of.(*ast.StructType)
		if !is {
			return true
		}
		for _, member := range object.Fields.List {
			tag := ""
			if member.Tag != nil {
				text, err := strconv.Unquote(member.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				tag = reflect.StructTag(text).Get("json")
			}
			for _, name := range member.Names {
				if tag != "" {
					names = append(names, tag)
				} else {
					names = append(names, name.Name)
				}
			}
		}
		return false
	})
	return names
}

func TestKnows(t *testing.T) {
	for name, want := range map[string]bool{"email_verified": true, "Email Verified": true, "EMAIL": true, "last_ip": false, "": false} {
		if got := Knows("auth0")(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
	if Knows("csv") != nil {
		t.Error("a table has a list")
	}
}
