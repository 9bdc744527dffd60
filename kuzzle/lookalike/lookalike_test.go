package lookalike_test

import (
	"testing"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/lookalike"
)

func TestSkeleton(t *testing.T) {
	for _, test := range []struct{ given, want string }{
		{"admin", "admin"}, {"tom", "tom"}, {"torn", "torn"}, {"l1I|0O", "l1I|0O"},
		{"\u0430dmin", "admin"},                      // Cyrillic a
		{"p\u0430yp\u0430l", "paypal"},               //
		{"\u0441\u043e\u0441\u043e", "coco"},         // Cyrillic throughout
		{"\u03bfmega", "omega"},                      // Greek omicron
		{"adm\u0131n", "admin"},                      // dotless i
		{"\u0251dmin", "admin"},                      // Latin alpha
		{"r\u00e9sum\u00e9", "r\u00e9sum\u00e9"},     // accents stay
		{"\u65e5\u672c\u8a9e", "\u65e5\u672c\u8a9e"}, // Japanese
		{"\ud55c\uad6d\uc5b4", "\ud55c\uad6d\uc5b4"}, // Korean
		{"to\U00011700", "tom"},                      // a character that looks like m counts as m
	} {
		if got := lookalike.Skeleton(test.given); got != test.want {
			t.Errorf("%q: got %q, want %q", test.given, got, test.want)
		}
	}
	if got := lookalike.SkeletonAsGiven("\u0399\u0392\u039c"); got != "IBM" {
		t.Errorf("Greek capitals: got %q, want IBM", got)
	}
}

func TestMixed(t *testing.T) {
	for _, test := range []struct {
		text string
		want bool
	}{
		{"admin", false}, {"J\u00fcrgen M\u00fcller-42", false}, {"\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432", false},
		{"\u039d\u03af\u03ba\u03bf\u03c2", false}, {"\u65e5\u672c\u306e\u30e6\u30fc\u30b6\u30fctaro", false}, {"\uae40\ucca0\uc218 kim", false},
		{"\u738b\u5c0f\u660e wang", false}, {"\u0645\u062d\u0645\u062f", false}, {"\u05d3\u05d5\u05d3", false}, {"\u0e2a\u0e21\u0e0a\u0e32\u0e22", false},
		{"\u0930\u093e\u092e", false}, {"\u0411\u043e\u0440\u0438\u0441-7", false},
		{"\u0430dmin", true}, {"\u0392ob", true}, {"\u0418\u0432a\u043d", true}, {"\u03b1\u0430", true}, {"\u306e\u0430", true},
	} {
		if got := lookalike.Mixed(test.text); got != test.want {
			t.Errorf("%q: got %v, want %v", test.text, got, test.want)
		}
	}
}

// TestASCIIStays: no character that everybody types is another one.
func TestASCIIStays(t *testing.T) {
	for r := rune(0); r < unicode.MaxASCII; r++ {
		if got := lookalike.Skeleton(string(r)); got != string(r) {
			t.Errorf("%q became %q", r, got)
		}
	}
}
