package query

import "testing"

// TestReaderNamesPlaces tests that a fault names the position of the value, and
// that limits count over the whole request.
func TestReaderNamesPlaces(t *testing.T) {
	p := &reader{limits: Limits{Depth: 1, Clauses: 2, Text: 3}}
	leave, err := p.enter("terms")
	if err != nil {
		t.Fatal(err)
	}
	back := p.step("[1]")
	if _, err := p.text(7.0); err == nil || err.Error() != ErrBadRequest.New("terms[1] has to be a string").Error() {
		t.Errorf("a number for a text: %v", err)
	}
	_, err = p.text("long")
	checkFault(t, "a long text", err, ErrTooComplex, "bytes in terms[1]", 3)
	_, err = p.enter("bool")
	checkFault(t, "a clause too deep", err, ErrTooComplex, "clauses inside clauses", 1)
	back()
	leave()
	if _, err := p.enter("bool"); err != nil {
		t.Errorf("a clause beside the first: %v", err)
	}
	if err := p.count(2); err != nil {
		t.Error(err)
	}
	checkFault(t, "a third condition", p.count(1), ErrTooComplex, "clauses", 2)
}

// TestFieldReaderStaysInside holds that inside nested only fields of that path are
// named.
func TestFieldReaderStaysInside(t *testing.T) {
	p := newParser(people, DefaultLimits())
	p.nested = "policies.restrictedTo"
	if f, err := p.field("policies.restrictedTo.index"); err != nil || f != content("policies.restrictedTo.index") {
		t.Errorf("a field inside: %v, %v", f, err)
	}
	_, err := p.field("tag")
	checkFault(t, "a field outside", err, ErrBadRequest, `query names "tag", which is not inside "policies.restrictedTo"`)
}
