package pictures_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// TestLogos checks that a logo shares its blob with a user's equal picture, and that the upkeep
// keeps both and removes the logo of a deleted organization.
func TestLogos(t *testing.T) {
	p := newPainter(t, "anna")
	o, err := p.Organizations.Create(t.Context(), accountstest.Admin, organizations.NewOrganization{Name: "Acme", CreatedBy: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	picture := png("both", pictureSize)
	p.set(t, "anna", picture)
	if _, err := p.Logos.Set(t.Context(), accountstest.Admin, o.ID, bytes.NewReader(picture)); err != nil {
		t.Fatal(err)
	}
	logo := func() (has users.Picture, err error) {
		has, _, err = p.Logos.Open(t.Context(), o.ID, func(users.Picture) bool { return true })
		return has, err
	}
	upkeep := func(want int) {
		t.Helper()
		p.Advance(forgotten)
		if removed, err := p.Pictures.Upkeep(t.Context()); err != nil || removed != want {
			t.Errorf("removed %d, %v, want %d", removed, err, want)
		}
	}
	upkeep(0)
	p.wantStored(t, "shared", 3)
	p.wantShown(t, "anna", picture)
	if has, err := logo(); err != nil || has.Type != "image/png" {
		t.Errorf("the logo is %v, %v", has, err)
	}
	if err := p.Pictures.Delete(t.Context(), accountstest.Admin, "anna"); err != nil {
		t.Fatal(err)
	}
	upkeep(0)
	p.wantStored(t, "the logo alone", 3)
	if _, err := p.Organizations.Delete(t.Context(), accountstest.Admin, o.ID); err != nil {
		t.Fatal(err)
	}
	upkeep(1)
	p.wantStored(t, "after its organization was deleted", 0)
	if _, err := logo(); !errors.Is(err, organizations.ErrNotFound) {
		t.Errorf("the logo of a deleted organization: %v", err)
	}
	if _, err := p.Logos.Set(t.Context(), accountstest.Admin, o.ID, bytes.NewReader(picture)); !errors.Is(err, organizations.ErrNotFound) {
		t.Errorf("a logo for a deleted organization: %v", err)
	}
	p.wantStored(t, "after a refusal", 0)
}
