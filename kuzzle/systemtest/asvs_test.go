package systemtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	evidencePackage = regexp.MustCompile("`([a-z0-9]+(?:/[a-z0-9]+)*)`")
	evidenceTest    = regexp.MustCompile(`Test[A-Z][A-Za-z0-9]*`)
	testFunction    = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(t \*testing\.T\)`)
)

// TestEvidence: each test that .github/ASVS.md names is in the package that it
// names before it.
func TestEvidence(t *testing.T) {
	t.Parallel()
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, ".github", "ASVS.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		for _, part := range strings.SplitAfter(line, "; ") {
			names := evidenceTest.FindAllString(part, -1)
			if len(names) == 0 {
				continue
			}
			// A part without a package of its own goes on with the last one of the line.
			packages := evidencePackage.FindAllStringSubmatch(line[:strings.Index(line, part)+len(part)], -1)
			if len(packages) == 0 {
				t.Errorf("no package before %v", names)
				continue
			}
			folder := packages[len(packages)-1][1]
			has := testsIn(t, filepath.Join(root, filepath.FromSlash(folder)))
			for _, name := range names {
				if named++; !has[name] {
					t.Errorf("%s has no %s", folder, name)
				}
			}
		}
	}
	if named < 50 {
		t.Errorf("found %d tests, want 50 or more: has the table another form?", named)
	}
}

func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range testFunction.FindAllStringSubmatch(string(text), -1) {
			has[found[1]] = true
		}
	}
	return has
}
