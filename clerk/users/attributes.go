package users

import (
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/rules"
)

// attribute is an attribute of a user, which the instance may require or turn off.
type attribute struct {
	need rules.Need
	// lifted is set if the request waives the requirement.
	lifted bool
	// by are the arguments that set the attribute; the first one names it. with are
	// arguments that mean nothing without it.
	by, with []argument
}

type argument struct {
	param string
	value interface {
		// Holds reports whether there is a value, and Drop removes it.
		Holds() bool
		Drop()
	}
}

func (a *attribute) given() bool {
	for _, one := range a.by {
		if one.value.Holds() {
			return true
		}
	}
	return false
}

// attributes returns the attributes of a new user.
func (args *creation) attributes(r *rules.Rules) []attribute {
	for _, name := range []*edge.Text{&args.FirstName, &args.LastName} {
		if strings.TrimSpace(name.Value) == "" {
			name.Drop() // it counts as absent
		}
	}
	anyone := args.SkipUser.Or(false)
	return append([]attribute{
		{need: r.Email, lifted: anyone, by: []argument{{emailParam, &args.Emails}}, with: []argument{{emailParam + stateSuffix, &args.EmailStates}}},
		{need: r.Phone, lifted: anyone, by: []argument{{phoneParam, &args.Phones}}, with: []argument{{phoneParam + stateSuffix, &args.PhoneStates}}},
		{need: r.Username, lifted: anyone, by: []argument{{usernameParam, &args.Username}}},
		{need: r.Wallet, lifted: anyone, by: []argument{{walletParam, &args.Wallets}}},
		{need: r.FirstName, by: []argument{{firstNameParam, &args.FirstName}}},
		{need: r.LastName, by: []argument{{lastNameParam, &args.LastName}}},
	}, args.secrets.attributes(r, args.SkipPassword.Or(false))...)
}

// attributes returns the login methods.
func (args *secrets) attributes(r *rules.Rules, noPassword bool) []attribute {
	return []attribute{
		{need: r.Password, lifted: noPassword, by: []argument{{passwordParam, &args.Password}, {digestParam, &args.Digest}}, with: []argument{{hasherParam, &args.Hasher}}},
		{need: r.TOTP, by: []argument{{totpParam, &args.TOTPSecret}}},
		{need: r.BackupCodes, by: []argument{{codesParam, &args.BackupCodes}}},
	}
}

// attributes returns the attributes that an update changes. An attribute that is off
// can still be removed.
func (args *update) attributes(r *rules.Rules) []attribute {
	return append([]attribute{
		{need: r.Email, by: []argument{{args.primaries()[0].param, &args.PrimaryEmail}}},
		{need: r.Phone, by: []argument{{args.primaries()[1].param, &args.PrimaryPhone}}},
		{need: r.Wallet, by: []argument{{args.primaries()[2].param, &args.PrimaryWallet}}},
		{need: r.Username, by: []argument{{usernameParam, &args.Username}}},
		{need: r.FirstName, by: []argument{{firstNameParam, &args.FirstName}}},
		{need: r.LastName, by: []argument{{lastNameParam, &args.LastName}}},
	}, args.secrets.attributes(r, false)...)
}

// cleared refuses an update that removes required attributes. All of them are one
// error, the first.
func (j *judging) cleared(args *update) {
	var names []string
	for _, one := range []struct {
		need  rules.Need
		param string
		given edge.Text
	}{{j.rules.Username, usernameParam, args.Username}, {j.rules.FirstName, firstNameParam, args.FirstName}, {j.rules.LastName, lastNameParam, args.LastName}} {
		if one.need == rules.Required && one.given.Given && strings.TrimSpace(one.given.Value) == "" {
			names = append(names, one.param)
		}
	}
	j.lacking(names)
}

// identifiers returns the parameters of the attributes by which users can be found.
func identifiers(r *rules.Rules) []string {
	var on []string
	for _, one := range []struct {
		need  rules.Need
		param string
	}{{r.Email, emailParam}, {r.Phone, phoneParam}, {r.Username, usernameParam}, {r.Wallet, walletParam}} {
		if one.need != rules.Off {
			on = append(on, one.param)
		}
	}
	return on
}

// unknown refuses attributes that are off, and drops their values.
func (j *judging) unknown(all []attribute) {
	for i := range all {
		if all[i].need != rules.Off {
			continue
		}
		for _, arguments := range [][]argument{all[i].by, all[i].with} {
			for _, one := range arguments {
				if one.value.Holds() {
					j.Refuse(edge.Unknown, one.param)
					one.value.Drop()
				}
			}
		}
	}
}

// missing refuses a new user without required attributes. All of them are one error,
// the first. It reports whether there was any.
func (j *judging) missing(all []attribute) bool {
	var names []string
	for i := range all {
		if a := &all[i]; a.need == rules.Required && !a.lifted && !a.given() {
			names = append(names, a.by[0].param)
		}
	}
	return j.lacking(names)
}

func (j *judging) lacking(names []string) bool {
	if len(names) > 0 {
		j.RefuseFirst(edge.DataMissing.New(names))
	}
	return len(names) > 0
}
