package users

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// creation has the arguments of createUser.
type creation struct {
	ExternalID   edge.Text  `body:"external_id"`
	FirstName    edge.Text  `body:"first_name"`
	LastName     edge.Text  `body:"last_name"`
	Locale       edge.Text  `body:"locale"`
	Timezone     edge.Text  `body:"timezone"`
	Emails       edge.Texts `body:"email_address"`
	EmailStates  edge.Texts `body:"email_address_identification_status"`
	Phones       edge.Texts `body:"phone_number"`
	PhoneStates  edge.Texts `body:"phone_number_identification_status"`
	Wallets      edge.Texts `body:"web3_wallet"`
	Username     edge.Text  `body:"username"`
	SkipPassword edge.Flag  `body:"skip_password_requirement"`
	SkipUser     edge.Flag  `body:"skip_user_requirement"`
	secrets
	metadata
	flags
	Banned edge.Flag `body:"banned"`
	Locked edge.Flag `body:"locked"`
}

// secrets has the arguments about the user's login methods.
type secrets struct {
	Password    edge.Text  `body:"password"`
	Digest      edge.Text  `body:"password_digest"`
	Hasher      edge.Text  `body:"password_hasher"`
	SkipChecks  edge.Flag  `body:"skip_password_checks"`
	TOTPSecret  edge.Text  `body:"totp_secret"`
	BackupCodes edge.Texts `body:"backup_codes"`
}

// metadata has an argument for each kind of metadata.
type metadata struct {
	Public  edge.Object `body:"public_metadata"`
	Private edge.Object `body:"private_metadata"`
	Unsafe  edge.Object `body:"unsafe_metadata"`
}

// flags has the arguments about permissions and times.
type flags struct {
	DeleteSelf          edge.Flag   `body:"delete_self_enabled"`
	CreateOrganizations edge.Flag   `body:"create_organization_enabled"`
	OrganizationsLimit  edge.Number `body:"create_organizations_limit"`
	LegalAcceptedAt     edge.Time   `body:"legal_accepted_at"`
	SkipLegal           edge.Flag   `body:"skip_legal_checks"`
	CreatedAt           edge.Time   `body:"created_at"`
	TrustClients        edge.Flag   `body:"bypass_client_trust"`
}

// Names of parameters that occur in several places.
const (
	usernameParam     = "username"
	firstNameParam    = "first_name"
	lastNameParam     = "last_name"
	passwordParam     = "password"
	digestParam       = "password_digest"
	hasherParam       = "password_hasher"
	totpParam         = "totp_secret"
	codesParam        = "backup_codes"
	legalParam        = "legal_accepted_at"
	skipPasswordParam = "skip_password_requirement"
)

func (c *controller) create(ctx context.Context, req *api.Request, args creation) (resource.User, error) {
	j := &judging{now: c.Now(), rules: c.Rules.Now()}
	asked := args.attributes(j.rules)
	j.unknown(asked)
	nu := credentials.NewUser{
		Form: kuid.Opaque, Visible: true, Configured: true, Content: map[string]any{"profileIds": users.Anys(c.Profiles)},
		Contacts: j.contacts(&args), Details: j.details(&args), Metadata: j.Metadata(args.kinds()),
		CreatedAt: j.past("created_at", args.CreatedAt), Credentials: j.credentials(&args.secrets, args.Username.Value, args.names()), Imported: args.SkipChecks.Or(false),
	}
	if args.Banned.Or(false) {
		nu.Standing.BannedAt = j.now.UnixMilli()
	}
	if args.Locked.Or(false) {
		nu.Standing.LockedAt = j.now.UnixMilli()
	}
	if j.weak {
		nu.PasswordChange = c.SkippedChecks
	}
	j.requirements(&args, asked, c.waysIn)
	if err := j.Err(); err != nil {
		return resource.User{}, err
	}
	by := kuzzleview.Actor(req)
	by.LetLeaked = !j.rules.RefuseLeaked
	u, err := c.Accounts.Credentials.Create(ctx, by, nu)
	if err != nil {
		return resource.User{}, err
	}
	return c.Make.User(&u)
}

// requirements refuses a user without the attributes that the instance requires. ways
// returns the login methods without a password.
func (j *judging) requirements(args *creation, asked []attribute, ways func() []string) {
	if j.rules.Consent && !args.LegalAcceptedAt.Is() && !args.SkipLegal.Or(false) {
		j.Refuse(edge.LegalNotAccepted, legalParam)
	}
	if args.SkipPassword.Or(false) && !args.Password.Is() && !args.Digest.Is() && !j.rules.LetsInBy(ways()) {
		j.Refuse(edge.ValueInvalid, skipPasswordParam)
	}
	if !j.missing(asked) && len(args.names()) == 0 && j.Right() {
		j.Refuse(edge.Missing, identifiers(j.rules)...)
	}
}

// waysIn returns the login methods that need no password.
func (c *controller) waysIn() []string {
	reg := c.Accounts.Registry
	return slices.DeleteFunc(reg.Strategies(), func(name string) bool { return reg.Verifier(name) != nil || reg.SecondFactor(name) != nil })
}

// names returns the names and identifiers of the new user; a password must not equal one
// of them.
func (args *creation) names() []string {
	names := slices.Concat(args.Emails.Values, args.Phones.Values, args.Wallets.Values)
	if args.Username.Is() {
		names = append(names, args.Username.Value)
	}
	return names
}

// credentials returns the credentials of a user, by strategy. A new user's name is part
// of the password's credentials; without a password it is one of the details. names are
// all names and identifiers of the user.
func (j *judging) credentials(args *secrets, name string, names []string) map[string]any {
	all := map[string]any{}
	switch {
	case args.Password.Is() && args.Digest.Is():
		j.Refuse(edge.ConditionalDisallowed, digestParam)
	case args.Password.Is():
		j.password(args, names)
		all[local.Name] = withName(name, map[string]any{"password": args.Password.Value})
	case args.Digest.Is() && !args.Hasher.Is():
		j.Refuse(edge.ConditionalMissing, hasherParam)
	case args.Hasher.Is() && !args.Digest.Is():
		j.Refuse(edge.ConditionalMissing, digestParam)
	case args.Digest.Is():
		j.digest(args)
		all[digestimport.Name] = withName(name, map[string]any{"passwordDigest": args.Digest.Value, "passwordHasher": args.Hasher.Value})
	}
	if args.TOTPSecret.Is() {
		all[totp.Name] = map[string]any{totp.Secret: args.TOTPSecret.Value}
	}
	if len(args.BackupCodes.Values) > 0 {
		all[backupcode.Name] = map[string]any{backupcode.Codes: users.Anys(args.BackupCodes.Values)}
	}
	return all
}

// withName adds a name, if there is one, to credentials with a password.
func withName(name string, in map[string]any) map[string]any {
	if name != "" {
		in["username"] = name
	}
	return in
}
