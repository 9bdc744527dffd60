package counts

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"

// Brought is the data of a created or merged user, as far as it is counted.
type Brought struct {
	// Hasher is the format of the digest, Guessed whether only its shape shows it.
	Hasher  string
	Guessed bool
	// Unknown are columns and keys without a meaning here. Examples are the values of those that no
	// earlier row has.
	Unknown  []string
	Examples map[string]Example
	// Left is further data that is not supported here.
	Left []string
	// Factors are second factors, States states of the account that stay.
	Factors, States []string
}

// Bring counts the data of a user. withFactors is false for one whose second factors were not all
// imported.
func (l *Lacks) Bring(b Brought, withFactors bool) {
	if b.Hasher != "" {
		l.Digests = counted(l.Digests, []string{b.Hasher})
	}
	if b.Hasher != "" && b.Guessed {
		l.Guessed = counted(l.Guessed, []string{b.Hasher})
	}
	if withFactors {
		l.Factors = counted(l.Factors, b.Factors)
	}
	l.Left, l.States = counted(l.Left, b.Left), counted(l.States, b.States)
	l.Ignore(b.Unknown, b.Examples)
}

// Of returns the second factors and the states of a row.
func Of(user *imports.Row) (b Brought) {
	for _, factor := range [][2]string{{"totpSecret", "authenticator app"}, {"backupCodes", "backup codes"}} {
		if user.Factors[factor[0]] != nil {
			b.Factors = append(b.Factors, factor[1])
		}
	}
	for _, state := range []struct {
		name string
		is   bool
	}{
		{"banned", user.BannedAt != 0}, {"locked", user.LockedAt != 0}, {"with a password to change", user.PasswordChange != ""},
		{"with an unverified address", user.Content["emailVerified"] == false || user.Content["phoneVerified"] == false},
	} {
		if state.is {
			b.States = append(b.States, state.name)
		}
	}
	return b
}
