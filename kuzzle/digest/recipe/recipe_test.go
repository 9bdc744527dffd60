package recipe

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"md5(password)": "md5(password)",
		"  MD5 ( concat( Password ,'a, (b)',\t\"it's\" , 12))\n":             `md5(concat(password, 'a, (b)', "it's", 12))`,
		"bcrypt(base64(hmac-sha512(pepper, password)))":                      "bcrypt(base64(hmac_sha512(pepper, password)))",
		"f(_a1, x_y, 9223372036854775807, 99999999999999999999999999999999)": "f(_a1, x_y, 9223372036854775807, 9223372036854775807)",
	} {
		p, err := Parse(text)
		if err != nil || p.String() != want {
			t.Errorf("%q: %v, %v", text, p, err)
			continue
		}
		again, err := Parse(p.String())
		if err != nil || again.String() != want {
			t.Errorf("%q is read as %v, %v", p, again, err)
		}
	}
	p, err := Parse("md5(concat('hush', password))")
	if err != nil || p.Shown() != "md5(concat('…', password))" || p.Args[0].At != 5 || p.Args[0].Args[0].Text != "hush" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestFaults(t *testing.T) {
	for text, at := range map[string]int{
		"": 1, "  ": 3, "password": 1, "'text'": 1, "5": 1, "md5": 1, "md5(": 5, "md5()": 5, "md5(a": 6, "md5(a b)": 7, "md5(a,)": 7,
		"md5(a))": 7, "md5('a)": 5, "é(a)": 1, "md5('é', é)": 10, "md5(+a)": 5, "md5(\x00)": 5, "md5(a)\x00": 7,
		"md5(\xff)": 0, strings.Repeat("x", MaxText+1): 0,
		strings.Repeat("a(", MaxDepth+1) + "b" + strings.Repeat(")", MaxDepth+1): 2*MaxDepth + 1,
		"a(" + strings.Repeat("b,", MaxParts) + "b)":                             2*MaxParts + 1,
	} {
		_, err := Parse(text)
		var fault *Error
		if !errors.As(err, &fault) || fault.At != at {
			t.Errorf("%.20q: %v, want position %d", text, err, at)
		}
	}
	if _, err := Parse(strings.Repeat("a(", MaxDepth) + "b" + strings.Repeat(")", MaxDepth)); err != nil {
		t.Errorf("%d calls: %v", MaxDepth, err)
	}
}

// FuzzParse: a recipe is bounded, and reads the same when it is written again. A text that is
// no recipe has a reason.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"bcrypt(base64(hmac_sha512(pepper, password)))", "md5(concat(hex(md5(password)), salt))", "sha1(concat('a\"b', \"it's\", password))",
		"scrypt(password, unhex(salt), 16384, 8, 1, 64)", "md5(password", "md5('a)", "a(b,c(d,e(f))) g", "1", "md5(99999999999999999999)",
		strings.Repeat("hex(", 70) + "password" + strings.Repeat(")", 70), "concat(" + strings.Repeat("a,", 200) + "b)", "\xff(", "A-B ( C_D )",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		var fault *Error
		switch {
		case err != nil && (!errors.As(err, &fault) || fault.Reason == "" || p != nil):
			t.Fatalf("%v with the error %v", p, err)
		case err != nil:
			return
		}
		parts, depth := count(p, 1)
		if parts > MaxParts || depth > MaxDepth+1 || p.Kind != Call {
			t.Fatalf("%d parts, depth %d", parts, depth)
		}
		again, err := Parse(p.String())
		if len(p.String()) > MaxText {
			return // blanks were left out, and others put in
		}
		if err != nil || again.String() != p.String() || !reflect.DeepEqual(shape(again), shape(p)) {
			t.Fatalf("%q is read as %v, %v", p.String(), again, err)
		}
	})
}

func count(p *Part, at int) (parts, depth int) {
	parts, depth = 1, at
	for _, arg := range p.Args {
		more, deeper := count(arg, at+1)
		parts, depth = parts+more, max(depth, deeper)
	}
	return parts, depth
}

// shape is a recipe without positions.
func shape(p *Part) any {
	list := []any{p.Kind, p.Name, p.Text, p.Number}
	for _, arg := range p.Args {
		list = append(list, shape(arg))
	}
	return list
}
