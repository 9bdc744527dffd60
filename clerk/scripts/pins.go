package scripts

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Package is a version of a package.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// String returns the package as npm writes it.
func (p Package) String() string { return p.Name + "@" + p.Version }

// scope is the part before the slash in the names of all packages.
const scope = "@clerk"

// Names are the packages that pages load.
var Names = []string{scope + "/clerk-js", scope + "/ui"}

// pin is a package whose digest is known, in the form of npm's lock files.
type pin struct {
	Package
	integrity string
}

// pins are the packages that the tests use; Latest are the first ones.
var pins = []pin{
	{Package{Names[0], "6.40.0"}, "sha512-2MnZ/ygvuCmeuqfXQmsxfQaLN/SSJvQbtT2cLXbgr5VKr3KmZFZBVvX977fG3eZ6pprl4J9pO+I2bbe6BvColg=="},
	{Package{Names[1], "1.36.0"}, "sha512-uI96zYCh5jISLOt1mdpIPy/Y31P0kwFxjUFOxLUwFfTHFmGUcRjbqN6bbb+75tdI2Bz6ARGws3rhspDer+xIfQ=="},
	{Package{Names[0], "5.128.0"}, "sha512-aw8USKnrZVPOqJfp1eKpbaQL+jUYkXJn/v3XdBslfT4jXEUIqkyITmlgY8bA9GqVF7xGcr+m/HJTpgvGbtIvXA=="},
}

// Latest returns the newest pinned version of each package.
func Latest() []Package { return []Package{pins[0].Package, pins[1].Package} }

// Pinned returns the pinned packages.
func Pinned() []Package {
	all := make([]Package, len(pins))
	for i, p := range pins {
		all[i] = p.Package
	}
	return all
}

// version matches exact versions.
var version = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z][0-9A-Za-z.-]{0,63})?$`)
})

// Parse reads a package as npm writes it, with an exact version.
func Parse(text string) (p Package, ok bool) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return p, false
	}
	p = Package{Name: text[:at], Version: text[at+1:]}
	return p, slices.Contains(Names, p.Name) && version().MatchString(p.Version)
}

// released reports whether a version is not one before a release.
func (p Package) released() bool { return !strings.Contains(p.Version, "-") }

// compare orders the released versions of a package.
func compare(a, b Package) int {
	of, than := version().FindStringSubmatch(a.Version), version().FindStringSubmatch(b.Version)
	for i := 1; i <= 3; i++ {
		x, _ := strconv.Atoi(of[i]) // the expression matched
		y, _ := strconv.Atoi(than[i])
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return 0
}
