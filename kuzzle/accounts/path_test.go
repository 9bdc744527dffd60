package accounts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestACreationIsReadInFourFiles checks that the functions which create a user, from the controller
// down, are in the four files that the package's documentation names.
func TestACreationIsReadInFourFiles(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for file, functions := range map[string][]string{
		"credentials/create.go": {"Create", "Plan", "newKuid", "check", "CredentialsOf", "Probing", "Seal", "sealOne"},
		"users/new.go":          {"NewUser", "profileIDs", "FreshUser", "ProfileList", "source"},
		"attempts/attempt.go":   {"HashingFor", "Hash"},
		"users/commit.go":       {"Commit", "Prepare", "document", "account", "contained", "write", "ExplainRefusal"},
	} {
		if !strings.Contains(string(doc), file) {
			t.Errorf("doc.go does not name %s", file)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, declared := range parsed.Decls {
			if f, is := declared.(*ast.FuncDecl); is {
				there[f.Name.Name] = true
			}
		}
		for _, name := range functions {
			if !there[name] {
				t.Errorf("%s does not hold %s, which a creation passes", file, name)
			}
		}
	}
}
