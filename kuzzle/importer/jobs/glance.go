package jobs

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// glanced is the number of rows in a preview.
const glanced = 10

// Glimpse is a preview of a file, made from its beginning.
type Glimpse struct {
	// Format is a name of importer.Formats.
	Format string `json:"format"`
	// Rows are the first rows as the format reads them, without secrets.
	Rows []Glimpsed `json:"rows"`
	// Unused are columns that an import would leave out.
	Unused []string `json:"unused,omitempty"`
}

// Glimpsed is a row. Fields that the file does not have are left out.
type Glimpsed struct {
	Row      int64    `json:"row"`
	ID       string   `json:"id,omitempty"`
	Username string   `json:"username,omitempty"`
	Emails   []string `json:"emails,omitempty"`
	Phones   []string `json:"phones,omitempty"`
	// Password is digest, plain or none; Hasher is the digest's format if the file names it.
	Password string   `json:"password"`
	Hasher   string   `json:"hasher,omitempty"`
	Profiles []string `json:"profiles,omitempty"`
	Roles    []string `json:"roles,omitempty"`
	// Factors is set for a user with a second factor.
	Factors  bool `json:"factors,omitempty"`
	Disabled bool `json:"disabled,omitempty"`
	// Other is set for a row that is not a user, such as an organization.
	Other bool `json:"other,omitempty"`
	// Problem is the reason why the row could not be imported as it is.
	Problem string `json:"problem,omitempty"`
}

// Recognise previews a file from its beginning and imports nothing. Errors: ErrSize,
// ErrOption, ErrFile.
func (j *Jobs) Recognise(ctx context.Context, head []byte, o importer.Options) (Glimpse, error) {
	if len(head) > importer.MaxGlance {
		return Glimpse{}, ErrSize.New(importer.MaxGlance)
	}
	if err := checked(o); err != nil {
		return Glimpse{}, err
	}
	select {
	case j.glancing <- struct{}{}:
		defer func() { <-j.glancing }()
	case <-ctx.Done():
		return Glimpse{}, ctx.Err()
	}
	memory := j.limits.Memory.Share()
	defer memory.Release()
	if err := memory.Await(ctx, importer.RunWeight); err != nil {
		return Glimpse{}, err
	}
	format, rows, unused, err := importer.Glance(head, o, glanced)
	if err != nil {
		return Glimpse{}, ErrFile.New(err.Error())
	}
	g := Glimpse{Format: format, Rows: make([]Glimpsed, len(rows)), Unused: unused}
	for i, row := range rows {
		g.Rows[i] = glimpsed(row)
	}
	return g, nil
}

func glimpsed(r *importer.Row) Glimpsed {
	g := Glimpsed{
		Row: r.Number, ID: r.ExternalID, Username: r.Username, Emails: addresses(r.Emails), Phones: addresses(r.Phones), Password: "none",
		Profiles: r.Profiles, Roles: r.Roles, Factors: r.TOTP != "" || len(r.BackupCodes) > 0, Disabled: r.Disabled,
		Other: r.Definition != nil || r.Key != nil || r.Organization != nil, Problem: r.Problem(),
	}
	if r.Kuid != "" {
		g.ID = r.Kuid
	}
	switch {
	case r.Digest != "":
		g.Password, g.Hasher = "digest", r.Hasher
	case r.Password != "":
		g.Password = "plain"
	}
	return g
}

func addresses(of []importer.Address) []string {
	var all []string
	for _, a := range of {
		all = append(all, a.Value)
	}
	return all
}
